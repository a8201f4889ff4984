import type { Matrix3 } from '../math/matrix3.ts';

/**
 * A camera that only rotated. A direction d of the panorama frame (x right, y down, z forward) is seen at
 * u = R d, (x, y) = u.xy / u.z, r² = x² + y², pixel = focal · (1 + k1 r² + k2 r⁴) · (x, y) + (cx, cy).
 */
export interface RotationCamera {
  /** Index into the match graph's photos. */
  readonly photo: number;
  readonly focal: number;
  readonly cx: number;
  readonly cy: number;
  readonly k1: number;
  readonly k2: number;
  /** Camera from panorama frame. */
  readonly R: Matrix3;
}

/** A photo of a flat thing: a homography into the panorama's plane (pixels of the reference photo). */
export interface PlanarCamera {
  readonly photo: number;
  readonly panoramaFromImage: Matrix3;
}

/** The cameras of one panorama (a connected component of the match graph), at least two. */
export type PanoramaCameras =
  | { readonly model: 'rotation'; readonly cameras: readonly RotationCamera[] }
  | { readonly model: 'planar'; readonly cameras: readonly PlanarCamera[] };
