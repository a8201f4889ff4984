import type { Matrix3 } from '../math/matrix3.ts';
import type { PolishedModel } from './estimate-homography.ts';
import { polish } from './estimate-homography.ts';
import type { PlanePairs } from './homography-problem.ts';
import { homographyProblem } from './homography-problem.ts';
import type { Frame } from './plane-pairs.ts';
import { planePairs } from './plane-pairs.ts';
import { optimiseLocally } from './robust.ts';

/** A homography between undistorted photos and the lens distortion that both photos share. */
export interface RadialHomography extends PolishedModel<Matrix3> {
  /** Of the division model, per squared normalised radius (half the longer side is 1); negative for barrel distortion. */
  readonly lambda: number;
  /** The undistorted pairs the model maps. */
  readonly pairs: PlanePairs;
  /** MAGSAC++ score at the outer bound. */
  readonly score: number;
}

/** Strong barrel (about k1 = −0.3 of a wide lens) to pincushion. */
const firstLambdas = [-0.16, -0.08, -0.03, 0, 0.03, 0.08];
const finestStep = 0.004;

/**
 * Fits a homography and one distortion parameter, starting from a plain homography. A plain one loses the matches near the
 * borders of a distorted pair, which are those that tell the distortion.
 * @param points x1, y1, x2, y2 a match, px
 * @param frame1 centred on the photos, as the distortion is
 * @param start homography between the frames, without distortion
 * @param maxError in the unit of the frames
 * @returns the best λ; its score can be compared with a plain homography's (`lambda` 0 is among those tried)
 */
export function fitRadialHomography(
  points: Float64Array,
  frame1: Frame,
  frame2: Frame,
  start: Matrix3,
  maxError: number,
): RadialHomography {
  const fit = (lambda: number, from: Matrix3): Fit => fitAt(points, frame1, frame2, lambda, from, maxError);
  let best = fit(0, start);
  for (const lambda of firstLambdas) {
    const candidate = fit(lambda, start);
    if (candidate.score > best.score) best = candidate;
  }
  for (let step = 0.025; step > finestStep / 2; step /= 2) {
    for (const lambda of [best.lambda - step, best.lambda + step]) {
      const candidate = fit(lambda, best.model);
      if (candidate.score > best.score) best = candidate;
    }
  }
  const problem = homographyProblem(best.pairs);
  return { ...polish(problem, best.model, maxError), lambda: best.lambda, pairs: best.pairs, score: best.score };
}

interface Fit {
  readonly lambda: number;
  readonly pairs: PlanePairs;
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
  const pairs = planePairs(points, frame1, frame2, lambda);
  const problem = homographyProblem(pairs);
  // A wider bound first lets matches in that the distortion had pushed out.
  const wide = optimiseLocally(problem, from, 2.5 * maxError, 6).model;
  const { model, score } = optimiseLocally(problem, wide, maxError, 8);
  return { lambda, pairs, model, score };
}
