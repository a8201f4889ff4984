import type { Matrix3 } from '../math/matrix3.ts';
import type { RotationCamera } from './cameras.ts';
import { undistortRadius } from './lens.ts';

/** Intrinsic numbers a camera: focal, cx, cy, k1, k2. */
export const INTRINSICS = 5;

/** Rotation cameras as flat arrays, for the inner loops of the bundle adjustment. */
export interface CameraState {
  readonly count: number;
  /** 9 a camera, row-major: camera from panorama frame. */
  readonly rotations: Float64Array;
  /** 5 a camera: focal, cx, cy, k1, k2. */
  readonly intrinsics: Float64Array;
}

/** Writes the unit direction (camera frame) of a pixel to `out`; NaN where the pixel has no direction. */
export function pixelToRay(state: CameraState, camera: number, x: number, y: number, out: Float64Array): void {
  const k = INTRINSICS * camera;
  const f = state.intrinsics[k];
  const xd = (x - state.intrinsics[k + 1]) / f;
  const yd = (y - state.intrinsics[k + 2]) / f;
  const rd = Math.hypot(xd, yd);
  const s = rd > 0 ? undistortRadius(rd, state.intrinsics[k + 3], state.intrinsics[k + 4]) / rd : 1;
  const n = 1 / Math.sqrt(1 + (xd * xd + yd * yd) * s * s);
  out[0] = xd * s * n;
  out[1] = yd * s * n;
  out[2] = n;
}

/**
 * Maps pixel (x, y) of camera `from` to camera `to`: undistort, rotate, distort. Writes (x, y) to `out`.
 * @returns false where the direction lies behind the second camera (or has no image); `out` is then NaN.
 */
export function transferPixel(
  state: CameraState,
  from: number,
  to: number,
  x: number,
  y: number,
  out: Float64Array,
): boolean {
  const { rotations: m, intrinsics } = state;
  pixelToRay(state, from, x, y, out);
  const a = 9 * from;
  const px = m[a] * out[0] + m[a + 3] * out[1] + m[a + 6] * out[2];
  const py = m[a + 1] * out[0] + m[a + 4] * out[1] + m[a + 7] * out[2];
  const pz = m[a + 2] * out[0] + m[a + 5] * out[1] + m[a + 8] * out[2];
  const b = 9 * to;
  const vz = m[b + 6] * px + m[b + 7] * py + m[b + 8] * pz;
  if (!(vz > 0.02)) {
    out[0] = out[1] = NaN;
    return false;
  }
  const qx = (m[b] * px + m[b + 1] * py + m[b + 2] * pz) / vz;
  const qy = (m[b + 3] * px + m[b + 4] * py + m[b + 5] * pz) / vz;
  const r2 = qx * qx + qy * qy;
  const k = INTRINSICS * to;
  // Past the radius where the distortion turns back, the model would fold far directions into the picture.
  if (1 + r2 * (3 * intrinsics[k + 3] + 5 * intrinsics[k + 4] * r2) <= 0) {
    out[0] = out[1] = NaN;
    return false;
  }
  const s = intrinsics[k] * (1 + r2 * (intrinsics[k + 3] + intrinsics[k + 4] * r2));
  out[0] = s * qx + intrinsics[k + 1];
  out[1] = s * qy + intrinsics[k + 2];
  return true;
}

/** Flat arrays of a list of cameras; camera i of the state is entry i of the list. */
export function stateFromCameras(cameras: readonly RotationCamera[]): CameraState {
  const rotations = new Float64Array(9 * cameras.length);
  const intrinsics = new Float64Array(INTRINSICS * cameras.length);
  cameras.forEach((c, i) => {
    rotations.set(c.R, 9 * i);
    intrinsics.set([c.focal, c.cx, c.cy, c.k1, c.k2], INTRINSICS * i);
  });
  return { count: cameras.length, rotations, intrinsics };
}

/** The rotation of camera i as a matrix of its own. */
export function rotationOf(state: CameraState, i: number): Matrix3 {
  return Array.from(state.rotations.subarray(9 * i, 9 * i + 9)) as unknown as Matrix3;
}

/** Lists cameras of a state; `photos[i]` is the photo of camera i. */
export function camerasFromState(state: CameraState, photos: readonly number[]): RotationCamera[] {
  return photos.map((photo, i) => {
    const [focal, cx, cy, k1, k2] = state.intrinsics.subarray(INTRINSICS * i, INTRINSICS * i + INTRINSICS);
    return { photo, focal, cx, cy, k1, k2, R: rotationOf(state, i) };
  });
}

/** A copy that shares nothing with the original. */
export function copyState(state: CameraState): CameraState {
  return { count: state.count, rotations: state.rotations.slice(), intrinsics: state.intrinsics.slice() };
}
