import { expect, test } from 'vitest';
import { matchesInOverlap, overlapInImage1 } from '../../../src/geometry/overlap.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { randomHomography } from './synthetic-matches.ts';

const size = { width: 1000, height: 750 };
const shift = (x: number, y: number): Matrix3 => [1, 0, x, 0, 1, y, 0, 0, 1];

test('the same view overlaps wholly, a shifted one by what is left, one beside it not at all', () => {
  expect(overlapInImage1(identity3, size, size).area).toBeCloseTo(750_000, 6);
  expect(overlapInImage1(shift(700, -50), size, size).area).toBeCloseTo(300 * 700, 6);
  expect(overlapInImage1(shift(1001, 0), size, size).area).toBe(0);
});

test('photos of different size', () => {
  expect(overlapInImage1(shift(0, 0), size, { width: 100, height: 50 }).area).toBeCloseTo(5000, 6);
});

test('what lies behind the horizon is not shared', () => {
  // w = 1 − x/500: only x < 500 is in front, and there x maps to x/(1 − x/500) < 1000 for x < 333.
  const tilted: Matrix3 = [1, 0, 0, 0, 1, 0, -1 / 500, 0, 1];
  const { polygon } = overlapInImage1(tilted, size, size);
  expect(Math.max(...polygon.map(([x]) => x))).toBeCloseTo(333.3, 0);
});

test('the area agrees with counting pixels', () => {
  const random = createRandom(1);
  for (let trial = 0; trial < 10; trial++) {
    const h = randomHomography(random, 1000, 750, 0.3);
    let count = 0;
    for (let y = 0; y < 750; y += 3) {
      for (let x = 0; x < 1000; x += 3) {
        const [u, v] = transformPoint(h, x, y);
        if (h[6] * x + h[7] * y + h[8] > 0 && u >= -0.5 && u < 999.5 && v >= -0.5 && v < 749.5) count += 9;
      }
    }
    expect(Math.abs(overlapInImage1(h, size, size).area - count)).toBeLessThan(0.012 * 750_000);
  }
});

test('matches count only where both their points lie in the overlap', () => {
  const points = Float64Array.of(
    600,
    100,
    50,
    100,
    100,
    100,
    50,
    100,
    600,
    100,
    700,
    100,
    999,
    749,
    499,
    749,
    NaN,
    0,
    0,
    0,
  );
  expect([...matchesInOverlap(points, shift(-500, 0), size, size)]).toEqual([0, 3]);
});
