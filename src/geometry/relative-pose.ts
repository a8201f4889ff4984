import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3, multiply3, transpose3 } from '../math/matrix3.ts';
import { svd3 } from '../math/svd3.ts';
import type { PlanePairs } from './homography-problem.ts';

/** How camera 2 stands to camera 1: X2 = R X1 + t, |t| = 1. */
export interface CameraMotion {
  readonly R: Matrix3;
  readonly t: readonly [number, number, number];
}

export interface RelativePose extends CameraMotion {
  /** Of the pairs asked about, those that lie in front of both cameras. */
  readonly inFront: Uint32Array;
}

/**
 * Of the four poses that an essential matrix allows, the one that has most of the given pairs in front of both cameras
 * (Hartley & Zisserman, 9.6.3).
 * @param pairs in focal lengths from the principal points
 * @param indices the pairs that decide: inliers
 * @param farWithin pairs whose parallax is below this angle, radians, are far away, and in front: noise alone decides the sign
 *   of their depths
 */
export function poseFromEssential(
  essential: Matrix3,
  pairs: PlanePairs,
  indices: ArrayLike<number>,
  farWithin = 0,
): RelativePose {
  const { u, v } = svd3(essential);
  const t: [number, number, number] = [u[2], u[5], u[8]];
  const quarterTurn: Matrix3 = [0, -1, 0, 1, 0, 0, 0, 0, 1];
  const sign = determinant3(u) * determinant3(v);
  const rotations = [quarterTurn, transpose3(quarterTurn)].map(
    (w) => multiply3(multiply3(u, w), transpose3(v)).map((value) => sign * value) as unknown as Matrix3,
  );
  const poses = rotations.flatMap((R) => [
    { R, t },
    { R, t: [-t[0], -t[1], -t[2]] as const },
  ]);
  const seen = poses.map((pose) => ({ ...pose, inFront: pairsInFront(pose, pairs, indices, farWithin) }));
  return seen.reduce((best, pose) => (pose.inFront.length > best.inFront.length ? pose : best));
}

/** The depths λ of λ2 x2 = λ1 R x1 + t have closed forms; only their signs count, so nothing is divided. */
function pairsInFront(
  { R, t }: CameraMotion,
  { x1, y1, x2, y2 }: PlanePairs,
  indices: ArrayLike<number>,
  farWithin: number,
): Uint32Array {
  const far = Math.sin(farWithin) ** 2;
  const [tx, ty, tz] = t;
  const inFront = new Uint32Array(indices.length);
  let count = 0;
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k];
    const px = R[0] * x1[i] + R[1] * y1[i] + R[2];
    const py = R[3] * x1[i] + R[4] * y1[i] + R[5];
    const pz = R[6] * x1[i] + R[7] * y1[i] + R[8];
    const [qx, qy] = [x2[i], y2[i]];
    // (R x1) × x2, and its products with x2 × t and (R x1) × t.
    const ax = py - pz * qy;
    const ay = pz * qx - px;
    const az = px * qy - py * qx;
    const isNear = ax * ax + ay * ay + az * az > far * (px * px + py * py + pz * pz) * (qx * qx + qy * qy + 1);
    const depth1 = ax * (qy * tz - ty) + ay * (tx - qx * tz) + az * (qx * ty - qy * tx);
    const depth2 = ax * (py * tz - pz * ty) + ay * (pz * tx - px * tz) + az * (px * ty - py * tx);
    // Both rays point the same way where the parallax is small: in front, unless it is more than a right angle.
    const isInFront = isNear ? depth1 > 0 && depth2 > 0 : px * qx + py * qy + pz > 0;
    if (isInFront) inFront[count++] = i;
  }
  return inFront.slice(0, count);
}
