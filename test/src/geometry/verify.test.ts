import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { swapColumns } from '../../../src/geometry/homography.ts';
import { verifyPair } from '../../../src/geometry/verify.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, invert3, multiply3 } from '../../../src/math/matrix3.ts';
import type { Random } from '../../../src/math/random.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';
import { cornerError, randomHomography, syntheticMatches, unrelatedMatches } from './synthetic-matches.ts';

const size = { width: 1000, height: 750 };
const options = { size1: size, size2: size };
const shift = (x: number): Matrix3 => [1, 0, x, 0, 1, 0, 0, 0, 1];

/** Verifies and expects a homography. */
function accepted(points: Float64Array, extra = {}): Extract<ReturnType<typeof verifyPair>, { kind: 'homography' }> {
  const geometry = verifyPair(points, { ...options, ...extra });
  if (geometry.kind === 'none') throw new Error(`expected a homography, got none: ${geometry.reason}`);
  return geometry;
}

function codeOf(points: Float64Array, extra = {}): string {
  const geometry = verifyPair(points, { ...options, ...extra });
  return geometry.kind === 'none' ? geometry.code : geometry.kind;
}

describe('photos that overlap', () => {
  test.each([
    [400, 100],
    [60, 60],
    [40, 100],
    [20, 5],
  ])('%i right and %i wrong matches are accepted, with the right inliers', (right, wrong) => {
    const random = createRandom(right + wrong);
    for (let trial = 0; trial < 10; trial++) {
      const h = randomHomography(random, 1000, 750);
      const matches = syntheticMatches(h, { right, wrong }, 0.5, random);
      const { image2FromImage1, inliers } = accepted(matches.points, { seed: trial });
      expect(cornerError(image2FromImage1, h)).toBeLessThan(8);
      const hits = inliers.reduce((n, i) => n + matches.right[i], 0);
      // Noise of 0.5 px a coordinate reaches the bound of 3 px: some right matches fall outside.
      expect(hits / right).toBeGreaterThan(0.9);
      expect(hits / inliers.length).toBeGreaterThan(0.95);
    }
  });

  test.each([250, 100])('a strip of %i px shared is enough', (width) => {
    const { points } = syntheticMatches(shift(width - 1000), { right: 40, wrong: 60 }, 0.5, createRandom(width));
    expect(cornerError(accepted(points).image2FromImage1, shift(width - 1000))).toBeLessThan(60);
  });

  test('the same at any resolution', () => {
    const { points } = syntheticMatches(shift(300), { right: 80, wrong: 80 }, 0.5, createRandom(4));
    const small = accepted(points);
    const large = { width: 8000, height: 6000 };
    const scaled = accepted(
      points.map((v) => 8 * v),
      { size1: large, size2: large },
    );
    expect(scaled.inliers).toEqual(small.inliers);
    expect(scaled.medianErrorPx / 8).toBeCloseTo(small.medianErrorPx, 3);
  });

  test('swapped photos give the same inliers and the inverse homography', () => {
    const random = createRandom(5);
    const { points } = syntheticMatches(randomHomography(random, 1000, 750), { right: 100, wrong: 50 }, 0.5, random);
    const there = accepted(points);
    const back = accepted(swapColumns(points));
    expect(back.inliers).toEqual(there.inliers);
    expect(cornerError(invert3(back.image2FromImage1)!, there.image2FromImage1)).toBeLessThan(0.05);
  });

  test('the same seed gives the same answer', () => {
    const { points } = syntheticMatches(shift(300), { right: 40, wrong: 160 }, 0.5, createRandom(6));
    expect(accepted(points, { seed: 3 })).toEqual(accepted(points, { seed: 3 }));
  });
});

/** Matches of a camera (focal length 800 px, radial distortion k1) that turned by `degrees`. */
function turnedCamera(k1: number, degrees: number, count: number, random: Random): Float64Array {
  const rotation = rotationFromVector(0.03, (-degrees * Math.PI) / 180, 0.02);
  const focal = 800;
  const project = (d: readonly number[]): [number, number] | null => {
    if (!(d[2] > 0)) return null;
    const [x, y] = [d[0] / d[2], d[1] / d[2]];
    const bend = 1 + k1 * (x * x + y * y);
    // Beyond the radius where distortion folds back a lens shows nothing.
    if (1 + 3 * k1 * (x * x + y * y) < 0.1) return null;
    const u = focal * bend * x + 499.5;
    const v = focal * bend * y + 374.5;
    return u >= 0 && u < 1000 && v >= 0 && v < 750 ? [u, v] : null;
  };
  const points: number[] = [];
  while (points.length < 4 * count) {
    const d = [(random.next() - 0.5) * 2, (random.next() - 0.5) * 1.6, 1];
    const turned = [0, 3, 6].map((r) => rotation[r] * d[0] + rotation[r + 1] * d[1] + rotation[r + 2] * d[2]);
    const [a, b] = [project(d), project(turned)];
    if (a === null || b === null) continue;
    points.push(...[...a, ...b].map((v) => v + 0.4 * random.normal()));
  }
  return Float64Array.from(points);
}

describe('lens distortion', () => {
  test.each([
    [-0.15, 190],
    [-0.08, 190],
    [0.1, 190],
    // So strong a distortion is no longer of the division model's shape; a plain homography keeps a quarter.
    [-0.25, 110],
  ])('k1 = %d: at least %i of 200 right matches are kept, no wrong ones', (k1, least) => {
    const random = createRandom(7);
    for (const degrees of [15, 30]) {
      const right = turnedCamera(k1, degrees, 200, random);
      const points = Float64Array.from([...right, ...unrelatedMatches(100, random)]);
      const { inliers } = accepted(points);
      expect(inliers.filter((i) => i < 200).length).toBeGreaterThanOrEqual(least);
      expect(inliers.filter((i) => i >= 200).length).toBeLessThanOrEqual(2);
    }
  });
});

test('the distortion found is that of the lens, and none is claimed where there is none', () => {
  const random = createRandom(16);
  const { distortion } = accepted(turnedCamera(-0.15, 25, 300, random));
  // λ ≈ k1 (half the longer side / focal length)², a little more as radii are measured after distortion.
  expect(distortion!.lambda / (-0.15 * (500 / 800) ** 2)).toBeGreaterThan(0.9);
  expect(distortion!.lambda / (-0.15 * (500 / 800) ** 2)).toBeLessThan(1.35);
  expect(accepted(turnedCamera(0, 25, 300, random)).distortion).toBeUndefined();
});

describe('photos that share nothing', () => {
  test('200 pairs of wrong matches: none passes', () => {
    const random = createRandom(8);
    let passed = 0;
    for (let trial = 0; trial < 200; trial++) {
      const points = unrelatedMatches(20 + (trial % 41), random);
      if (codeOf(points, { seed: trial }) === 'homography') passed++;
    }
    expect(passed).toBe(0);
  });

  test('nor do 60 in which matches crowd on a few things', () => {
    const random = createRandom(9);
    for (let trial = 0; trial < 60; trial++) {
      const centres = Array.from({ length: 16 }, () => random.next() * 700);
      const crowd = (from: number): number[] => {
        const k = from + 2 * random.integer(4);
        return [centres[k] + 20 * random.normal(), centres[k + 1] + 20 * random.normal()];
      };
      const points = Float64Array.from(Array.from({ length: 60 }, () => [...crowd(0), ...crowd(8)]).flat());
      expect(codeOf(points, { seed: trial })).not.toBe('homography');
    }
  });

  test('no matches and few matches say so', () => {
    expect(codeOf(new Float64Array())).toBe('no-overlap');
    const geometry = verifyPair(
      syntheticMatches(identity3, { right: 5, wrong: 0 }, 0, createRandom(1)).points,
      options,
    );
    expect(geometry).toMatchObject({ kind: 'none', code: 'no-overlap' });
    expect(geometry.kind === 'none' && geometry.reason).toContain('only 5 matches');
  });
});

describe('matches that prove nothing', () => {
  test('one place matched many times', () => {
    const random = createRandom(10);
    const points = Float64Array.from({ length: 4 * 60 }, () => 300 + random.normal());
    expect(codeOf(points)).not.toBe('homography');
  });

  test('all on one line', () => {
    const random = createRandom(11);
    const points = new Float64Array(4 * 60);
    for (let i = 0; i < 60; i++) {
      const x = random.next() * 900;
      points.set([x, 300 + 0.1 * x + 0.7 * random.normal(), x + 20, 320 + 0.1 * x + 0.7 * random.normal()], 4 * i);
    }
    expect(codeOf(points)).toBe('degenerate');
  });

  test('a mirrored photo', () => {
    const mirror: Matrix3 = [-1, 0, 999, 0, 1, 0, 0, 0, 1];
    expect(codeOf(syntheticMatches(mirror, { right: 100, wrong: 20 }, 0.5, createRandom(12)).points)).not.toBe(
      'homography',
    );
  });

  test('one photo twelve times larger than the other', () => {
    const tiny: Matrix3 = [1 / 12, 0, 400, 0, 1 / 12, 300, 0, 0, 1];
    expect(codeOf(syntheticMatches(tiny, { right: 100, wrong: 0 }, 0.3, createRandom(13)).points)).not.toBe(
      'homography',
    );
  });
});

describe('a few agreeing matches among many that should', () => {
  const random = createRandom(14);
  const agreeing = syntheticMatches(shift(20), { right: 14, wrong: 0 }, 0.5, random).points;
  const points = Float64Array.from([...agreeing, ...unrelatedMatches(300, random)]);

  test('are refused where the others are likely right too: the camera moved', () => {
    expect(codeOf(points)).toBe('parallax');
  });

  test('are accepted where the others are likely wrong', () => {
    const probabilities = Float32Array.from({ length: 314 }, (_, i) => (i < 14 ? 0.95 : 0.03));
    expect(accepted(points, { probabilities }).inliers.length).toBeGreaterThanOrEqual(13);
  });
});

test('two planes: a homography of the larger one, if it holds enough of the matches', () => {
  const random = createRandom(15);
  const near = syntheticMatches(shift(60), { right: 60, wrong: 0 }, 0.5, random).points;
  const far = syntheticMatches(
    multiply3(shift(-40), rotationFromVector(0, 0, 0.02)),
    { right: 120, wrong: 0 },
    0.5,
    random,
  );
  const { inliers } = accepted(Float64Array.from([...near, ...far.points]));
  expect(inliers.filter((i) => i >= 60).length).toBeGreaterThan(110);
});

test('a wrong number of probabilities is a mistake of the caller', () => {
  expect(() => verifyPair(new Float64Array(40), { ...options, probabilities: [1, 2] })).toThrow(UsageError);
});
