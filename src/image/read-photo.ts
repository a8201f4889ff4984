import sharp, { type Sharp } from 'sharp';
import { cameraKeyFromExif, focalPriorFromExif } from './focal-prior.ts';
import { bytesFromWords, lumaFromRgb } from './grey.ts';
import type { Image, PhotoInfo } from './image.ts';
import { orAborted } from './or-aborted.ts';
import { undecodable } from './photo-errors.ts';
import { type StoredPixels, storedPixels } from './orientation.ts';
import { defaultLimitPixels, openPhoto, type PhotoFile } from './photo-file.ts';
import { type Shot, shotFromExif } from './shot.ts';

export interface PhotoRequest {
  /** 1: grey, BT.601 luma of the sRGB values (as OpenCV). 3: RGB. */
  readonly channels: 1 | 3;
  /** 8: bytes. 'native': 16-bit photos (10- and 12-bit AVIF too) stay at 16 bits. */
  readonly depth: 8 | 'native';
  /** Shrink so that width · height is at most this; antialiased, x' = (x + 0.5)·s − 0.5 along each axis. */
  readonly maxPixels?: number;
  /** Refuse photos with more pixels than this; default 400 megapixels. */
  readonly limitPixels?: number;
  readonly signal?: AbortSignal;
}

/**
 * What a photo's file says of it; decodes no pixels, so damage after the header is only found by `readPhoto`.
 * @throws PhotoError ('unreadable' or 'too-small') with what to do about it
 */
export async function probePhoto(
  path: string,
  options: Pick<PhotoRequest, 'limitPixels' | 'signal'> = {},
): Promise<PhotoInfo> {
  return (await probeShot(path, options)).info;
}

/**
 * `probePhoto` with where and when the photo was taken, and how its pixels lie in the file.
 * @throws as `probePhoto`
 */
export async function probeShot(
  path: string,
  options: Pick<PhotoRequest, 'limitPixels' | 'signal'> = {},
): Promise<{ info: PhotoInfo; shot: Shot; stored: StoredPixels }> {
  const photo = await openPhoto(path, options.limitPixels ?? defaultLimitPixels, options.signal);
  return { info: infoOf(photo), shot: shotFromExif(photo.exif), stored: storedPixels(photo.metadata) };
}

/**
 * Reads a photo: upright by EXIF orientation, converted to sRGB from its ICC profile or CMYK, transparent parts laid on
 * white (what viewers show), first page of several. The resized picture covers the whole photo:
 * its size and `info`'s give the scale of each axis.
 * @throws PhotoError ('unreadable' or 'too-small') with what to do about it; truncated files are unreadable
 */
export async function readPhoto(path: string, request: PhotoRequest): Promise<{ image: Image; info: PhotoInfo }> {
  const { signal } = request;
  const photo = await openPhoto(path, request.limitPixels ?? defaultLimitPixels, signal);
  signal?.throwIfAborted();
  const decoding = decode(photo, request);
  return { image: await orAborted(decoding, signal), info: infoOf(photo) };
}

/**
 * Largest size of at most `maxPixels` that keeps the aspect to within rounding; the size itself if it is small enough.
 */
export function sizeWithin(width: number, height: number, maxPixels: number): { width: number; height: number } {
  if (width * height <= maxPixels) return { width, height };
  const scale = Math.sqrt(maxPixels / (width * height));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

function infoOf({ path, width, height, depth, exif, metadata, contentHash }: PhotoFile): PhotoInfo {
  return {
    path,
    width,
    height,
    depth,
    focal: focalPriorFromExif(exif, metadata.width, metadata.height),
    cameraKey: cameraKeyFromExif(exif),
    contentHash,
  };
}

async function decode(photo: PhotoFile, request: PhotoRequest): Promise<Image> {
  const { width, height } = sizeWithin(photo.width, photo.height, request.maxPixels ?? Infinity);
  const rgb = await decodeRgb(photo, width, height);
  const pixels = request.channels === 1 ? lumaFromRgb(rgb) : rgb;
  const data = request.depth === 8 && pixels instanceof Uint16Array ? bytesFromWords(pixels) : pixels;
  return { width, height, channels: request.channels, data };
}

/** sRGB of the given size, three values a pixel, 16 bits where the file has more than 8. */
async function decodeRgb(photo: PhotoFile, width: number, height: number): Promise<Uint8Array | Uint16Array> {
  const { path, bytes, metadata, depth } = photo;
  try {
    let picture = sharp(bytes, { failOn: 'error', limitInputPixels: false, autoOrient: true });
    if (metadata.hasAlpha) picture = picture.flatten({ background: '#ffffff' });
    if (width !== photo.width || height !== photo.height) picture = resized(picture, photo, width, height);
    picture = picture.toColourspace(depth === 16 ? 'rgb16' : 'srgb');
    // sharp converts 16-bit pictures with a profile to Display P3 and leaves them there: this takes them on to sRGB.
    if (metadata.space === 'rgb16' && metadata.hasProfile) picture = picture.withIccProfile('srgb');
    const raw = picture.removeAlpha().raw({ depth: depth === 16 ? 'ushort' : 'uchar' });
    const { data } = await raw.toBuffer({ resolveWithObject: true });
    return depth === 16 ? wordsOf(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (error) {
    throw undecodable(path, bytes, error);
  }
}

/**
 * The extract of the whole picture keeps sharp from letting the JPEG decoder shrink: that rounds the size up to whole
 * blocks and so shifts pixels, by 3 px at the far side of a 4007-pixel photo. (`fastShrinkOnLoad: false` only makes it
 * shrink less.)
 */
function resized(picture: Sharp, photo: PhotoFile, width: number, height: number): Sharp {
  return picture
    .extract({ left: 0, top: 0, width: photo.width, height: photo.height })
    .resize({ width, height, fit: 'fill', kernel: 'lanczos3' });
}

function wordsOf(buffer: Buffer): Uint16Array {
  // A view needs an even offset.
  const bytes = buffer.byteOffset % 2 === 0 ? buffer : Uint8Array.from(buffer);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}
