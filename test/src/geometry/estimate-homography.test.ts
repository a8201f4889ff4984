import { describe, expect, test } from 'vitest';
import type { HomographyEstimate } from '../../../src/geometry/estimate-homography.ts';
import { estimateHomography } from '../../../src/geometry/estimate-homography.ts';
import { homographyFromPoints, swapColumns } from '../../../src/geometry/homography.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, invert3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { cornerError, randomHomography, syntheticMatches } from './synthetic-matches.ts';

const size = { width: 1000, height: 750 };
const options = { maxErrorPx: 5, size1: size, size2: size };

function rightAmong(estimate: HomographyEstimate, right: Uint8Array): { recall: number; precision: number } {
  const hits = estimate.inliers.reduce((n, i) => n + right[i], 0);
  return { recall: hits / right.reduce((a, b) => a + b, 0), precision: hits / estimate.inliers.length };
}

describe('nominal', () => {
  test('exact matches give the exact homography, all inliers, and no error', () => {
    const random = createRandom(1);
    const h = randomHomography(random, 1000, 750);
    const { points } = syntheticMatches(h, { right: 100, wrong: 0 }, 0, random);
    const found = estimateHomography(points, options)!;
    expect(cornerError(found.image2FromImage1, h)).toBeLessThan(1e-6);
    expect(found.inliers).toEqual(Uint32Array.from({ length: 100 }, (_, i) => i));
    expect(found.medianErrorPx).toBeLessThan(1e-6);
  });

  test('four exact matches suffice', () => {
    const points = Float64Array.of(0, 0, 10, 10, 900, 0, 910, 10, 0, 700, 10, 710, 900, 700, 910, 710);
    expect(
      cornerError(estimateHomography(points, options)!.image2FromImage1, [1, 0, 10, 0, 1, 10, 0, 0, 1]),
    ).toBeLessThan(1e-6);
  });

  test.each([
    [450, 50],
    [250, 250],
    [100, 400],
    [40, 160],
  ])('%i right among %i wrong matches, thirty scenes', (right, wrong) => {
    const random = createRandom(right);
    for (let trial = 0; trial < 30; trial++) {
      const h = randomHomography(random, 1000, 750);
      const matches = syntheticMatches(h, { right, wrong }, 0.5, random);
      const found = estimateHomography(matches.points, { ...options, seed: trial })!;
      expect(cornerError(found.image2FromImage1, h)).toBeLessThan(2);
      const { recall, precision } = rightAmong(found, matches.right);
      expect(recall).toBeGreaterThan(0.95);
      expect(precision).toBeGreaterThan(0.95);
    }
  });
});

describe('numerical stability', () => {
  test.each([
    ['tiny', 1e-6, 0],
    ['huge', 1e6, 0],
    ['far from the origin', 1, 1e7],
  ])('coordinates that are %s', (_, unit, shift) => {
    const random = createRandom(6);
    const { points, right } = syntheticMatches(
      randomHomography(random, 1000, 750),
      { right: 80, wrong: 80 },
      0.5,
      random,
    );
    const moved = points.map((v) => v * unit + shift);
    const movedSize = { width: 1000 * unit, height: 750 * unit };
    const found = estimateHomography(moved, { maxErrorPx: 5 * unit, size1: movedSize, size2: movedSize })!;
    const plain = estimateHomography(points, options)!;
    expect(found.inliers).toEqual(plain.inliers);
    expect(found.medianErrorPx / unit).toBeCloseTo(plain.medianErrorPx, 3);
    expect(rightAmong(found, right).recall).toBeGreaterThan(0.95);
  });

  test('a strong perspective, up to near the horizon', () => {
    const random = createRandom(7);
    const steep: Matrix3 = [0.7, 0, 0, 0, 0.7, 0, -0.0004, -0.0002, 1];
    const matches = syntheticMatches(steep, { right: 150, wrong: 150 }, 0.5, random);
    const found = estimateHomography(matches.points, options)!;
    expect(rightAmong(found, matches.right).recall).toBeGreaterThan(0.97);
    expect(found.medianErrorPx).toBeLessThan(1.3);
  });

  test('coordinates that are not numbers are no inliers and do no harm', () => {
    const random = createRandom(8);
    const h = randomHomography(random, 1000, 750);
    const { points } = syntheticMatches(h, { right: 60, wrong: 0 }, 0.3, random);
    points[4 * 10] = NaN;
    points[4 * 20 + 3] = Infinity;
    const found = estimateHomography(points, options)!;
    expect(cornerError(found.image2FromImage1, h)).toBeLessThan(1);
    expect(found.inliers).not.toContain(10);
    expect(found.inliers).not.toContain(20);
  });
});

describe('noise', () => {
  test('is nearly as accurate as least squares on the right matches alone', () => {
    const random = createRandom(9);
    let robust = 0;
    let ideal = 0;
    for (let trial = 0; trial < 100; trial++) {
      const h = randomHomography(random, 1000, 750);
      const { points, right } = syntheticMatches(h, { right: 200, wrong: 200 }, 0.7, random);
      robust += cornerError(estimateHomography(points, { ...options, seed: trial })!.image2FromImage1, h);
      ideal += cornerError(homographyFromPoints(points, Float64Array.from(right))!, h);
    }
    expect(robust / ideal).toBeLessThan(1.15);
  });

  test('the median error tells the noise', () => {
    const random = createRandom(10);
    const h: Matrix3 = [1, 0, 50, 0, 1, 20, 0, 0, 1];
    for (const noise of [0.2, 0.5, 1]) {
      const { points } = syntheticMatches(h, { right: 400, wrong: 200 }, noise, random);
      // Both photos have noise: the difference has √2 of it in x and in y, and a Rayleigh median of 1.177.
      const expected = 1.1774 * Math.SQRT2 * noise;
      const { medianErrorPx } = estimateHomography(points, options)!;
      expect(Math.abs(medianErrorPx / expected - 1)).toBeLessThan(0.12);
    }
  });
});

describe('degenerate', () => {
  const onALine = (random: ReturnType<typeof createRandom>): Float64Array =>
    Float64Array.from({ length: 200 }, () => 0).map((_, i, a) => {
      if (i % 4 === 0) a[i] = random.next() * 900;
      return i % 4 === 0 ? a[i] : 0.5 * a[i - (i % 4)] + 10 * (i % 4);
    });

  test('null for fewer than four matches, none, one line, one spot, four times the same', () => {
    expect(estimateHomography(new Float64Array(), options)).toBeNull();
    expect(estimateHomography(new Float64Array(12), options)).toBeNull();
    expect(estimateHomography(onALine(createRandom(1)), options)).toBeNull();
    expect(estimateHomography(new Float64Array(80).fill(100), options)).toBeNull();
    const corner = [0, 0, 5, 5, 900, 0, 905, 5, 0, 700, 5, 705];
    expect(estimateHomography(Float64Array.from([...corner, ...corner, ...corner]), options)).toBeNull();
  });

  test('a mirrored photo is no view of the same plane', () => {
    const random = createRandom(2);
    const mirror: Matrix3 = [-1, 0, 999, 0, 1, 0, 0, 0, 1];
    const { points } = syntheticMatches(mirror, { right: 100, wrong: 0 }, 0.3, random);
    const found = estimateHomography(points, options);
    expect(found === null || found.inliers.length < 20).toBe(true);
  });

  test('of two planes it takes the larger, not a mixture', () => {
    const random = createRandom(3);
    const [h1, h2] = [randomHomography(random, 1000, 750), randomHomography(random, 1000, 750)];
    const larger = syntheticMatches(h1, { right: 150, wrong: 0 }, 0.3, random).points;
    const smaller = syntheticMatches(h2, { right: 90, wrong: 0 }, 0.3, random).points;
    const found = estimateHomography(Float64Array.from([...smaller, ...larger]), { ...options, bestFirst: false })!;
    expect(cornerError(found.image2FromImage1, h1)).toBeLessThan(1);
    expect(found.inliers.filter((i) => i >= 90).length).toBe(150);
    expect(found.inliers.filter((i) => i < 90).length).toBeLessThan(10);
  });

  test('repeated matches do not outvote the rest', () => {
    const random = createRandom(4);
    const h = randomHomography(random, 1000, 750);
    const { points } = syntheticMatches(h, { right: 60, wrong: 0 }, 0.3, random);
    const repeated = Float64Array.from({ length: 4 * 50 }, (_, i) => [100, 100, 800, 600][i % 4]);
    const found = estimateHomography(Float64Array.from([...repeated, ...points]), options)!;
    expect(cornerError(found.image2FromImage1, h)).toBeLessThan(1);
  });
});

test('the same seed gives the same result, and the input is left alone', () => {
  const { points } = syntheticMatches(identity3, { right: 60, wrong: 200 }, 0.5, createRandom(11));
  const before = points.slice();
  expect(estimateHomography(points, { ...options, seed: 5 })).toEqual(
    estimateHomography(points, { ...options, seed: 5 }),
  );
  expect(points).toEqual(before);
});

test('swapped photos give the inverse homography and the same inliers', () => {
  const random = createRandom(12);
  for (let trial = 0; trial < 20; trial++) {
    const { points } = syntheticMatches(randomHomography(random, 1000, 750), { right: 120, wrong: 120 }, 0.5, random);
    const there = estimateHomography(points, options)!;
    const back = estimateHomography(swapColumns(points), options)!;
    expect(cornerError(invert3(back.image2FromImage1)!, there.image2FromImage1)).toBeLessThan(0.02);
    const differing = there.inliers.filter((i) => !back.inliers.includes(i));
    expect(differing.length).toBeLessThanOrEqual(1);
  }
});

test('photos of different size: errors are measured in each photo’s own scale', () => {
  const random = createRandom(13);
  const { points, right } = syntheticMatches(
    randomHomography(random, 1000, 750),
    { right: 100, wrong: 100 },
    0.5,
    random,
  );
  const scaled = points.map((v, i) => (i % 4 < 2 ? v : (v + 0.5) / 4 - 0.5));
  const found = estimateHomography(scaled, { maxErrorPx: 1.25, size1: size, size2: { width: 250, height: 187.5 } })!;
  expect(rightAmong(found, right).recall).toBeGreaterThan(0.97);
  expect(found.inliers).toEqual(estimateHomography(points, options)!.inliers);
});
