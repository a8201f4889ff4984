import type { Matrix3 } from '../math/matrix3.ts';
import type { PinholeCamera } from './pinhole.ts';

/** Which geometry of two photos is asked for; `auto`: what the matches show. */
export const geometryRequests = ['auto', 'homography', 'fundamental', 'essential'] as const;
export type GeometryRequest = (typeof geometryRequests)[number];

/** Why there is no geometry, or whether to believe it. */
export type Verdict = 'ok' | 'ambiguous' | 'no-overlap' | 'little-texture' | 'degenerate';

/** What two photos show of a scene. `flat`: one plane, or a camera that only turned, whichever. */
export type SceneKind = 'planar' | 'panoramic' | 'flat' | 'general';

interface Found {
  /** x2 ~ H x1 or x2ᵀ F x1 = 0, px at full resolution; an essential matrix is of points in focal lengths from the principal points. */
  readonly matrix: Matrix3;
  /** Indices into the matches, ascending. */
  readonly inliers: Uint32Array;
  readonly scene: SceneKind;
  /** `ambiguous`: another geometry explains the photos as well, or nearly. */
  readonly verdict: Extract<Verdict, 'ok' | 'ambiguous'>;
  /** Whether it does because the scene repeats itself. */
  readonly repeats?: true;
  /** In words for people. */
  readonly reason: string;
}

/** The geometry of a photo pair. Failure on data is a value with a reason a user can act on. */
export type PairGeometry =
  | (Found & { readonly kind: 'homography' | 'fundamental' })
  | (Found & {
      readonly kind: 'essential';
      readonly camera1: PinholeCamera;
      readonly camera2: PinholeCamera;
      /** Camera 2 from camera 1: X2 = R X1 + t, |t| = 1. */
      readonly R: Matrix3;
      readonly t: readonly [number, number, number];
    })
  | {
      readonly kind: 'none';
      readonly verdict: Exclude<Verdict, 'ok'>;
      readonly reason: string;
      /** Matches that agree with the best geometry, by chance or not. */
      readonly agreeing: number;
    };

export type FoundGeometry = Exclude<PairGeometry, { kind: 'none' }>;
export type NoGeometry = Extract<PairGeometry, { kind: 'none' }>;
