import type { Matrix3 } from '../math/matrix3.ts';
import { invert3 } from '../math/matrix3.ts';
import type { PlanarCamera, RotationCamera } from './cameras.ts';
import { foldRadius, undistortRadiusOrFold } from './lens.ts';
import type { Projection } from './projection.ts';
import { unproject } from './projection.ts';

/** Width and height of a photo, pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Where a photo lies in the panorama: turns a point (a, b) of the projected plane into a pixel of the photo at full
 * resolution. Writes `out[0]`, `out[1]`; returns false where the camera cannot see the point at all (behind it, or beyond
 * the radius up to which its distortion is invertible). The pixel may still lie outside the photo.
 */
export type PhotoMapping = (a: number, b: number, out: Float64Array) => boolean;

/** The mapping of a camera that only rotated. */
export function rotationMapping(projection: Projection, camera: RotationCamera, size: Size): PhotoMapping {
  const { R, focal, cx, cy, k1, k2 } = camera;
  const limit = undistortedRadiusLimit(camera, size);
  const limit2 = limit * limit;
  const d = new Float64Array(3);
  return (a, b, out) => {
    if (!unproject(projection, a, b, d)) return false;
    const z = R[6] * d[0] + R[7] * d[1] + R[8] * d[2];
    if (z < 1e-3) return false;
    const x = (R[0] * d[0] + R[1] * d[1] + R[2] * d[2]) / z;
    const y = (R[3] * d[0] + R[4] * d[1] + R[5] * d[2]) / z;
    const r2 = x * x + y * y;
    if (r2 > limit2) return false;
    const scale = focal * (1 + r2 * (k1 + k2 * r2));
    out[0] = scale * x + cx;
    out[1] = scale * y + cy;
    return true;
  };
}

/** The mapping of a photo of a flat thing: (a, b) are pixels of the panorama's plane. */
export function planarMapping(camera: PlanarCamera, size: Size): PhotoMapping {
  const h = invert3(camera.panoramaFromImage);
  if (h === null) return () => false;
  // w changes its sign at the horizon; the photo lies on the side of its centre.
  const sign = horizonSide(h, camera.panoramaFromImage, size);
  return (a, b, out) => {
    const w = h[6] * a + h[7] * b + h[8];
    if (w * sign <= 1e-12) return false;
    out[0] = (h[0] * a + h[1] * b + h[2]) / w;
    out[1] = (h[3] * a + h[4] * b + h[5]) / w;
    return true;
  };
}

function horizonSide(inverse: Matrix3, forward: Matrix3, { width, height }: Size): number {
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  const w = forward[6] * x + forward[7] * y + forward[8];
  const a = (forward[0] * x + forward[1] * y + forward[2]) / w;
  const b = (forward[3] * x + forward[4] * y + forward[5]) / w;
  return Math.sign(inverse[6] * a + inverse[7] * b + inverse[8]);
}

/**
 * The direction of the panorama frame that pixel (px, py) of the photo sees, unit length, in `out[0..2]`.
 * Where the distortion folds back before it reaches the pixel, the direction at the fold is returned.
 */
export function directionOfPixel(camera: RotationCamera, px: number, py: number, out: Float64Array): void {
  const { R, focal, cx, cy, k1, k2 } = camera;
  const xd = (px - cx) / focal;
  const yd = (py - cy) / focal;
  const rd = Math.hypot(xd, yd);
  const factor = rd > 0 ? undistortRadiusOrFold(rd, k1, k2) / rd : 1;
  const x = xd * factor;
  const y = yd * factor;
  const n = 1 / Math.sqrt(x * x + y * y + 1);
  out[0] = (R[0] * x + R[3] * y + R[6]) * n;
  out[1] = (R[1] * x + R[4] * y + R[7]) * n;
  out[2] = (R[2] * x + R[5] * y + R[8]) * n;
}

/** Largest undistorted radius (in focal lengths) the photo shows, with a little room, below the radius where r_d(r) folds back. */
function undistortedRadiusLimit(camera: RotationCamera, { width, height }: Size): number {
  const { focal, cx, cy, k1, k2 } = camera;
  const dx = Math.max(cx + 0.5, width - 0.5 - cx);
  const dy = Math.max(cy + 0.5, height - 0.5 - cy);
  const corner = undistortRadiusOrFold(Math.hypot(dx, dy) / focal, k1, k2);
  return Math.min(corner * 1.1 + 0.01, foldRadius(k1, k2));
}
