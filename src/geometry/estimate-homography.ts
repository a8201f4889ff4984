import type { Matrix3 } from '../math/matrix3.ts';
import { scaledAt, transferErrors } from './homography.ts';
import { homographyProblem } from './homography-problem.ts';
import type { PhotoSize } from './plane-pairs.ts';
import { centroidFrame, homographyInPixels, planePairs } from './plane-pairs.ts';
import { polish } from './polish.ts';
import type { RobustOptions } from './robust.ts';
import { defaultRobustOptions, estimateRobustly } from './robust.ts';

export interface HomographyOptions extends Partial<Omit<RobustOptions, 'maxError'>> {
  /** Error in photo 2, px, from which on a match says nothing: far above the noise, as the noise level is averaged over. */
  readonly maxErrorPx: number;
  /** Give the scale of the noise: errors in a photo are taken to grow with its size. */
  readonly size1: PhotoSize;
  readonly size2: PhotoSize;
}

export interface HomographyEstimate {
  /** x2 ~ H x1, px; w = 1 at the centroid of photo 1's points. */
  readonly image2FromImage1: Matrix3;
  /** Indices of matches whose error the noise explains, ascending. */
  readonly inliers: Uint32Array;
  /** Error up to which matches are inliers, px of photo 2. */
  readonly inlierErrorPx: number;
  /** Median transfer error of the inliers in photo 2, px. */
  readonly medianErrorPx: number;
  /** MAGSAC++ score: matches explained, each counted by how well. */
  readonly score: number;
  /** Samples drawn. */
  readonly iterations: number;
}

/**
 * Robust homography from matches of which up to about 80 % are wrong. Null where no four matches give a possible view of
 * a plane: fewer than four, collinear, all in one place.
 * @param points x1, y1, x2, y2 a match, best match first (else set `bestFirst: false`)
 */
export function estimateHomography(points: Float64Array, options: HomographyOptions): HomographyEstimate | null {
  const { maxErrorPx, size1, size2, ...robust } = options;
  const frame1 = centroidFrame(points, 0, size1);
  const frame2 = centroidFrame(points, 2, size2);
  const problem = homographyProblem(planePairs(points, frame1, frame2));
  const maxError = maxErrorPx / frame2.unit;
  const rough = estimateRobustly(problem, { ...defaultRobustOptions, ...robust, maxError });
  if (rough === null) return null;
  const fine = polish(problem, rough.model, maxError);
  const image2FromImage1 = scaledAt(homographyInPixels(fine.model, frame1, frame2), frame1.cx, frame1.cy);
  if (image2FromImage1 === null || !image2FromImage1.every(Number.isFinite)) return null;
  return {
    image2FromImage1,
    inliers: fine.inliers,
    inlierErrorPx: fine.inlierError * frame2.unit,
    medianErrorPx: medianAt(transferErrors(image2FromImage1, points), fine.inliers),
    score: rough.score,
    iterations: rough.iterations,
  };
}

/** Median of the values at some indices; 0 for none. */
export function medianAt(values: Float64Array, indices: Uint32Array): number {
  if (indices.length === 0) return 0;
  const sorted = Float64Array.from(indices, (i) => values[i]).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
