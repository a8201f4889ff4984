import { symmetricEigen } from './eigen.ts';
import { determinant3, multiply3, transpose3 } from './matrix3.ts';
import type { Matrix3 } from './matrix3.ts';
import { svd3 } from './svd3.ts';

/** An axis times an angle in radians (right-handed): the tangent space of SO(3). */
export type RotationVector = readonly [number, number, number];

/** exp([w]×): the rotation about the axis w by |w| radians (Rodrigues' formula). */
export function rotationFromVector(wx: number, wy: number, wz: number): Matrix3 {
  const t2 = wx * wx + wy * wy + wz * wz;
  const t = Math.sqrt(t2);
  const half = Math.sin(t / 2);
  // sin t/t and (1 − cos t)/t², which is 2 sin²(t/2)/t² without its loss of digits; near 0 their Taylor series.
  const a = t < 1e-4 ? 1 - t2 / 6 : Math.sin(t) / t;
  const b = t < 1e-4 ? 0.5 - t2 / 24 : (2 * half * half) / t2;
  return [
    1 - b * (wy * wy + wz * wz),
    b * wx * wy - a * wz,
    b * wx * wz + a * wy,
    b * wx * wy + a * wz,
    1 - b * (wx * wx + wz * wz),
    b * wy * wz - a * wx,
    b * wx * wz - a * wy,
    b * wy * wz + a * wx,
    1 - b * (wx * wx + wy * wy),
  ];
}

/**
 * Rotation vector of a rotation matrix, angle in [0, π]; inverse of {@link rotationFromVector}. Goes
 * through the unit quaternion of the largest component (Shepperd 1978), which loses no digits near 0 nor near π.
 */
export function vectorFromRotation(r: Matrix3): RotationVector {
  const [w, x, y, z] = quaternionFromRotation(r);
  const sine = Math.hypot(x, y, z);
  // θ/sin(θ/2) → 2 as θ → 0. Of ±q the one with w ≥ 0 has the angle in [0, π].
  const sign = w < 0 ? -1 : 1;
  const k = sine < 1e-12 ? 2 * sign : (2 * sign * Math.atan2(sine, Math.abs(w))) / sine;
  return [k * x, k * y, k * z];
}

/** Angle of a rotation in radians, in [0, π], accurate at both ends. */
export function rotationAngle(r: Matrix3): number {
  const sine = 0.5 * Math.hypot(r[7] - r[5], r[2] - r[6], r[3] - r[1]);
  return Math.atan2(sine, 0.5 * (r[0] + r[4] + r[8] - 1));
}

/** Angle in radians of the rotation that leads from one rotation to the other. */
export function angleBetweenRotations(a: Matrix3, b: Matrix3): number {
  return rotationAngle(multiply3(a, transpose3(b)));
}

/**
 * The rotation R that maximises Σ w bᵀ R a, given the correlation S = Σ w a bᵀ (row-major 3×3)
 * (Horn, "Closed-form solution of absolute orientation using unit quaternions", 1987).
 */
export function rotationFromCorrelation(s: ArrayLike<number>): Matrix3 {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = Array.from(s);
  const n = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ].flat();
  const q = symmetricEigen(n, 4).vectors.subarray(12, 16);
  return rotationFromQuaternion(q[0], q[1], q[2], q[3]);
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

/** Rotation of a unit quaternion (w, x, y, z). */
export function rotationFromQuaternion(w: number, x: number, y: number, z: number): Matrix3 {
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
}

/** Unit quaternion (w, x, y, z) of a rotation matrix; its sign is arbitrary. */
export function quaternionFromRotation(r: Matrix3): [number, number, number, number] {
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
