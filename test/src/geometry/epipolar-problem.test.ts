import { describe, expect, it, test } from 'vitest';
import { essentialProblem, fundamentalProblem, squaredEpipolarErrors } from '../../../src/geometry/epipolar-problem.ts';
import { essentialFromFive } from '../../../src/geometry/five-point.ts';
import type { PlanePairs } from '../../../src/geometry/homography-problem.ts';
import { defaultRobustOptions, estimateRobustly } from '../../../src/geometry/robust.ts';
import { fundamentalFromSeven } from '../../../src/geometry/seven-point.ts';
import { determinant3, type Matrix3 } from '../../../src/math/matrix3.ts';
import { svd3 } from '../../../src/math/svd3.ts';
import { matrixDistance, syntheticViews } from './synthetic-views.ts';

const problems = [
  { name: 'fundamental', problem: fundamentalProblem, solve: fundamentalFromSeven, size: 7 },
  { name: 'essential', problem: essentialProblem, solve: essentialFromFive, size: 5 },
];

function nearest(found: readonly Matrix3[], truth: Matrix3): number {
  return Math.min(Infinity, ...found.map((m) => matrixDistance(m, truth)));
}

function scaled(pairs: PlanePairs, factor: number): PlanePairs {
  const times = (values: Float64Array): Float64Array => values.map((v) => factor * v);
  return { ...pairs, x1: times(pairs.x1), y1: times(pairs.y1), x2: times(pairs.x2), y2: times(pairs.y2) };
}

describe.each(problems)('$name', ({ name, problem, solve, size }) => {
  const first = Uint32Array.from({ length: size }, (_, i) => i);

  test('nominal: the smallest sample holds the truth, and only such matrices', () => {
    let good = 0;
    let found = 0;
    let kept = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const { pairs, essential } = syntheticViews(seed, { right: size });
      const models = solve(pairs, first);
      expect(models.length).toBeLessThanOrEqual(name === 'essential' ? 10 : 3);
      if (nearest(models, essential) < 1e-6) good++;
      for (const model of models) {
        const { s } = svd3(model);
        found++;
        if (s[2] < 1e-6 && (name === 'fundamental' || s[0] - s[1] < 1e-6)) kept++;
      }
    }
    // Where two solutions nearly coincide, rounding moves both.
    expect(good).toBeGreaterThan(190);
    expect(kept / found).toBeGreaterThan(0.98);
  });

  test('nominal: half the matches wrong, thirty scenes', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { pairs, essential } = syntheticViews(seed, { right: 200, wrong: 200, noise: 0.0005 });
      const options = { ...defaultRobustOptions, bestFirst: false, maxError: 0.004, seed };
      const { model, squaredResiduals } = estimateRobustly(problem(pairs), options)!;
      expect(matrixDistance(normalised(model), essential)).toBeLessThan(0.03);
      const near = (from: number, to: number): number =>
        squaredResiduals.slice(from, to).filter((r2) => r2 < 0.004 ** 2).length;
      expect(near(0, 200)).toBeGreaterThan(195);
      expect(near(200, 400)).toBeLessThan(20);
    }
  });

  test('stability: an exact model is left alone, and small units lose no digits', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { pairs, essential } = syntheticViews(seed, { right: 100 });
      const weights = new Float64Array(100).fill(1);
      const again = problem(pairs).solveWeighted(weights, essential)!;
      expect(matrixDistance(normalised(again), essential)).toBeLessThan(1e-9);
      // Of calibrated points the unit is no choice.
      if (name === 'essential') continue;
      const found = solve(scaled(pairs, 1e-3), first);
      const errors = new Float64Array(100);
      const fits = found.map((f) => {
        squaredEpipolarErrors(f, scaled(pairs, 1e-3), errors);
        return Math.sqrt(Math.max(...errors));
      });
      expect(Math.min(Infinity, ...fits)).toBeLessThan(1e-8);
    }
  });

  test('noise: least squares over many points beats the smallest sample, and keeps the constraints', () => {
    let sampled = 0;
    let refined = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const { pairs, essential } = syntheticViews(seed, { right: 300, noise: 0.001 });
      const start = solve(pairs, first).sort((a, b) => matrixDistance(a, essential) - matrixDistance(b, essential))[0];
      if (start === undefined || matrixDistance(start, essential) > 0.3) continue;
      let model = start;
      for (let step = 0; step < 15; step++) model = problem(pairs).solveWeighted(new Float64Array(300).fill(1), model)!;
      sampled += matrixDistance(start, essential);
      refined += matrixDistance(normalised(model), essential);
      expect(Math.abs(determinant3(normalised(model)))).toBeLessThan(1e-12);
      if (name === 'essential') expect(svd3(model).s[0] - svd3(model).s[1]).toBeLessThan(1e-12);
    }
    expect(refined).toBeLessThan(0.3 * sampled);
  });

  it('degenerate: a repeated point gives no model, and no step can follow from no weight', () => {
    const { pairs, essential } = syntheticViews(3, { right: 10 });
    expect(solve(pairs, first.fill(0))).toEqual([]);
    expect(problem(pairs).solveWeighted(new Float64Array(10), essential)).toBeNull();
    first.forEach((_, i) => (first[i] = i));
  });
});

describe('residuals', () => {
  it('are the distance to the epipolar line where both photos are as noisy and the line moves as the point', () => {
    // Sideways motion: lines are rows, and a point one row off is 1/√2 from its line in each photo.
    const f: Matrix3 = [0, 0, 0, 0, 0, -1, 0, 1, 0];
    const pairs: PlanePairs = {
      count: 2,
      x1: Float64Array.of(0.3, 0.3),
      y1: Float64Array.of(0.1, 0.1),
      x2: Float64Array.of(-0.2, -0.2),
      y2: Float64Array.of(0.1, 0.15),
      noise1: Float64Array.of(1, 1),
      noise2: Float64Array.of(1, 1),
    };
    const out = new Float64Array(2);
    squaredEpipolarErrors(f, pairs, out);
    expect(out[0]).toBeCloseTo(0, 15);
    expect(Math.sqrt(out[1])).toBeCloseTo(0.05, 12);
  });
});

function normalised(m: Matrix3): Matrix3 {
  const length = Math.hypot(...m);
  return m.map((v) => v / length) as unknown as Matrix3;
}
