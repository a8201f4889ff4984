import type { Matrix3 } from '../math/matrix3.ts';

/**
 * Division model (Fitzgibbon, CVPR 2001): x_u = x_d / (1 + λ |x_d|²), x_d = (pixel − centre of the photo) / half its longer
 * side. λ < 0 is barrel distortion. For a focal length of f such units, k1 of a polynomial model is about λ f².
 */
export interface SharedDistortion {
  readonly lambda: number;
  /** x_u2 ~ H x_u1, in these undistorted, normalised coordinates. */
  readonly undistorted2FromUndistorted1: Matrix3;
}

/** What geometry says of a photo pair. Failure on data is a value with a reason a user can act on. */
export type TwoViewGeometry =
  | {
      readonly kind: 'homography';
      /** x2 ~ H x1, pixels at full resolution. */
      readonly image2FromImage1: Matrix3;
      /** Indices into the matches, ascending. */
      readonly inliers: Uint32Array;
      /** Median transfer error of the inliers in photo 2, px. */
      readonly medianErrorPx: number;
      /** Where a lens distortion that both photos share explains markedly more matches than a homography alone. */
      readonly distortion?: SharedDistortion;
    }
  | {
      readonly kind: 'none';
      readonly code: 'no-overlap' | 'little-texture' | 'degenerate' | 'parallax';
      readonly reason: string;
    };
