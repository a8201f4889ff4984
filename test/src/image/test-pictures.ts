import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import type { Image } from '../../../src/image/image.ts';

/** A temporary folder for one test file; `at(name)` is a path in it. */
export function temporaryFolder(): { at: (...names: string[]) => string } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-image-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return { at: (...names) => join(folder, ...names) };
}

/** Smooth colours that differ in every corner and survive lossy formats. */
export function colourful(width: number, height: number): Image & { data: Uint8Array } {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[i++] = 20 + (200 * x) / width;
      data[i++] = 30 + (180 * y) / height;
      data[i++] = 220 - (150 * (x + y)) / (width + height);
    }
  }
  return { width, height, channels: 3, data };
}

/** Grey picture, dark with round bright blobs of the given σ at the given places. */
export function blobs(
  width: number,
  height: number,
  sigma: number,
  places: readonly (readonly number[])[],
): Image & { data: Uint8Array } {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value = 0;
      for (const [px, py] of places) value += 240 * Math.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma * sigma));
      data[y * width + x] = Math.min(255, Math.round(value));
    }
  }
  return { width, height, channels: 1, data };
}

/** Centre of mass of the pixels within `reach` of a place. */
export function centroid({ width, height, data }: Image, x: number, y: number, reach: number): [number, number] {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let j = Math.max(0, Math.round(y - reach)); j <= Math.min(height - 1, Math.round(y + reach)); j++) {
    for (let i = Math.max(0, Math.round(x - reach)); i <= Math.min(width - 1, Math.round(x + reach)); i++) {
      const value = data[j * width + i];
      sum += value;
      sumX += value * i;
      sumY += value * j;
    }
  }
  return [sumX / sum, sumY / sum];
}

/** The picture as sharp takes it. */
export function sharpOf({ width, height, channels, data }: Image): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

/** Largest and mean absolute difference of two equally long arrays. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): { max: number; mean: number } {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let [max, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    max = Math.max(max, d);
    sum += d;
  }
  return { max, mean: sum / a.length };
}
