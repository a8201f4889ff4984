import type { PlanePairs } from './homography-problem.ts';

/** Some of the pairs, in the order of `indices`. */
export function pickPairs(pairs: PlanePairs, indices: ArrayLike<number>): PlanePairs {
  const pick = (values: Float64Array): Float64Array => Float64Array.from(indices, (i) => values[i]);
  return {
    count: indices.length,
    x1: pick(pairs.x1),
    y1: pick(pairs.y1),
    x2: pick(pairs.x2),
    y2: pick(pairs.y2),
    noise1: pick(pairs.noise1),
    noise2: pick(pairs.noise2),
  };
}
