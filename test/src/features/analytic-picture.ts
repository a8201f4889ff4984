import type { Image } from '../../../src/image/image.ts';
import { createRandom } from '../../../src/math/random.ts';

/** A grey value at any place of a picture that has no pixels: x to the right, y down. */
export type Picture = (x: number, y: number) => number;

/** Rounded blobs and ramps of many sizes with soft edges, in 0 … 255: something a network trained on photographs can tell apart. */
export function blobPicture(seed: number, width: number, height: number, count: number): Picture {
  const random = createRandom(seed);
  const blobs = Array.from({ length: count }, () => ({
    x: random.next() * width,
    y: random.next() * height,
    radius: 4 + 40 * random.next() ** 3,
    stretch: 0.5 + 1.5 * random.next(),
    turn: random.next() * Math.PI,
    value: 160 * (random.next() - 0.5),
  }));
  return (x, y) => {
    let value = 128;
    for (const blob of blobs) {
      const dx = x - blob.x;
      const dy = y - blob.y;
      if (Math.abs(dx) + Math.abs(dy) > 5 * blob.radius) continue;
      const u = (Math.cos(blob.turn) * dx + Math.sin(blob.turn) * dy) / blob.stretch;
      const v = (-Math.sin(blob.turn) * dx + Math.cos(blob.turn) * dy) * blob.stretch;
      value += blob.value / (1 + Math.exp((Math.hypot(u, v) - blob.radius) / 0.8));
    }
    return Math.min(255, Math.max(0, value));
  };
}

/** The picture sampled at pixel centres: pixel (x, y) shows `picture(x, y)`. */
export function renderPicture(picture: Picture, width: number, height: number): Image & { data: Uint8Array } {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = Math.round(picture(x, y));
  }
  return { width, height, channels: 1, data };
}

/** Keypoints from rows of x, y, size, angle. */
export function placedKeypoints(rows: readonly (readonly [number, number, number, number])[]) {
  return {
    count: rows.length,
    x: Float32Array.from(rows, (row) => row[0]),
    y: Float32Array.from(rows, (row) => row[1]),
    size: Float32Array.from(rows, (row) => row[2]),
    angle: Float32Array.from(rows, (row) => row[3]),
  };
}
