import { describe, expect, test } from 'vitest';
import {
  homographyFromPoints,
  swapColumns,
  symmetricTransferErrors,
  transferErrors,
} from '../../../src/geometry/homography.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { cornerError, randomHomography, syntheticMatches } from './synthetic-matches.ts';

const noWrong = (right: number): { right: number; wrong: number } => ({ right, wrong: 0 });

describe('homography from points', () => {
  test.each([4, 5, 50])('%i exact matches give the exact homography', (count) => {
    const random = createRandom(1);
    for (let trial = 0; trial < 30; trial++) {
      const h = randomHomography(random, 1000, 750);
      const { points } = syntheticMatches(h, noWrong(count), 0, random);
      const found = homographyFromPoints(points);
      // Four random points may nearly lie on a line, which costs digits.
      expect(found).not.toBeNull();
      expect(Math.max(...transferErrors(found!, points))).toBeLessThan(1e-6);
      if (count === 50) expect(cornerError(found!, h)).toBeLessThan(1e-8);
    }
  });

  test.each([1e-9, 1, 1e9])('in units of %d, and far from the origin', (unit) => {
    const random = createRandom(2);
    const { points } = syntheticMatches(randomHomography(random, 1000, 750), noWrong(20), 0, random);
    const far = points.map((v, i) => (v + (i % 2 === 0 ? 1e6 : -1e6)) * unit);
    const errors = transferErrors(homographyFromPoints(far)!, far);
    expect(Math.max(...errors)).toBeLessThan(1e-4 * unit);
  });

  test('with noise its error falls as one over the root of the number of matches', () => {
    const random = createRandom(3);
    const meanError = (count: number): number => {
      let sum = 0;
      for (let trial = 0; trial < 60; trial++) {
        const h = randomHomography(random, 1000, 750);
        sum += cornerError(homographyFromPoints(syntheticMatches(h, noWrong(count), 0.5, random).points)!, h) / 60;
      }
      return sum;
    };
    const [few, many] = [meanError(50), meanError(800)];
    expect(few / many).toBeGreaterThan(3);
    expect(few / many).toBeLessThan(5.3);
    expect(many).toBeLessThan(0.25);
  });

  test('matches of weight 0 count nothing', () => {
    const random = createRandom(4);
    const h = randomHomography(random, 1000, 750);
    const { points, right } = syntheticMatches(h, { right: 30, wrong: 30 }, 0, random);
    expect(cornerError(homographyFromPoints(points, Float64Array.from(right))!, h)).toBeLessThan(1e-7);
  });

  test('null where points determine nothing', () => {
    const line = Float64Array.from({ length: 40 }, (_, i) => [1, 2, 3, -1][i % 4] * Math.floor(i / 4) + 5);
    const spot = new Float64Array(40).fill(7);
    const threeOnALine = Float64Array.of(0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 2, 0, 0, 1, 0, 1);
    const repeated = Float64Array.of(0, 0, 0, 0, 9, 0, 9, 0, 9, 0, 9, 0, 0, 9, 0, 9);
    for (const points of [new Float64Array(12), line, spot, threeOnALine, repeated, new Float64Array(16).fill(NaN)]) {
      expect(homographyFromPoints(points)).toBeNull();
    }
  });
});

describe('transfer errors', () => {
  const double: Matrix3 = [2, 0, 0, 0, 2, 0, 0, 0, 1];

  test('are distances in photo 2; symmetric ones average both photos', () => {
    const points = Float64Array.of(10, 20, 23, 44);
    expect(transferErrors(double, points)[0]).toBeCloseTo(5, 12);
    expect(symmetricTransferErrors(double, points)[0]).toBeCloseTo(Math.sqrt((25 + 6.25) / 2), 12);
  });

  test('symmetric ones do not change when the photos are swapped', () => {
    const random = createRandom(5);
    const h = randomHomography(random, 1000, 750);
    const { points } = syntheticMatches(h, noWrong(20), 3, random);
    const swapped = swapColumns(points);
    const inverse = homographyFromPoints(swapColumns(syntheticMatches(h, noWrong(20), 0, random).points))!;
    const there = symmetricTransferErrors(h, points);
    symmetricTransferErrors(inverse, swapped).forEach((e, i) => expect(e).toBeCloseTo(there[i], 5));
  });

  test('are infinite behind the horizon', () => {
    const tilted: Matrix3 = [1, 0, 0, 0, 1, 0, -0.01, 0, 1];
    expect(transferErrors(tilted, Float64Array.of(99, 0, 0, 0))[0]).toBeGreaterThan(1000);
    expect(transferErrors(tilted, Float64Array.of(100, 0, 0, 0))[0]).toBe(Infinity);
    expect(transferErrors(tilted, Float64Array.of(101, 0, 0, 0))[0]).toBe(Infinity);
  });
});
