import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transpose3, unitMatrix3 } from '../math/matrix3.ts';

/** Focal lengths and principal point, px, of a camera without skew or distortion. */
export interface PinholeCamera {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
}

/** Pixels from directions: [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]. */
export function pixelsFromDirections({ fx, fy, cx, cy }: PinholeCamera): Matrix3 {
  return [fx, 0, cx, 0, fy, cy, 0, 0, 1];
}

/** Directions (x, y, 1) from pixels. */
export function directionsFromPixels({ fx, fy, cx, cy }: PinholeCamera): Matrix3 {
  return [1 / fx, 0, -cx / fx, 0, 1 / fy, -cy / fy, 0, 0, 1];
}

/** The fundamental matrix in pixels of an essential matrix, of unit length. */
export function fundamentalFromEssential(essential: Matrix3, camera1: PinholeCamera, camera2: PinholeCamera): Matrix3 {
  const left = transpose3(directionsFromPixels(camera2));
  return unitMatrix3(multiply3(multiply3(left, essential), directionsFromPixels(camera1)));
}
