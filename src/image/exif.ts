import exifReader from 'exif-reader';
import type { Exif } from 'exif-reader';

export type { Exif };

/**
 * Parses an EXIF block (with or without the `Exif\0\0` prefix), or a whole classic TIFF file, which is one.
 * Returns null for blocks that are not EXIF: photos with broken metadata are still photos.
 */
export function parseExif(block: Buffer | undefined): Exif | null {
  if (block === undefined) return null;
  try {
    return exifReader(block);
  } catch {
    return null;
  }
}

/** A positive finite number of a tag's value (first one of several), else null: tags of cameras hold 0, NaN and worse. */
export function positiveNumber(value: unknown): number | null {
  const first = Array.isArray(value) ? (value as unknown[])[0] : value;
  return typeof first === 'number' && Number.isFinite(first) && first > 0 ? first : null;
}

/** Text of a tag without padding and control characters; UTF-8 where the bytes are not ASCII. '' for other values. */
export function exifText(value: unknown): string {
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : value;
  if (typeof text !== 'string') return '';
  return text
    .split('\0')[0]
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}
