import { describe, expect, test } from 'vitest';
import { cutPatches, halvePatches } from '../../../src/features/patches.ts';
import type { Image } from '../../../src/image/image.ts';
import { buildPyramid } from '../../../src/image/pyramid.ts';
import { blobPicture, placedKeypoints, renderPicture } from './analytic-picture.ts';

const options = { side: 64, k: 6 };
const pixels = 64 * 64;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

describe('cutPatches', () => {
  const cases = [
    ['enlarged', 6, 0.3],
    ['at about the photo’s resolution', 10.5, -1.2],
    ['shrunk a little', 14, 2.5],
    ['shrunk from a higher level', 40, 0.8],
    ['shrunk from the highest levels', 90, -2.9],
  ] as const;

  test.each(cases)('shows the photo where the patch frame says: %s', (_, size, angle) => {
    // Waves much longer than a patch pixel, so that sampling loses nothing.
    const wave = (x: number, y: number) => 128 + 60 * Math.sin(x / (3 * size)) + 60 * Math.cos(y / (2.2 * size) + 1);
    const photo = renderPicture(wave, 1024, 1024);
    const keypoint = [511.3, 498.8, size, angle] as const;
    const patch = cutPatches(buildPyramid(photo), placedKeypoints([keypoint]), options);
    const expected = new Float64Array(pixels);
    const step = (6 * size) / 64;
    for (let v = 0; v < 64; v++) {
      for (let u = 0; u < 64; u++) {
        const a = step * (u - 31.5);
        const b = step * (v - 31.5);
        const x = keypoint[0] + Math.cos(angle) * a - Math.sin(angle) * b;
        const y = keypoint[1] + Math.sin(angle) * a + Math.cos(angle) * b;
        expected[v * 64 + u] = wave(x, y);
      }
    }
    // A shift of a tenth of a patch pixel would change a value by up to 2.
    expect(largestDifference(patch, expected)).toBeLessThan(2);
    const bias = patch.reduce((sum, value, i) => sum + value - expected[i], 0) / pixels;
    expect(Math.abs(bias)).toBeLessThan(0.2);
  });

  test('a photo turned by 90° gives the same patches', () => {
    const side = 512;
    const photo = renderPicture(blobPicture(3, side, side, 400), side, side);
    const turned: Image & { data: Uint8Array } = { ...photo, data: new Uint8Array(side * side) };
    // A quarter turn clockwise: (x, y) moves to (side − 1 − y, x).
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) turned.data[x * side + (side - 1 - y)] = photo.data[y * side + x];
    }
    const rows = [
      [250.25, 201.5, 5, 0.4],
      [300, 260.75, 12, 2],
      [199.5, 280, 28, -1],
      [40, 500, 12, 0.2],
    ] as const;
    const turnedRows = rows.map(([x, y, size, angle]) => [side - 1 - y, x, size, angle + Math.PI / 2] as const);
    const patches = cutPatches(buildPyramid(photo), placedKeypoints(rows), options);
    const turnedPatches = cutPatches(buildPyramid(turned), placedKeypoints(turnedRows), options);
    expect(new Set(patches).size).toBeGreaterThan(50);
    expect(largestDifference(patches, turnedPatches)).toBeLessThanOrEqual(1);
  });

  test('stripes finer than the patch can show become grey instead of false stripes', () => {
    for (const period of [2, 2.6, 3.4, 5]) {
      const stripes = renderPicture((x) => 128 + 100 * Math.sin((2 * Math.PI * x) / period), 1024, 1024);
      // A patch pixel is 3.75 photo pixels (finer stripes than that have no place in it), then 7.5.
      for (const size of [40, 80]) {
        const step = (6 * size) / 64;
        if (period > 0.95 * step) continue;
        // However few levels there are.
        for (const pyramid of [buildPyramid(stripes), [stripes]]) {
          const patch = cutPatches(pyramid, placedKeypoints([[511.5, 511.5, size, 0.5]]), options);
          expect(largestDifference(patch, new Float64Array(pixels).fill(128))).toBeLessThan(25);
        }
      }
    }
  });

  test('beyond the border the photo goes on with its border pixels', () => {
    const photo = renderPicture((x, y) => (x < 1 ? 40 : y < 1 ? 90 : 200), 300, 300);
    const patches = cutPatches(
      buildPyramid(photo),
      placedKeypoints([
        [-40, 150, 4, 0],
        [1000, 150, 4, 1],
      ]),
      options,
    );
    expect(patches.subarray(0, pixels).every((value) => value === 40)).toBe(true);
    expect(patches.subarray(pixels).every((value) => value === 200)).toBe(true);
  });
});

test('halvePatches averages 2×2 pixels and scales to [0, 1]', () => {
  const patch = Uint8Array.from({ length: 2 * pixels }, (_, i) => (i * 7) % 256);
  const half = halvePatches(patch);
  expect(half).toHaveLength(2 * 32 * 32);
  const at = pixels + 10 * 64 + 6;
  expect(half[32 * 32 + 5 * 32 + 3]).toBeCloseTo(
    (patch[at] + patch[at + 1] + patch[at + 64] + patch[at + 65]) / 4 / 255,
    6,
  );
});
