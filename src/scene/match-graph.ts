import type { PhotoInfo } from '../image/image.ts';
import type { Matrix3 } from '../math/matrix3.ts';

/** Two photos whose matches agree with one geometry. `a < b` are indices into the graph's photos. */
export interface VerifiedPair {
  readonly a: number;
  readonly b: number;
  /** Inliers: xa, ya, xb, yb each; pixels at full resolution, centre of the top-left pixel (0, 0). */
  readonly points: Float64Array;
  /** x_b ~ H x_a. */
  readonly bFromA: Matrix3;
  /** Median transfer error of the inliers, px of photo b. */
  readonly medianErrorPx: number;
}

/** Photos and the verified pairs between them: all the stitcher knows. */
export interface MatchGraph {
  readonly photos: readonly PhotoInfo[];
  readonly pairs: readonly VerifiedPair[];
}
