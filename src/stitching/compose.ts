import { OutputError } from '../errors.ts';
import type { PhotoInfo } from '../image/image.ts';
import { median } from '../math/median.ts';
import type { PanoramaCameras } from './cameras.ts';
import { canvasAtScale, cropCanvas, rectangleOfBounds, requireCanvasSize } from './canvas.ts';
import type { Canvas, Rectangle } from './canvas.ts';
import type { CompositionPlan, LabelMap, LoadPhoto, PlannedPhoto } from './composition-plan.ts';
import { cropToCovered, growRectangle, keepAll, transferRectangle } from './crop.ts';
import type { Crop } from './crop.ts';
import { estimateTones } from './exposure.ts';
import { layoutPanorama, photoMappings } from './layout.ts';
import type { Layout } from './layout.ts';
import { sampleOverlaps } from './overlap-samples.ts';
import type { PhotoMapping } from './photo-mapping.ts';
import { clipToCanvas, warpPreview } from './preview.ts';
import type { Preview } from './preview.ts';
import type { Projection } from './projection.ts';
import { findSeams } from './seams.ts';
import type { Tone } from './tone.ts';
import { chooseGridStep } from './warp-grid.ts';

export interface CompositionOptions {
  readonly projection: Projection | 'auto';
  /** Size of the picture relative to the photos' resolution; 1 keeps it. */
  readonly scale: number;
  /** Largest width of the picture after cropping, pixels; undefined: no limit. */
  readonly maxWidth?: number;
  readonly crop: 'none' | 'auto';
  /** Largest picture that is attempted at all, pixels. Default 10⁹. */
  readonly maxPixels?: number;
}

/** Pixels of the canvas on which exposures, seams and the crop are decided. */
const previewPixels = 600_000;
/** A panorama coarser than its photos by more than this reads them reduced, so that nothing aliases. */
const reduceBeyond = 1.2;
/** Photos read at a time while planning. */
const readAhead = 4;

/**
 * Decides everything about the picture but its pixels: projection, size, exposures, seams and crop. Photos are read one
 * after the other at low resolution.
 * @param photos all photos of the match graph; the cameras point into it
 * @throws OutputError where the projection cannot show the photos or the picture would be too large
 */
export async function prepareComposition(
  cameras: PanoramaCameras,
  photos: readonly PhotoInfo[],
  loadPhoto: LoadPhoto,
  options: CompositionOptions,
): Promise<CompositionPlan> {
  const layout = layoutPanorama(cameras, photos, options.projection);
  const natural = median(layout.densities) * options.scale;
  const low = canvasAtScale(layout, Math.min(natural, previewScale(layout)));
  const previews = await readPreviews(layout, photos, low, loadPhoto);
  const tones = estimateTones(previews.length, sampleOverlaps(previews, low), cameraNumbers(layout, photos));
  const labelMap: LabelMap = { canvas: low, labels: findSeams(previews, tones, low) };

  const crop = options.crop === 'auto' ? cropToCovered(labelMap.labels, low) : keepAll(labelMap.labels, low);
  if (crop.rectangle.width === 0 || crop.rectangle.height === 0) {
    throw new OutputError(
      'No photo shows a part of the panorama that this projection can show: choose another (or auto)',
    );
  }
  const whole = canvasAtScale(layout, limitedScale(layout, natural, crop, low, options.maxWidth));
  const rectangle = finalRectangle(layout, photos, whole, labelMap, crop, options);
  requireCanvasSize(rectangle.width, rectangle.height, options.maxPixels ?? 1e9);
  const canvas = cropCanvas(whole, rectangle);
  return {
    cameras: layout.cameras,
    infos: photos,
    photos: planPhotos(layout, photos, canvas, tones),
    canvas,
    labelMap,
    levels: blendLevels(layout, photos, canvas),
    depth: layout.cameras.cameras.some((c) => photos[c.photo].depth === 16) ? 16 : 8,
    crop: {
      mode: options.crop,
      fullWidth: whole.width,
      fullHeight: whole.height,
      kept: crop.kept,
      covered: crop.covered,
      note: crop.note,
    },
  };
}

function previewScale({ bounds }: Layout): number {
  return Math.sqrt(previewPixels / ((bounds.a1 - bounds.a0) * (bounds.b1 - bounds.b0)));
}

async function readPreviews(
  layout: Layout,
  photos: readonly PhotoInfo[],
  low: Canvas,
  loadPhoto: LoadPhoto,
): Promise<Preview[]> {
  const mappings = photoMappings(layout.cameras, layout.projection, photos);
  const { cameras } = layout.cameras;
  const previews: Preview[] = [];
  for (let start = 0; start < cameras.length; start += readAhead) {
    const batch = cameras.slice(start, start + readAhead).map(async ({ photo }, i): Promise<Preview> => {
      const k = start + i;
      const image = await loadPhoto(photo, pixelsAtScale(photos[photo], layout.densities[k], low.scale));
      const rectangle = clipToCanvas(rectangleOfBounds(low, layout.photoBounds[k]), low);
      return warpPreview(image, mappings[k], photos[photo], low, rectangle);
    });
    previews.push(...(await Promise.all(batch)));
  }
  return previews;
}

/** Pixels to read a photo at so that it is about as fine as the canvas; undefined where all are needed. */
function pixelsAtScale({ width, height }: PhotoInfo, density: number, scale: number): number | undefined {
  const reduction = density / scale;
  return reduction > reduceBeyond ? Math.max(4096, Math.round((width * height) / (reduction * reduction))) : undefined;
}

/** Numbers the cameras: photos of one camera setting and size (in either orientation) share a number. */
function cameraNumbers(layout: Layout, photos: readonly PhotoInfo[]): number[] {
  const numbers = new Map<string, number>();
  return layout.cameras.cameras.map(({ photo }) => {
    const { cameraKey, width, height } = photos[photo];
    const key = `${cameraKey}|${Math.min(width, height)}×${Math.max(width, height)}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** The scale at which the cropped picture has its natural size, or the largest width allowed. */
function limitedScale(layout: Layout, natural: number, crop: Crop, low: Canvas, maxWidth: number | undefined): number {
  if (maxWidth === undefined) return natural;
  const whole = crop.rectangle.width === low.width;
  const unitsWide = whole ? layout.bounds.a1 - layout.bounds.a0 : crop.rectangle.width / low.scale;
  // A closed panorama's width is rounded to blending's grid: stay below.
  const room = layout.wraps ? Math.max(64, Math.floor(maxWidth / 64) * 64) : maxWidth;
  return Math.min(natural, room / unitsWide);
}

function finalRectangle(
  layout: Layout,
  photos: readonly PhotoInfo[],
  whole: Canvas,
  labelMap: LabelMap,
  crop: Crop,
  options: CompositionOptions,
): Rectangle {
  if (options.crop === 'none') return { x: 0, y: 0, width: whole.width, height: whole.height };
  const maxWidth = options.maxWidth ?? Infinity;
  const start = transferRectangle(crop.rectangle, labelMap.canvas, whole, crop.isFull);
  const limited = start.width > maxWidth ? { ...start, width: maxWidth } : start;
  if (!crop.isFull) return limited;
  const most = Math.ceil((2 * whole.scale) / labelMap.canvas.scale);
  return growRectangle(limited, whole, most, maxWidth, coverageTest(layout, photos, whole));
}

/** Tells whether any photo covers the centre of a pixel; the photo that covered the last one is asked first. */
function coverageTest(layout: Layout, photos: readonly PhotoInfo[], canvas: Canvas): (x: number, y: number) => boolean {
  const { cameras } = layout.cameras;
  const mappings = photoMappings(layout.cameras, layout.projection, photos);
  const pixel = new Float64Array(2);
  const covers = (mapping: PhotoMapping, k: number, a: number, b: number): boolean => {
    if (!mapping(a, b, pixel)) return false;
    const { width, height } = photos[cameras[k].photo];
    return pixel[0] >= -0.5 && pixel[1] >= -0.5 && pixel[0] <= width - 0.5 && pixel[1] <= height - 0.5;
  };
  let last = 0;
  return (x, y) => {
    const a = (x + canvas.offset[0]) / canvas.scale;
    const b = (y + canvas.offset[1]) / canvas.scale;
    if (covers(mappings[last], last, a, b)) return true;
    for (let k = 0; k < mappings.length; k++) {
      if (k === last || !covers(mappings[k], k, a, b)) continue;
      last = k;
      return true;
    }
    return false;
  };
}

function planPhotos(
  layout: Layout,
  photos: readonly PhotoInfo[],
  canvas: Canvas,
  tones: readonly Tone[],
): PlannedPhoto[] {
  const mappings = photoMappings(layout.cameras, layout.projection, photos);
  return layout.cameras.cameras.map(({ photo }, k) => {
    const region = rectangleOfBounds(canvas, layout.photoBounds[k]);
    return {
      photo,
      tone: tones[k],
      region,
      gridStep: chooseGridStep(mappings[k], canvas, region, photos[photo]),
      maxPixels: pixelsAtScale(photos[photo], layout.densities[k], canvas.scale),
    };
  });
}

/** Bands reach over about a twentieth of a photo's size in the picture, as in OpenCV's blender. */
function blendLevels(layout: Layout, photos: readonly PhotoInfo[], canvas: Canvas): number {
  const sides = layout.cameras.cameras.map(({ photo }, k) => {
    const { width, height } = photos[photo];
    return (Math.sqrt(width * height) * canvas.scale) / layout.densities[k];
  });
  return Math.min(6, Math.max(1, Math.round(Math.log2(median(sides) / 20))));
}
