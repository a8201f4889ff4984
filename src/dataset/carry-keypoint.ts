import type { Keypoints } from '../features/keypoints.ts';
import type { Matrix3 } from '../math/matrix3.ts';

export type PlacedKeypoints = Pick<Keypoints, 'count' | 'x' | 'y' | 'size' | 'angle'>;

/** A keypoint of one picture as another should have it. */
export interface CarriedKeypoint {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly angle: number;
  /** Derivative of the homography at the keypoint, row-major, and its determinant. */
  readonly jacobian: readonly [number, number, number, number];
  readonly determinant: number;
}

/**
 * Carries keypoint `i` to the other picture: its size by how areas change there, its angle by how its direction does. Null
 * beyond the homography's horizon, where it would be mirrored.
 * @param h homography, to the other picture
 */
export function carryKeypoint(h: Matrix3, { x, y, size, angle }: PlacedKeypoints, i: number): CarriedKeypoint | null {
  const w = h[6] * x[i] + h[7] * y[i] + h[8];
  const x2 = (h[0] * x[i] + h[1] * y[i] + h[2]) / w;
  const y2 = (h[3] * x[i] + h[4] * y[i] + h[5]) / w;
  const [xx, xy] = [(h[0] - x2 * h[6]) / w, (h[1] - x2 * h[7]) / w];
  const [yx, yy] = [(h[3] - y2 * h[6]) / w, (h[4] - y2 * h[7]) / w];
  const determinant = xx * yy - xy * yx;
  if (!(determinant > 0) || !Number.isFinite(determinant)) return null;
  const [cos, sin] = [Math.cos(angle[i]), Math.sin(angle[i])];
  return {
    x: x2,
    y: y2,
    size: size[i] * Math.sqrt(determinant),
    angle: Math.atan2(yx * cos + yy * sin, xx * cos + xy * sin),
    jacobian: [xx, xy, yx, yy],
    determinant,
  };
}
