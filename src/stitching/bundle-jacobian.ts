import type { CameraState } from './cameras-model.ts';
import { INTRINSICS } from './cameras-model.ts';
import { undistortRadius } from './lens.ts';

/** Parameters of one camera in a Jacobian: rotation vector (3), ln focal, cx, cy, k1, k2. */
export const CAMERA_PARAMETERS = 8;
/** Row length of the Jacobian: the source camera's parameters, then the target's. */
export const ROW = 2 * CAMERA_PARAMETERS;

/** Scratch of one transfer: the mapped pixel and its derivatives. */
export interface TransferScratch {
  /** Mapped pixel (x, y). */
  readonly pixel: Float64Array;
  /** 2×16: d(x, y) by the source camera's and the target camera's parameters. */
  readonly jacobian: Float64Array;
  /** 3×3 relative rotation, target from source; set by `prepareTransfer`. */
  readonly relative: Float64Array;
}

export function createTransferScratch(): TransferScratch {
  return { pixel: new Float64Array(2), jacobian: new Float64Array(2 * ROW), relative: new Float64Array(9) };
}

/** Sets the relative rotation R_to R_fromᵀ, once for all points of a pair. */
export function prepareTransfer(state: CameraState, from: number, to: number, scratch: TransferScratch): void {
  const m = state.rotations;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const a = 9 * to + 3 * i;
      const b = 9 * from + 3 * j;
      scratch.relative[3 * i + j] = m[a] * m[b] + m[a + 1] * m[b + 1] + m[a + 2] * m[b + 2];
    }
  }
}

/**
 * Maps a pixel as `transferPixel` does, with analytic derivatives. Rotations are perturbed on the left, R ← exp([ω]×) R;
 * the focal length is perturbed as ln f.
 * With p the undistorted source point, v = R_to R_fromᵀ p, q = v.xy / v.z and D(q) = q (1 + k1 r² + k2 r⁴):
 * dv = R_rel [p]× ω_from − [v]× ω_to + R_rel dp, and dp follows from D(p) staying on the observed pixel.
 * @returns false where the point falls behind the target camera.
 */
export function transferWithJacobian(
  state: CameraState,
  from: number,
  to: number,
  x: number,
  y: number,
  scratch: TransferScratch,
): boolean {
  const { jacobian: J, relative: r, pixel } = scratch;
  const K = state.intrinsics;
  const s = INTRINSICS * from;
  const fs = K[s];
  const xd = (x - K[s + 1]) / fs;
  const yd = (y - K[s + 2]) / fs;
  const rd = Math.sqrt(xd * xd + yd * yd);
  const scale = rd > 0 ? undistortRadius(rd, K[s + 3], K[s + 4]) / rd : 1;
  const px = xd * scale;
  const py = yd * scale;

  const vz = r[6] * px + r[7] * py + r[8];
  // 0.02 of a unit direction's depth: nearly 90° off axis, where pixels run to infinity.
  if (!(vz > 0.02 * Math.sqrt(1 + px * px + py * py))) return false;
  const qx = (r[0] * px + r[1] * py + r[2]) / vz;
  const qy = (r[3] * px + r[4] * py + r[5]) / vz;

  const t = INTRINSICS * to;
  const ft = K[t];
  const q2 = qx * qx + qy * qy;
  if (1 + q2 * (3 * K[t + 3] + 5 * K[t + 4] * q2) <= 0) return false;
  const gain = 1 + q2 * (K[t + 3] + K[t + 4] * q2);
  const dgain = 2 * K[t + 3] + 4 * K[t + 4] * q2;
  pixel[0] = ft * gain * qx + K[t + 1];
  pixel[1] = ft * gain * qy + K[t + 2];

  // d pixel / d q, symmetric.
  const axx = ft * (gain + dgain * qx * qx);
  const axy = ft * dgain * qx * qy;
  const ayy = ft * (gain + dgain * qy * qy);
  writeRow(scratch, K, s, px, py, xd, yd, axx, axy, qx, qy, vz, 0);
  writeRow(scratch, K, s, px, py, xd, yd, axy, ayy, qx, qy, vz, ROW);
  J[11] = ft * gain * qx;
  J[ROW + 11] = ft * gain * qy;
  J[12] = J[ROW + 13] = 1;
  J[13] = J[ROW + 12] = 0;
  J[14] = ft * qx * q2;
  J[ROW + 14] = ft * qy * q2;
  J[15] = J[14] * q2;
  J[ROW + 15] = J[ROW + 14] * q2;
  return true;
}

/** One row of the Jacobian but for the target's intrinsics; (ax, ay) = d(x or y of the pixel) / dq. */
function writeRow(
  scratch: TransferScratch,
  K: Float64Array,
  s: number,
  px: number,
  py: number,
  xd: number,
  yd: number,
  ax: number,
  ay: number,
  qx: number,
  qy: number,
  vz: number,
  o: number,
): void {
  const { jacobian: J, relative: r } = scratch;
  // g = d pixel / d v.
  const gx = ax / vz;
  const gy = ay / vz;
  const gz = -(ax * qx + ay * qy) / vz;
  // h = d pixel / d p (the third component of p is constant but enters the rotation terms).
  const hx = gx * r[0] + gy * r[3] + gz * r[6];
  const hy = gx * r[1] + gy * r[4] + gz * r[7];
  const hz = gx * r[2] + gy * r[5] + gz * r[8];
  // hᵀ [p]× with p = (px, py, 1).
  J[o] = hy - hz * py;
  J[o + 1] = hz * px - hx;
  J[o + 2] = hx * py - hy * px;
  sourceIntrinsics(K, s, K[s], px, py, xd, yd, hx, hy, J, o + 3);
  // −gᵀ [v]× with v = vz (qx, qy, 1).
  J[o + 8] = vz * (gz * qy - gy);
  J[o + 9] = vz * (gx - gz * qx);
  J[o + 10] = vz * (gy * qx - gx * qy);
}

/** Derivatives by the source camera's intrinsics, given (hx, hy) = d pixel / d p. */
function sourceIntrinsics(
  K: Float64Array,
  s: number,
  f: number,
  px: number,
  py: number,
  xd: number,
  yd: number,
  hx: number,
  hy: number,
  J: Float64Array,
  o: number,
): void {
  const p2 = px * px + py * py;
  const gain = 1 + p2 * (K[s + 3] + K[s + 4] * p2);
  const dgain = 2 * K[s + 3] + 4 * K[s + 4] * p2;
  const axx = gain + dgain * px * px;
  const axy = dgain * px * py;
  const ayy = gain + dgain * py * py;
  const d = axx * ayy - axy * axy;
  // (ux, uy) = (hx, hy) A⁻¹, A = dD/dp.
  const ux = (hx * ayy - hy * axy) / d;
  const uy = (hy * axx - hx * axy) / d;
  J[o] = -(ux * xd + uy * yd);
  J[o + 1] = -ux / f;
  J[o + 2] = -uy / f;
  const radial = -(ux * px + uy * py) * p2;
  J[o + 3] = radial;
  J[o + 4] = radial * p2;
}
