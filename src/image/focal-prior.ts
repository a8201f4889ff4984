import { exifText, positiveNumber, type Exif } from './exif.ts';
import type { FocalPrior } from './image.ts';

/** Diagonal of the 36 mm × 24 mm frame that 35 mm equivalents refer to. */
const filmDiagonalMm = Math.hypot(36, 24);

/** No 35 mm equivalent of a photographic lens lies outside. */
const filmFocalMm = { min: 4, max: 3000 };

/** From the smallest phone sensor to medium format: an implied sensor outside is a wrong tag. */
const sensorDiagonalMm = { min: 4, max: 60 };

/**
 * Focal length in pixels from EXIF, as a prior:
 * - `FocalLengthIn35mmFilm` over the 43.27 mm diagonal of film, times the file's diagonal; or else
 * - `FocalLength` times the focal plane's resolution, scaled by file width / `PixelXDimension`, if the sensor's diagonal
 *   that this implies lies within 4–60 mm.
 *
 * Its relative σ is 5 % for nominal focal lengths (true ones are shorter at close focus, distortion correction crops),
 * more where the rounding to whole millimetres, an unusual aspect (a crop: the diagonal is not the sensor's), or a
 * missing `PixelXDimension` add doubt.
 * @param fileWidth pixels of the full-resolution photo as it lies in the file (before EXIF orientation)
 * @returns null where EXIF says nothing usable
 */
export function focalPriorFromExif(exif: Exif | null, fileWidth: number, fileHeight: number): FocalPrior | null {
  if (exif === null) return null;
  return priorFromFilm(exif, fileWidth, fileHeight) ?? priorFromFocalPlane(exif, fileWidth, fileHeight);
}

/**
 * `make|model|focal length`: photos that agree in it and in size come from one camera setting. The 35 mm equivalent
 * stands beside the focal length, since a phone's digital zoom changes only that. '' where EXIF does not tell.
 */
export function cameraKeyFromExif(exif: Exif | null): string {
  const make = exifText(exif?.Image?.Make);
  const model = exifText(exif?.Image?.Model);
  const focal = positiveNumber(exif?.Photo?.FocalLength);
  const film = positiveNumber(exif?.Photo?.FocalLengthIn35mmFilm);
  if ((make === '' && model === '') || (focal === null && film === null)) return '';
  const parts = [focal === null ? '' : String(Math.round(focal * 1000) / 1000), film === null ? '' : `${film}`];
  return `${make}|${model}|${parts.join('/').replace(/\/$/, '')}`;
}

function priorFromFilm(exif: Exif, fileWidth: number, fileHeight: number): FocalPrior | null {
  const filmMm = positiveNumber(exif.Photo?.FocalLengthIn35mmFilm);
  if (filmMm === null || filmMm < filmFocalMm.min || filmMm > filmFocalMm.max) return null;
  const focalPx = (filmMm / filmDiagonalMm) * Math.hypot(fileWidth, fileHeight);
  // Uniform within ±0.5 mm.
  const rounding = 1 / Math.sqrt(12) / filmMm;
  return {
    focalPx,
    sigma: Math.hypot(nominalSigma, rounding, aspectSigma(exif, fileWidth, fileHeight)),
    source: 'FocalLengthIn35mmFilm',
  };
}

const nominalSigma = 0.05;

/** Doubt about a diagonal: cameras' own 3:2 and 4:3 none; other in-camera formats some; cropped after the shot much. */
function aspectSigma(exif: Exif, fileWidth: number, fileHeight: number): number {
  const taken = shotSize(exif);
  const aspect = longOverShort(fileWidth, fileHeight);
  if (taken !== null && Math.abs(longOverShort(taken.width, taken.height) / aspect - 1) > 0.01) return 0.25;
  const usual = [3 / 2, 4 / 3].some((whole) => Math.abs(aspect / whole - 1) < 0.02);
  return usual ? 0 : 0.1;
}

function longOverShort(width: number, height: number): number {
  return Math.max(width, height) / Math.min(width, height);
}

function shotSize(exif: Exif): { width: number; height: number } | null {
  const width = positiveNumber(exif.Photo?.PixelXDimension);
  const height = positiveNumber(exif.Photo?.PixelYDimension);
  return width === null || height === null ? null : { width, height };
}

/** Millimetres of `FocalPlaneResolutionUnit`: 2 inch (also the default), 3 cm, 4 mm, 5 µm; 1 ("none") is used for inches. */
const millimetresPerUnit: Readonly<Record<number, number>> = { 1: 25.4, 2: 25.4, 3: 10, 4: 1, 5: 0.001 };

function priorFromFocalPlane(exif: Exif, fileWidth: number, fileHeight: number): FocalPrior | null {
  const focalMm = positiveNumber(exif.Photo?.FocalLength);
  const resolution = positiveNumber(exif.Photo?.FocalPlaneXResolution);
  const unit = positiveNumber(exif.Photo?.FocalPlaneResolutionUnit) ?? 2;
  const unitMm = millimetresPerUnit[unit];
  if (focalMm === null || resolution === null || unitMm === undefined) return null;
  const taken = shotSize(exif);
  const { width, height } = taken ?? { width: fileWidth, height: fileHeight };
  const pixelsPerMm = resolution / unitMm;
  const diagonalMm = Math.hypot(width, height) / pixelsPerMm;
  if (diagonalMm < sensorDiagonalMm.min || diagonalMm > sensorDiagonalMm.max) return null;
  // Pixels that an editor turned upright lie across the shot: its width is then the file's height.
  const turned = width > height !== fileWidth > fileHeight;
  const scale = (turned ? fileHeight : fileWidth) / width;
  const doubt = taken === null ? 0.15 : aspectSigma(exif, fileWidth, fileHeight) > 0.2 ? 0.25 : 0;
  return {
    focalPx: focalMm * pixelsPerMm * scale,
    sigma: Math.hypot(nominalSigma, doubt),
    source: 'FocalPlaneResolution',
  };
}
