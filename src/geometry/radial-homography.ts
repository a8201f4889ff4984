import type { Matrix3 } from '../math/matrix3.ts';
import type { PlanePairs } from './homography-problem.ts';
import { homographyProblem, squaredSampsonErrors } from './homography-problem.ts';
import type { Frame } from './plane-pairs.ts';
import { planePairs } from './plane-pairs.ts';
import type { PolishedModel } from './polish.ts';
import { polish } from './polish.ts';
import { optimiseLocally } from './robust.ts';

/** A homography between undistorted photos and the lens distortion that both photos share. */
export interface RadialHomography extends PolishedModel<Matrix3> {
  /** Of the division model, per squared normalised radius (half the longer side is 1); negative for barrel distortion. */
  readonly lambda: number;
  /** The undistorted pairs the model maps. */
  readonly pairs: PlanePairs;
  /** MAGSAC++ score at the outer bound; can be compared with a plain homography's. */
  readonly score: number;
}

/** Strong barrel (about k1 = −0.3 of a wide lens) to pincushion. */
const firstLambdas = [
  [-0.03, -0.08, -0.13],
  [0.03, 0.08],
];
const firstStep = 0.025;
const finestStep = 0.004;
// λ is searched on so many matches at most; its uncertainty is then far below what moves any of them by the noise.
const searchedMatches = 300;
// Distortion bends a plain fit by no more than this many times the bound.
const nearby = 5;

/**
 * Fits a homography and one distortion parameter, starting from a plain homography. A plain one loses the matches near the
 * borders of a distorted pair, which are those that tell the distortion.
 * @param points x1, y1, x2, y2 a match, px
 * @param frame1 centred on the photos, as the distortion is
 * @param start homography between the frames, without distortion
 * @param maxError in the unit of the frames
 * @param scoreToBeat MAGSAC++ score of which more is asked
 * @returns null where no λ reaches it
 */
export function fitRadialHomography(
  points: Float64Array,
  frame1: Frame,
  frame2: Frame,
  start: Matrix3,
  maxError: number,
  scoreToBeat: number,
): RadialHomography | null {
  const near = matchesNear(points, frame1, frame2, start, maxError);
  if (near.length <= scoreToBeat) return null;
  const searched = thinned(points, near, searchedMatches);
  const fit = (lambda: number, from: Matrix3): Fit => fitAt(searched, frame1, frame2, lambda, from, maxError);
  const plain = fit(0, start);
  let best = plain;
  for (const lambdas of firstLambdas) {
    // From weak distortion to strong, each from the model before, which sees more of the borders than the plain one.
    let previous = plain;
    for (const lambda of lambdas) {
      previous = fit(lambda, previous.model);
      if (previous.score > best.score) best = previous;
    }
  }
  for (let step = firstStep; step > finestStep / 2; step /= 2) {
    for (const lambda of [best.lambda - step, best.lambda + step]) {
      const candidate = fit(lambda, best.model);
      if (candidate.score > best.score) best = candidate;
    }
  }
  if (best.lambda === 0) return null;
  const pairs = planePairs(points, frame1, frame2, best.lambda);
  const problem = homographyProblem(pairs);
  const { model, score } = optimiseLocally(problem, best.model, maxError, 8);
  if (score <= scoreToBeat) return null;
  return { ...polish(problem, model, maxError), lambda: best.lambda, pairs, score };
}

/** Indices of the matches that could be inliers once distortion is modelled. */
function matchesNear(points: Float64Array, frame1: Frame, frame2: Frame, start: Matrix3, maxError: number): number[] {
  const errors = new Float64Array(points.length / 4);
  squaredSampsonErrors(start, planePairs(points, frame1, frame2), errors);
  const near: number[] = [];
  errors.forEach((r2, i) => {
    if (r2 < (nearby * maxError) ** 2) near.push(i);
  });
  return near;
}

/** At most `count` of the matches at some indices, taken evenly. */
function thinned(points: Float64Array, indices: readonly number[], count: number): Float64Array {
  const kept = Math.min(indices.length, count);
  const taken = new Float64Array(4 * kept);
  for (let i = 0; i < kept; i++) {
    const from = indices[Math.floor((i * indices.length) / kept)];
    taken.set(points.subarray(4 * from, 4 * from + 4), 4 * i);
  }
  return taken;
}

interface Fit {
  readonly lambda: number;
  readonly model: Matrix3;
  readonly score: number;
}

function fitAt(
  points: Float64Array,
  frame1: Frame,
  frame2: Frame,
  lambda: number,
  from: Matrix3,
  maxError: number,
): Fit {
  const problem = homographyProblem(planePairs(points, frame1, frame2, lambda));
  // A wider bound first lets matches in that the distortion had pushed out.
  const wide = optimiseLocally(problem, from, 2.5 * maxError, 4).model;
  const { model, score } = optimiseLocally(problem, wide, maxError, 6);
  return { lambda, model, score };
}
