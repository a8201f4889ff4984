import { expect, test } from 'vitest';
import { buildPyramid } from '../../../src/image/pyramid.ts';
import { blobs, centroid, colourful } from './test-pictures.ts';

test.each([
  [512, 384],
  [509, 387],
])('every level of %i × %i shows a place at (x + 0.5)/2^level − 0.5', (width, height) => {
  const places = [
    [130.3, 100.8],
    [380.6, 290.1],
  ];
  const pyramid = buildPyramid(blobs(width, height, 14, places));
  for (const level of pyramid.slice(0, 4)) {
    const shrink = 2 ** -level.level;
    expect(level.width).toBe(Math.ceil(width * shrink));
    for (const [px, py] of places) {
      const [ex, ey] = [(px + 0.5) * shrink - 0.5, (py + 0.5) * shrink - 0.5];
      const [x, y] = centroid(level, ex, ey, 55 * shrink);
      expect(Math.abs(x - ex)).toBeLessThan(0.02);
      expect(Math.abs(y - ey)).toBeLessThan(0.02);
    }
  }
});

test('levels halve down to a few pixels, of the same type, and flat stays flat up to the border', () => {
  for (const data of [new Uint8Array(101 * 67).fill(255), new Uint16Array(101 * 67).fill(65535)]) {
    const pyramid = buildPyramid({ width: 101, height: 67, channels: 1, data });
    expect(pyramid.map((l) => [l.width, l.height])).toEqual([
      ...[
        [101, 67],
        [51, 34],
        [26, 17],
        [13, 9],
      ],
    ]);
    for (const level of pyramid) {
      expect(level.data.constructor).toBe(data.constructor);
      expect(level.data.every((v) => v === data[0])).toBe(true);
    }
  }
});

test('detail too fine for a level is gone from it', () => {
  const stripes = Uint8Array.from({ length: 256 * 64 }, (_, i) => (i % 2) * 255);
  const [, half] = buildPyramid({ width: 256, height: 64, channels: 1, data: stripes });
  const row = Array.from(half.data.subarray(128 * 10 + 4, 128 * 10 + 124));
  expect(Math.max(...row) - Math.min(...row)).toBeLessThanOrEqual(1);
});

test('a colour image is refused', () => {
  expect(() => buildPyramid(colourful(64, 64))).toThrow(/grey/);
});
