import { exifText, positiveNumber, type Exif } from './exif.ts';

/** Where and when a photo was taken, as far as its EXIF data can be believed. */
export interface Shot {
  readonly time: ShotTime | null;
  readonly position: ShotPosition | null;
}

export interface ShotTime {
  /** Seconds from 1970-01-01 00:00 to what the camera's clock showed, whatever its time zone; sub-seconds included. */
  readonly clock: number;
  /** Seconds that the camera's clock is ahead of UTC; null where EXIF does not tell. */
  readonly aheadOfUtc: number | null;
}

export interface ShotPosition {
  /** Degrees (WGS 84), north and east positive. */
  readonly latitude: number;
  readonly longitude: number;
  /** Metres above the sea; null where EXIF does not tell. */
  readonly altitude: number | null;
  /** Metres along the ground that the receiver took itself to be wrong by; null where EXIF does not tell. */
  readonly error: number | null;
}

/** Digital cameras write EXIF since 1995: earlier times are those of clocks that nobody set. */
const earliestClock = Date.UTC(1995, 0, 1) / 1000;

/** Metres a position may be wrong by for each unit of dilution of precision: receivers' usual error of range. */
const metresPerDop = 5;

/** From the deepest shore to where satellites fly: an altitude outside is a wrong tag, as is 0xffffffff / 1. */
const altitudeMetres = { min: -500, max: 100_000 };

/** Time zones reach from −12 to +14 hours. */
const maxZoneHours = 14;

/**
 * Capture time and position from EXIF (CIPA DC-008-2019, 4.6.5 and 4.6.6). Cameras write zeros, 0/0 and blanks into
 * tags that they cannot fill: such a tag counts as missing, as does a position that the receiver itself called void
 * (`GPSStatus` V) and the point 0° N 0° E.
 */
export function shotFromExif(exif: Exif | null): Shot {
  return { time: timeOf(exif), position: positionOf(exif) };
}

function timeOf(exif: Exif | null): ShotTime | null {
  const photo = exif?.Photo;
  return (
    timeFrom(photo?.DateTimeOriginal, photo?.SubSecTimeOriginal, photo?.OffsetTimeOriginal) ??
    timeFrom(photo?.DateTimeDigitized, photo?.SubSecTimeDigitized, photo?.OffsetTimeDigitized)
  );
}

/** @param date as the parser gives it: a `Date` whose UTC fields are those of the clock */
function timeFrom(date: unknown, subSeconds: unknown, offset: unknown): ShotTime | null {
  if (!(date instanceof Date)) return null;
  const seconds = date.getTime() / 1000;
  if (!(seconds >= earliestClock)) return null;
  return { clock: seconds + fraction(subSeconds), aheadOfUtc: zoneSeconds(offset) };
}

/** Sub-second tags hold the digits after the point. */
function fraction(tag: unknown): number {
  const digits = exifText(tag);
  return /^\d{1,9}$/.test(digits) ? Number(`0.${digits}`) : 0;
}

/** `+02:00` and the like. */
function zoneSeconds(tag: unknown): number | null {
  const zone = /^([+-])(\d\d):(\d\d)$/.exec(exifText(tag));
  if (zone === null) return null;
  const hours = Number(zone[2]) + Number(zone[3]) / 60;
  if (hours > maxZoneHours || Number(zone[3]) > 59) return null;
  return (zone[1] === '-' ? -3600 : 3600) * hours;
}

function positionOf(exif: Exif | null): ShotPosition | null {
  const gps = exif?.GPSInfo;
  if (!gps || exifText(gps.GPSStatus) === 'V') return null;
  const latitude = degrees(gps.GPSLatitude, gps.GPSLatitudeRef, 'N', 'S', 90);
  const longitude = degrees(gps.GPSLongitude, gps.GPSLongitudeRef, 'E', 'W', 180);
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) return null;
  const dop = positiveNumber(gps.GPSDOP);
  const error = positiveNumber(gps.GPSHPositioningError) ?? (dop && dop * metresPerDop);
  return { latitude, longitude, altitude: altitudeOf(gps.GPSAltitude, gps.GPSAltitudeRef), error };
}

/**
 * Degrees, minutes and seconds (the last two may be missing, and minutes may have decimals), with a sign by the
 * hemisphere.
 */
function degrees(tag: unknown, hemisphere: unknown, positive: string, negative: string, most: number): number | null {
  const parts: unknown[] = Array.isArray(tag) ? tag : [tag];
  const [whole, minutes = 0, seconds = 0] = parts;
  const letter = exifText(hemisphere).toUpperCase();
  if (letter !== positive && letter !== negative) return null;
  if (!isWithin(whole, 0, most) || !isWithin(minutes, 0, 60) || !isWithin(seconds, 0, 60)) return null;
  const angle = whole + minutes / 60 + seconds / 3600;
  if (angle > most) return null;
  return letter === negative && angle > 0 ? -angle : angle;
}

function altitudeOf(tag: unknown, reference: unknown): number | null {
  const { min, max } = altitudeMetres;
  if (!isWithin(tag, 0, max)) return null;
  // 1: below the sea. Readers give the byte as a number or as it lies in the file.
  const isBelow = reference === 1 || (Buffer.isBuffer(reference) && reference[0] === 1);
  const altitude = isBelow ? -tag : tag;
  return altitude >= min ? altitude : null;
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}
