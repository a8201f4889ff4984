import type { Exif as ExifStrings } from 'sharp';
import { exifText, type Exif } from './exif.ts';

/**
 * EXIF of a panorama, as sharp takes it (text values; libexif turns them into each tag's type): who, when, where and with
 * what it was taken, from one of its photos, and the panorama's own size, upright, sRGB.
 *
 * Left behind: the thumbnail and maker notes (they belong to the photo's file), and the 35 mm equivalent and focal plane
 * resolution (they state the photo's field of view; a panorama has another).
 * @param exif null writes the panorama's own facts only
 */
export function panoramaExif(exif: Exif | null, width: number, height: number): ExifStrings {
  return {
    IFD0: {
      ...carried(exif?.Image, imageTags),
      Orientation: '1',
      Software: 'Tessera',
      XResolution: '72/1',
      YResolution: '72/1',
      ResolutionUnit: '2',
    },
    IFD2: {
      ...carried(exif?.Photo, photoTags),
      ColorSpace: '1',
      PixelXDimension: String(width),
      PixelYDimension: String(height),
    },
    IFD3: carriedPosition(exif?.GPSInfo),
  };
}

type Convert = (value: unknown) => string;

const imageTags: Readonly<Record<string, Convert>> = {
  ImageDescription: exifText,
  Make: exifText,
  Model: exifText,
  Artist: exifText,
  Copyright: exifText,
  DateTime: dateText,
};

const photoTags: Readonly<Record<string, Convert>> = {
  DateTimeOriginal: dateText,
  DateTimeDigitized: dateText,
  OffsetTime: exifText,
  OffsetTimeOriginal: exifText,
  OffsetTimeDigitized: exifText,
  SubSecTime: exifText,
  SubSecTimeOriginal: exifText,
  SubSecTimeDigitized: exifText,
  ExposureTime: rationalText,
  FNumber: rationalText,
  ISOSpeedRatings: integerText,
  ExposureProgram: integerText,
  ExposureMode: integerText,
  ExposureBiasValue: rationalText,
  ShutterSpeedValue: rationalText,
  ApertureValue: rationalText,
  BrightnessValue: rationalText,
  MaxApertureValue: rationalText,
  MeteringMode: integerText,
  LightSource: integerText,
  Flash: integerText,
  WhiteBalance: integerText,
  FocalLength: rationalText,
  LensMake: exifText,
  LensModel: exifText,
  LensSerialNumber: exifText,
  LensSpecification: rationalText,
  BodySerialNumber: exifText,
  CameraOwnerName: exifText,
};

const positionTags: Readonly<Record<string, Convert>> = {
  GPSLatitudeRef: exifText,
  GPSLatitude: rationalText,
  GPSLongitudeRef: exifText,
  GPSLongitude: rationalText,
  GPSAltitude: rationalText,
  GPSTimeStamp: rationalText,
  GPSDateStamp: exifText,
  GPSMapDatum: exifText,
};

function carried(
  tags: Readonly<Record<string, unknown>> | null | undefined,
  wanted: typeof imageTags,
): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, convert] of Object.entries(wanted)) {
    const text = convert(tags?.[name]);
    if (text !== '') texts[name] = text;
  }
  return texts;
}

/** libexif takes no text for the byte that says "below sea level": such an altitude would change its sign. */
function carriedPosition(tags: Readonly<Record<string, unknown>> | null | undefined): Record<string, string> {
  const texts = carried(tags, positionTags);
  if (tags?.GPSAltitudeRef === 1) delete texts.GPSAltitude;
  return texts;
}

function dateText(value: unknown): string {
  if (!(value instanceof Date)) return exifText(value);
  if (Number.isNaN(value.getTime())) return '';
  // The reader takes EXIF's local time for UTC; so back by UTC.
  return value.toISOString().slice(0, 19).replaceAll('-', ':').replace('T', ' ');
}

function integerText(value: unknown): string {
  const first = Array.isArray(value) ? (value as unknown[])[0] : value;
  return typeof first === 'number' && Number.isInteger(first) ? String(first) : '';
}

function rationalText(value: unknown): string {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.map((v) => (typeof v === 'number' && Number.isFinite(v) ? rational(v) : ''));
  return texts.includes('') ? '' : texts.join(' ');
}

const largestTerm = 2 ** 31 - 1;

/** The simplest fraction that equals a number to one part in 10⁹ (continued fraction); '' beyond 32 bits. */
function rational(value: number): string {
  const sign = value < 0 ? -1 : 1;
  const goal = Math.abs(value);
  if (goal > largestTerm) return '';
  let [numerator, denominator] = [Math.floor(goal), 1];
  let [lastNumerator, lastDenominator] = [1, 0];
  let rest = goal - numerator;
  while (rest > 0 && Math.abs(numerator / denominator - goal) > goal * 1e-9) {
    const whole = Math.floor(1 / rest);
    rest = 1 / rest - whole;
    const nextNumerator = whole * numerator + lastNumerator;
    const nextDenominator = whole * denominator + lastDenominator;
    if (nextNumerator > largestTerm || nextDenominator > largestTerm) break;
    [lastNumerator, lastDenominator] = [numerator, denominator];
    [numerator, denominator] = [nextNumerator, nextDenominator];
  }
  return `${sign * numerator}/${denominator}`;
}
