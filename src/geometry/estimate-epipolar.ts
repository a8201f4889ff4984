import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transpose3, unitMatrix3 } from '../math/matrix3.ts';
import { essentialProblem, fundamentalProblem } from './epipolar-problem.ts';
import { squaredSampsonErrors } from './homography-problem.ts';
import type { PlanePairs } from './homography-problem.ts';
import { pickPairs } from './pick-pairs.ts';
import type { PinholeCamera } from './pinhole.ts';
import { parallaxProblem } from './plane-and-parallax.ts';
import type { PhotoSize } from './plane-pairs.ts';
import { frameFromPixels, photoFrame, pixelsFromFrame, planePairs } from './plane-pairs.ts';
import { polish } from './polish.ts';
import type { RobustOptions, RobustProblem } from './robust.ts';
import { defaultRobustOptions, estimateRobustly, optimiseLocally } from './robust.ts';

export interface EpipolarOptions extends Partial<Omit<RobustOptions, 'maxError'>> {
  /** Distance to the epipolar line in photo 2, px, from which on a match says nothing. */
  readonly maxErrorPx: number;
  /** Give the scale of the noise: errors in a photo are taken to grow with its size. */
  readonly size1: PhotoSize;
  readonly size2: PhotoSize;
}

export interface EpipolarEstimate {
  /** Unit length: x2ᵀ F x1 = 0 for pixels; of an essential matrix for points in focal lengths from the principal points. */
  readonly matrix: Matrix3;
  /** Indices of matches whose error the noise explains, ascending. */
  readonly inliers: Uint32Array;
  /** Error up to which matches are inliers, px of photo 2. */
  readonly inlierErrorPx: number;
  /** MAGSAC++ score: matches explained, each counted by how well. */
  readonly score: number;
  /** Samples drawn. */
  readonly iterations: number;
}

/** The samples that larger ones need: enough for two thirds of wrong matches of seven, and three quarters of five. */
const defaults = {
  fundamental: { maxIterations: 20_000 },
  essential: { maxIterations: 10_000, localShare: 0.8 },
} as const;

/**
 * Robust fundamental matrix. Null where no seven matches give one: fewer, or all in one place.
 * @param points x1, y1, x2, y2 a match, px, best match first (else set `bestFirst: false`)
 * @param plane a homography that many matches follow, x2 ~ H x1 px, where one is known: seven of its matches determine nothing, and
 * geometries that contain it are tried as well
 */
export function estimateFundamental(
  points: Float64Array,
  options: EpipolarOptions,
  plane: Matrix3 | null = null,
): EpipolarEstimate | null {
  const frame1 = photoFrame(options.size1);
  const frame2 = photoFrame(options.size2);
  const pairs = planePairs(points, frame1, frame2);
  const normalisedPlane = plane && multiply3(multiply3(frameFromPixels(frame2), plane), pixelsFromFrame(frame1));
  const found = estimate(pairs, fundamentalProblem(pairs), { ...defaults.fundamental, ...options }, normalisedPlane);
  if (found === null) return null;
  const matrix = multiply3(multiply3(transpose3(frameFromPixels(frame2)), found.matrix), frameFromPixels(frame1));
  return { ...found, matrix: unitMatrix3(matrix) };
}

/**
 * Robust essential matrix of two cameras whose focal lengths are known; planes do not mislead it.
 * @param points x1, y1, x2, y2 a match, px, best match first (else set `bestFirst: false`)
 */
export function estimateEssential(
  points: Float64Array,
  camera1: PinholeCamera,
  camera2: PinholeCamera,
  options: EpipolarOptions,
): EpipolarEstimate | null {
  const pairs = calibratedPairs(points, camera1, camera2, options.size1, options.size2);
  const found = estimate(pairs, essentialProblem(pairs), { ...defaults.essential, ...options }, null);
  return found && { ...found, matrix: unitMatrix3(found.matrix) };
}

/**
 * Matched points in focal lengths from the principal points; noise is relative to half the longer side of each photo, as in the
 * frames of `planePairs`.
 */
export function calibratedPairs(
  points: Float64Array,
  camera1: PinholeCamera,
  camera2: PinholeCamera,
  size1: PhotoSize,
  size2: PhotoSize,
): PlanePairs {
  const count = points.length / 4;
  const column = (offset: number, centre: number, focal: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => (points[4 * i + offset] - centre) / focal);
  const noise = (size: PhotoSize, { fx, fy }: PinholeCamera): Float64Array =>
    new Float64Array(count).fill(photoFrame(size).unit / Math.sqrt(fx * fy));
  return {
    count,
    x1: column(0, camera1.cx, camera1.fx),
    y1: column(1, camera1.cy, camera1.fy),
    x2: column(2, camera2.cx, camera2.fx),
    y2: column(3, camera2.cy, camera2.fy),
    noise1: noise(size1, camera1),
    noise2: noise(size2, camera2),
  };
}

function estimate(
  pairs: PlanePairs,
  problem: RobustProblem<Matrix3>,
  given: EpipolarOptions,
  plane: Matrix3 | null,
): EpipolarEstimate | null {
  // Half the longer side is the unit of residuals.
  const { unit } = photoFrame(given.size2);
  const maxError = given.maxErrorPx / unit;
  const options = { ...defaultRobustOptions, ...given, maxError };
  const general = estimateRobustly(problem, options);
  const onPlane = plane && estimateWithPlane(pairs, problem, plane, options);
  const best = onPlane !== null && onPlane.score > (general?.score ?? 0) ? onPlane : general;
  if (best === null) return null;
  const { model, inliers, inlierError } = polish(problem, best.model, maxError);
  return { matrix: model, inliers, inlierErrorPx: inlierError * unit, score: best.score, iterations: best.iterations };
}

function estimateWithPlane(
  pairs: PlanePairs,
  problem: RobustProblem<Matrix3>,
  plane: Matrix3,
  options: RobustOptions,
): { model: Matrix3; score: number; iterations: number } | null {
  const errors = new Float64Array(pairs.count);
  squaredSampsonErrors(plane, pairs, errors);
  const off = [...errors.keys()].filter((i) => !(errors[i] < options.maxError ** 2));
  const found = estimateRobustly(parallaxProblem(pickPairs(pairs, off), plane), options);
  if (found === null) return null;
  const { model, score } = optimiseLocally(problem, found.model, options.maxError, options.localIterations);
  return { model, score, iterations: found.iterations };
}
