import type { PhotoInfo } from '../image/image.ts';
import type { Matrix3 } from '../math/matrix3.ts';

/** Matches of two photos that agree with one homography. */
export interface PairLayer {
  /** Inliers: xa, ya, xb, yb each; pixels at full resolution, centre of the top-left pixel (0, 0). */
  readonly points: Float64Array;
  /** x_b ~ H x_a. */
  readonly bFromA: Matrix3;
  /** Median transfer error of the inliers, px of photo b. */
  readonly medianErrorPx: number;
}

/** Two photos whose matches agree with one geometry. `a < b` are indices into the graph's photos. */
export interface VerifiedPair extends PairLayer {
  readonly a: number;
  readonly b: number;
  /** Further matches, each group with a homography of its own: other depths, where the camera moved while it turned. */
  readonly others?: readonly PairLayer[];
}

/** Photos and the verified pairs between them: all the stitcher knows. */
export interface MatchGraph {
  readonly photos: readonly PhotoInfo[];
  readonly pairs: readonly VerifiedPair[];
}
