import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PatchRange } from '../patch-set.ts';
import { readGreyBmp } from './bmp.ts';

/** Side of a patch of Brown's data, px. */
export const brownSide = 64;
const perRow = 16;
export const patchesPerMosaic = perRow * perRow;
export const mosaicSide = perRow * brownSide;
const patchPixels = brownSide * brownSide;

/** `patches0000.bmp` … */
export function mosaicName(mosaic: number): string {
  return `patches${String(mosaic).padStart(4, '0')}.bmp`;
}

/** A mosaic that could not be used. */
export interface DamagedMosaic {
  readonly mosaic: number;
  /** Names the file and what is wrong with it. */
  readonly reason: string;
}

/** Files read at the same time: reading waits for the disk, and unpacking is a copy. */
const filesAtATime = 8;

/**
 * Reads mosaics of 16×16 patches, row by row.
 * @param range begins with a mosaic, and ends with one or with the set
 * @param patches `(end − first) × 64 × 64` grey values, written here; those of damaged mosaics stay as they are
 * @returns the mosaics that could not be read, in their order
 */
export async function readMosaics(
  folder: string,
  { first, end }: PatchRange,
  patches: Uint8Array,
  signal?: AbortSignal,
  progress?: (done: number, total: number) => void,
): Promise<DamagedMosaic[]> {
  const total = Math.ceil((end - first) / patchesPerMosaic);
  const damaged: DamagedMosaic[] = [];
  let next = 0;
  let done = 0;
  const readInTurn = async (): Promise<void> => {
    while (next < total) {
      signal?.throwIfAborted();
      const mosaicOfRange = next++;
      const mosaic = first / patchesPerMosaic + mosaicOfRange;
      const bytes = patchesPerMosaic * patchPixels;
      const target = patches.subarray(mosaicOfRange * bytes, (mosaicOfRange + 1) * bytes);
      const reason = await readMosaic(join(folder, mosaicName(mosaic)), target, signal);
      if (reason !== null) damaged.push({ mosaic, reason });
      progress?.(++done, total);
    }
  };
  await Promise.all(Array.from({ length: Math.min(filesAtATime, total) }, readInTurn));
  return damaged.sort((a, b) => a.mosaic - b.mosaic);
}

/** Reads one mosaic; what is wrong with it, or null. */
async function readMosaic(file: string, target: Uint8Array, signal: AbortSignal | undefined): Promise<string | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    return `${file}: it cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  const bmp = readGreyBmp(bytes);
  if (bmp.kind === 'damaged') return `${file}: ${bmp.reason}`;
  if (bmp.width !== mosaicSide || bmp.height !== mosaicSide) {
    return `${file}: it has ${bmp.width}×${bmp.height} pixels, expected ${mosaicSide}×${mosaicSide}`;
  }
  unpack(bmp.pixels, target);
  return null;
}

/** Copies rows as words: 16 384 calls of `set` a mosaic take ten times as long. */
function unpack(pixels: Uint8Array, target: Uint8Array): void {
  const wordsPerRow = brownSide / Uint32Array.BYTES_PER_ELEMENT;
  const from = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / Uint32Array.BYTES_PER_ELEMENT);
  const to = new Uint32Array(target.buffer, target.byteOffset, target.length / Uint32Array.BYTES_PER_ELEMENT);
  for (let row = 0, at = 0; at < to.length; row++) {
    const start = placeOf(Math.floor(row / brownSide), row % brownSide) / Uint32Array.BYTES_PER_ELEMENT;
    for (let i = 0; i < wordsPerRow; i++) to[at++] = from[start + i];
  }
}

/**
 * The picture of up to 256 patches, 1024 × 1024 grey values; black where there are fewer.
 * @param patches 64 × 64 grey values each
 */
export function layMosaic(patches: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(mosaicSide * mosaicSide);
  for (let patch = 0; patch * patchPixels < patches.length; patch++) {
    for (let v = 0; v < brownSide; v++) {
      const from = patch * patchPixels + v * brownSide;
      pixels.set(patches.subarray(from, from + brownSide), placeOf(patch, v));
    }
  }
  return pixels;
}

/** Where row v of a patch begins in its mosaic. */
function placeOf(patch: number, v: number): number {
  return (Math.floor(patch / perRow) * brownSide + v) * mosaicSide + (patch % perRow) * brownSide;
}
