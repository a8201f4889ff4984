import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp, { type Metadata } from 'sharp';
import { PhotoError } from '../errors.ts';
import { parseExif, type Exif } from './exif.ts';
import { damagedPhoto, undecodable, unopenable, unreadable } from './photo-errors.ts';
import { extensionOf, rawExtensions } from './photo-formats.ts';

/** A photo's file, opened and understood, its pixels not yet decoded. */
export interface PhotoFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly metadata: Metadata;
  readonly exif: Exif | null;
  /** Size in pixels after EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly depth: 8 | 16;
  /** Hex SHA-256 of the bytes. */
  readonly contentHash: string;
}

/** Photos have at most this many pixels unless the caller says otherwise: a small file can claim any size. */
export const defaultLimitPixels = 400e6;

/** Shorter sides hold no keypoints worth matching. */
const smallestSidePx = 64;

const photoFormats: readonly string[] = ['jpeg', 'png', 'webp', 'tiff', 'heif', 'gif'];

/**
 * Reads a photo's file and header.
 * @throws PhotoError if it cannot be opened, is no photo, claims more than `limitPixels`, or is tiny
 */
export async function openPhoto(path: string, limitPixels: number, signal?: AbortSignal): Promise<PhotoFile> {
  const raw = extensionOf(path);
  if (rawExtensions.includes(raw)) {
    // A RAW file may look like a TIFF whose first page is a thumbnail: never try.
    throw unreadable(
      path,
      `is a camera RAW file (${raw.toUpperCase()}), which Tessera does not develop`,
      "Convert it to JPEG or 16-bit TIFF with darktable, RawTherapee or the camera maker's program.",
    );
  }
  const bytes = await readBytes(path, signal);
  const metadata = await readHeader(path, bytes);
  const { width, height } = metadata.autoOrient;
  checkSize(path, width, height, limitPixels);
  return {
    path,
    bytes,
    metadata,
    // libvips hands over no EXIF of a TIFF; but a TIFF file is itself an EXIF block.
    exif: parseExif(metadata.format === 'tiff' ? bytes : metadata.exif),
    width,
    height,
    depth: metadata.depth === 'uchar' || metadata.depth === 'char' ? 8 : 16,
    contentHash: createHash('sha256').update(bytes).digest('hex'),
  };
}

async function readBytes(path: string, signal?: AbortSignal): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw unopenable(path, error);
  }
  if (bytes.length === 0)
    throw unreadable(path, 'is empty (zero bytes)', 'Copy it again from the camera or its backup.');
  return bytes;
}

async function readHeader(path: string, bytes: Buffer): Promise<Metadata> {
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata();
  } catch (error) {
    throw undecodable(path, bytes, error);
  }
  if (photoFormats.includes(metadata.format)) return metadata;
  throw unreadable(
    path,
    `is a ${metadata.format.toUpperCase()} file, not a photo`,
    'Give photos as JPEG, PNG, WebP, TIFF or AVIF.',
  );
}

function checkSize(path: string, width: number, height: number, limitPixels: number): void {
  if (!(width > 0 && height > 0)) throw damagedPhoto(path, 'its header gives no size');
  if (width * height > limitPixels) {
    const megapixels = Math.ceil((width * height) / 1e6);
    throw unreadable(
      path,
      `has ${width} × ${height} pixels (${megapixels} megapixels), above the limit of ${limitPixels / 1e6} megapixels`,
      `If that is right, raise the limit with --max-input-pixels ${megapixels}; otherwise shrink the photo.`,
    );
  }
  if (Math.min(width, height) < smallestSidePx) {
    throw new PhotoError(
      path,
      'too-small',
      `has only ${width} × ${height} pixels`,
      `Use the original photo: at least ${smallestSidePx} pixels a side are needed.`,
    );
  }
}
