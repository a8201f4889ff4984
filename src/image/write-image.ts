import { open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { OutputError } from '../errors.ts';
import { writeWhole } from '../write-whole.ts';
import { parseExif, type Exif } from './exif.ts';
import { panoramaExif } from './exif-transfer.ts';
import { orAborted } from './or-aborted.ts';
import { assertFits, formatTraits, outputFormat, type OutputFormat } from './output-limits.ts';
import { addExifToTiff } from './tiff-exif.ts';

/** Pixels to write, sRGB, row-major and interleaved; alpha is not premultiplied. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 3 RGB, 4 RGB and alpha. */
  readonly channels: 3 | 4;
  readonly depth: 8 | 16;
  /** `width · height · channels` values: `Uint8Array` for depth 8, `Uint16Array` for 16. */
  readonly data: Uint8Array | Uint16Array;
}

export interface WriteOptions {
  /** Quality of JPEG and WebP, 1–100; default 92. From 90 on JPEG keeps colour at full resolution. */
  readonly quality?: number;
  /** A photo whose EXIF is carried over (what of it: see `panoramaExif`); one without EXIF adds nothing. */
  readonly exifFrom?: string;
  /** XMP packet. */
  readonly xmp?: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a picture in the format of the path's extension: JPEG (transparent parts black), PNG, WebP, TIFF. PNG and TIFF
 * keep 16 bits, the others get 8. The file appears whole or not at all, whatever happens (see `writeWhole`).
 * @throws OutputError if it cannot be written, saying why and what to do; UsageError for an unknown extension
 */
export async function writeImage(path: string, raster: Raster, options: WriteOptions = {}): Promise<void> {
  checkRaster(raster);
  const format = outputFormat(path);
  assertFits(path, raster.width, raster.height);
  const { signal } = options;
  signal?.throwIfAborted();
  const source = options.exifFrom === undefined ? null : await readExif(options.exifFrom);
  const exif = panoramaExif(source, raster.width, raster.height);
  const plain = encoder(raster, format, options.quality ?? 92).withExif(exif);
  const picture = options.xmp === undefined ? plain : plain.withXmp(options.xmp);
  const write = async (temporary: string): Promise<void> => {
    await createFile(path, temporary);
    await finishOrAbort(picture.toFile(temporary), temporary, signal);
    if (format === 'tiff') await addExifToTiff(temporary, exif);
  };
  await writeWhole(path, write, signal).catch((error: unknown) => {
    if (error instanceof OutputError || (signal?.aborted && error === signal.reason)) throw error;
    throw outputError(path, error);
  });
}

function checkRaster({ width, height, channels, depth, data }: Raster): void {
  const expected = width * height * channels;
  if (data.length !== expected || data.BYTES_PER_ELEMENT * 8 !== depth) {
    throw new TypeError(
      `expected ${expected} values of ${depth} bits for ${width} × ${height} × ${channels} ` +
        `but received ${data.length} of ${data.BYTES_PER_ELEMENT * 8}`,
    );
  }
}

/** EXIF of a photo; null where there is none or the photo is gone: a panorama without metadata beats none. */
async function readExif(path: string): Promise<Exif | null> {
  try {
    const bytes = await readFile(path);
    const { format, exif } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return parseExif(format === 'tiff' ? bytes : exif);
  } catch {
    return null;
  }
}

/** Classic TIFF addresses 4 GiB; a little less leaves room for what is not pixels. */
const classicTiffBytes = 3.9 * 2 ** 30;

function encoder(raster: Raster, format: OutputFormat, quality: number): Sharp {
  const { width, height, channels, depth, data } = raster;
  let picture = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  if (channels === 4 && !formatTraits[format].alpha) picture = picture.flatten({ background: '#000000' });
  picture = picture.toColourspace(depth === 16 && formatTraits[format].depth === 16 ? 'rgb16' : 'srgb');
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' });
    case 'webp':
      return picture.webp({ quality });
    case 'png':
      return picture.png({ compressionLevel: 6 });
    case 'tiff':
      return picture.tiff({
        compression: 'deflate',
        predictor: 'horizontal',
        bigtiff: data.byteLength > classicTiffBytes,
      });
  }
}

/** Creates the file empty: file system errors come with their codes here, from the encoder only as text. */
async function createFile(path: string, temporary: string): Promise<void> {
  const target = await stat(path).catch(() => null);
  if (target?.isDirectory()) throw new OutputError(`${path}: is a folder. Give the name of a file in it.`);
  const handle = await open(temporary, 'wx');
  await handle.close();
}

/**
 * Waits for the encoder, or rejects at once when the signal aborts. The encoder cannot be interrupted: its file is
 * removed under it, and once more after its end in case it had yet to open it.
 */
async function finishOrAbort(writing: Promise<unknown>, temporary: string, signal?: AbortSignal): Promise<void> {
  try {
    await orAborted(writing, signal);
  } catch (error) {
    const removed = (): Promise<void> => rm(temporary, { force: true });
    void writing.then(removed, removed);
    throw error;
  }
}

function outputError(path: string, error: unknown): OutputError {
  const { code, message } = error as NodeJS.ErrnoException;
  const folder = dirname(path);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new OutputError(`${path}: the folder ${folder} does not exist. Create it, or write elsewhere.`);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new OutputError(
      `${path}: may not be written (permission denied). Check the rights of ${folder}, or write elsewhere.`,
    );
  }
  if (code === 'ENOSPC' || code === 'EDQUOT' || /no space left|disk quota/i.test(message)) {
    return new OutputError(
      `${path}: no space left on the disk. Free some, write elsewhere, or shrink with --max-width.`,
    );
  }
  return new OutputError(
    `${path}: could not be written (${message.split('\n')[0]}). Check the disk, or write elsewhere.`,
  );
}
