import { describe, expect, it } from 'vitest';
import { fundamentalProblem } from '../../../src/geometry/epipolar-problem.ts';
import type { PlanePairs } from '../../../src/geometry/homography-problem.ts';
import { homographyProblem, squaredSampsonErrors } from '../../../src/geometry/homography-problem.ts';
import { pickPairs } from '../../../src/geometry/pick-pairs.ts';
import { parallaxProblem } from '../../../src/geometry/plane-and-parallax.ts';
import { defaultRobustOptions, estimateRobustly, optimiseLocally } from '../../../src/geometry/robust.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { matrixDistance, syntheticViews } from './synthetic-views.ts';

const options = { ...defaultRobustOptions, bestFirst: false, maxError: 0.004 };

/** Points of a plane, then a few off it, of the same two views. */
function planeAndSome(seed: number, onPlane: number, off: number, noise: number) {
  const plane = syntheticViews(seed, { right: onPlane, depth: 0, noise });
  const rest = syntheticViews(seed, { right: off, depth: 1, noise });
  const join = (a: Float64Array, b: Float64Array): Float64Array => Float64Array.from([...a, ...b]);
  const [p, q] = [plane.pairs, rest.pairs];
  const pairs: PlanePairs = {
    count: onPlane + off,
    x1: join(p.x1, q.x1),
    y1: join(p.y1, q.y1),
    x2: join(p.x2, q.x2),
    y2: join(p.y2, q.y2),
    noise1: join(p.noise1, q.noise1),
    noise2: join(p.noise2, q.noise2),
  };
  return { pairs, essential: plane.essential };
}

function offPlane(pairs: PlanePairs, plane: Matrix3): PlanePairs {
  const errors = new Float64Array(pairs.count);
  squaredSampsonErrors(plane, pairs, errors);
  return pickPairs(
    pairs,
    [...errors.keys()].filter((i) => errors[i] > options.maxError ** 2),
  );
}

describe('parallaxProblem', () => {
  it('nominal: two exact pairs off an exact plane give the exact epipolar geometry', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { pairs, essential } = planeAndSome(seed, 20, 20, 0);
      const plane = homographyProblem(pickPairs(pairs, [...Array(20).keys()]));
      const { model: h } = estimateRobustly(plane, options)!;
      const { model } = estimateRobustly(parallaxProblem(offPlane(pairs, h), h), options)!;
      expect(matrixDistance(model, essential)).toBeLessThan(1e-5);
    }
  });

  it('noise: where nine tenths lie on a plane, it finds what seven-point samples miss', () => {
    let plain = 0;
    let withPlane = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const { pairs, essential } = planeAndSome(seed, 270, 30, 0.0005);
      const problem = fundamentalProblem(pairs);
      const seven = estimateRobustly(problem, { ...options, seed })!;
      const { model: h } = estimateRobustly(homographyProblem(pairs), options)!;
      const { model } = estimateRobustly(parallaxProblem(offPlane(pairs, h), h), options)!;
      const refined = optimiseLocally(problem, model, options.maxError, 10).model;
      const distance = (f: Matrix3): number =>
        matrixDistance(f.map((v) => v / Math.hypot(...f)) as unknown as Matrix3, essential);
      if (distance(seven.model) < 0.1) plain++;
      if (distance(refined) < 0.1) withPlane++;
    }
    expect(withPlane).toBeGreaterThanOrEqual(28);
    expect(withPlane).toBeGreaterThan(plain);
  });

  it('degenerate: pairs on the plane have no parallax to go by', () => {
    const identity: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const { pairs } = syntheticViews(1, { right: 5 });
    const still = { ...pairs, x2: pairs.x1, y2: pairs.y1 };
    expect(parallaxProblem(still, identity).solve(Uint32Array.of(0, 1))).toEqual([]);
  });
});
