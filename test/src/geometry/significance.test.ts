import { expect, test } from 'vitest';
import { homographyProblem, squaredSampsonErrors } from '../../../src/geometry/homography-problem.ts';
import { photoFrame, planePairs } from '../../../src/geometry/plane-pairs.ts';
import {
  chanceAroundPoint,
  chanceOfInlier,
  independentCount,
  logFalseAlarms,
} from '../../../src/geometry/significance.ts';
import { identity3, type Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { unrelatedMatches } from './synthetic-matches.ts';

const frame = photoFrame({ width: 1000, height: 1000 });
const square = { width: 1000, height: 1000 };

const chanceOf = (points: Float64Array, model: Matrix3, inlierError: number): number =>
  chanceOfInlier(
    planePairs(points, frame, frame),
    (pairs, out) => squaredSampsonErrors(model, pairs, out),
    inlierError,
    chanceAroundPoint(inlierError, 4),
  );

test('the chance measured on evenly spread points is the share of the area', () => {
  const points = unrelatedMatches(2000, createRandom(1), square);
  const chance = chanceOf(points, identity3, 0.1);
  expect(chance).toBeCloseTo((Math.PI * 0.1 ** 2) / 4, 3);
});

test('points in a few clusters agree by chance far more often', () => {
  const random = createRandom(2);
  const centres = [200, 800];
  const points = Float64Array.from({ length: 800 }, () => centres[random.integer(2)] + 3 * random.normal());
  expect(chanceOf(points, identity3, 0.04)).toBeGreaterThan(0.15);
});

test('false alarms: the exact binomial tail', () => {
  // C(10, 4) = 210 models; at least 2 of 6 others at a chance of 0.1: 1 − 0.9⁶ − 6 · 0.1 · 0.9⁵ = 0.114265.
  expect(logFalseAlarms(10, 10, 6, 0.1)).toBeCloseTo(Math.log10(210 * 0.114265), 5);
  expect(logFalseAlarms(10, 10, 4, 0.1)).toBe(Infinity);
  // Inliers a little beyond the border of the overlap are evidence too.
  expect(logFalseAlarms(10, 5, 6, 0.1)).toBeCloseTo(Math.log10(210 * 0.01), 5);
  // As many as chance gives are no evidence at all; no overflow among thousands.
  expect(logFalseAlarms(1000, 1000, 100, 0.2)).toBeGreaterThan(0);
  expect(logFalseAlarms(10_000, 10_000, 5000, 1e-4)).toBeLessThan(-10_000);
});

test('wrong matches do not look significant under any model drawn from them', () => {
  const random = createRandom(3);
  let least = Infinity;
  for (let trial = 0; trial < 300; trial++) {
    const points = unrelatedMatches(60, random, square);
    const pairs = planePairs(points, frame, frame);
    const problem = homographyProblem(pairs);
    const sample = Uint32Array.from({ length: 4 }, () => random.integer(60));
    if (problem.isDegenerateSample?.(sample)) continue;
    for (const model of problem.solve(sample)) {
      const residuals = new Float64Array(60);
      problem.squaredResiduals(model, residuals);
      const agreeing = residuals.filter((r2) => r2 < 0.02 ** 2).length;
      least = Math.min(least, logFalseAlarms(60, 60, agreeing, chanceOf(points, model, 0.02)));
    }
  }
  expect(least).toBeGreaterThan(0);
});

test('a place found several times is evidence once', () => {
  const once = [100, 100, 300, 100, 500, 100, 700, 100];
  const points = Float64Array.from([...once, ...once, ...once]);
  const pairs = planePairs(points, frame, frame);
  expect(
    independentCount(
      pairs,
      Uint32Array.from({ length: 6 }, (_, i) => i),
      0.01,
    ),
  ).toBe(2);
});
