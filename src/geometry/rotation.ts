import { determinant3, multiply3, transpose3 } from '../math/matrix3.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { svd3 } from '../math/svd3.ts';

/** An axis times an angle in radians (right-handed): the tangent space of SO(3). */
export type RotationVector = readonly [number, number, number];

/**
 * Rotation matrix of a rotation vector (Rodrigues): R = I + sin θ/θ [w]× + (1 − cos θ)/θ² [w]×².
 * Series near 0, so that it is exact to rounding and smooth there.
 */
export function expRotation(w: RotationVector): Matrix3 {
  const [x, y, z] = w;
  const theta2 = x * x + y * y + z * z;
  const theta = Math.sqrt(theta2);
  const a = theta < 1e-3 ? 1 - (theta2 / 6) * (1 - theta2 / 20) : Math.sin(theta) / theta;
  const half = Math.sin(theta / 2);
  const b = theta < 1e-3 ? 0.5 - (theta2 / 24) * (1 - theta2 / 30) : (2 * half * half) / theta2;
  return [
    1 - b * (y * y + z * z),
    b * x * y - a * z,
    b * x * z + a * y,
    b * x * y + a * z,
    1 - b * (x * x + z * z),
    b * y * z - a * x,
    b * x * z - a * y,
    b * y * z + a * x,
    1 - b * (x * x + y * y),
  ];
}

/**
 * Rotation vector of a rotation matrix, angle in [0, π]; inverse of {@link expRotation}. Goes through the unit
 * quaternion of the largest component (Shepperd 1978), which loses no digits near 0 nor near π.
 */
export function logRotation(r: Matrix3): RotationVector {
  const [w, x, y, z] = quaternion(r);
  const sine = Math.hypot(x, y, z);
  // θ/sin(θ/2) → 2 as θ → 0. Of ±q the one with w ≥ 0 has the angle in [0, π].
  const sign = w < 0 ? -1 : 1;
  const k = sine < 1e-12 ? 2 * sign : (2 * sign * Math.atan2(sine, Math.abs(w))) / sine;
  return [k * x, k * y, k * z];
}

/** Unit quaternion (w, x, y, z) of a rotation matrix; its sign is arbitrary. */
function quaternion(r: Matrix3): [number, number, number, number] {
  const trace = r[0] + r[4] + r[8];
  const squares = [1 + trace, 1 + 2 * r[0] - trace, 1 + 2 * r[4] - trace, 1 + 2 * r[8] - trace];
  const largest = squares.indexOf(Math.max(...squares));
  const q = (
    [
      [squares[0], r[7] - r[5], r[2] - r[6], r[3] - r[1]],
      [r[7] - r[5], squares[1], r[1] + r[3], r[2] + r[6]],
      [r[2] - r[6], r[1] + r[3], squares[2], r[5] + r[7]],
      [r[3] - r[1], r[2] + r[6], r[5] + r[7], squares[3]],
    ] as [number, number, number, number][]
  )[largest];
  const length = Math.hypot(...q);
  return [q[0] / length, q[1] / length, q[2] / length, q[3] / length];
}

/**
 * The rotation nearest to a matrix in the Frobenius norm, det = +1 (Kabsch 1976: U diag(1, 1, det UVᵀ) Vᵀ).
 * A matrix of rank below 2 has no unique nearest rotation; one of them is returned.
 */
export function nearestRotation(m: Matrix3): Matrix3 {
  const { u, v } = svd3(m);
  const sign = determinant3(u) * determinant3(v) < 0 ? -1 : 1;
  const flipped: Matrix3 = [u[0], u[1], sign * u[2], u[3], u[4], sign * u[5], u[6], u[7], sign * u[8]];
  return multiply3(flipped, transpose3(v));
}

/** Angle of a rotation in radians, in [0, π], to full accuracy at both ends. */
export function rotationAngle(r: Matrix3): number {
  return Math.hypot(...logRotation(r));
}

/** Angle in radians of the rotation that leads from one rotation to the other. */
export function angleBetweenRotations(a: Matrix3, b: Matrix3): number {
  return rotationAngle(multiply3(a, transpose3(b)));
}
