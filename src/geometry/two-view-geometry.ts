import type { Matrix3 } from '../math/matrix3.ts';

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
    }
  | {
      readonly kind: 'none';
      readonly code: 'no-overlap' | 'little-texture' | 'degenerate' | 'parallax';
      readonly reason: string;
    };
