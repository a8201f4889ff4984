import type { Matrix3 } from './matrix3.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** exp([ω]×): the rotation about axis ω by |ω| radians (Rodrigues' formula). */
export function rotationFromVector(wx: number, wy: number, wz: number): Matrix3 {
  const t2 = wx * wx + wy * wy + wz * wz;
  const t = Math.sqrt(t2);
  // Taylor series near 0, where sin(t)/t and (1 − cos t)/t² lose their digits.
  const a = t < 1e-4 ? 1 - t2 / 6 : Math.sin(t) / t;
  const b = t < 1e-4 ? 0.5 - t2 / 24 : (1 - Math.cos(t)) / t2;
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

/** Angle of a rotation in radians, accurate also near 0. */
export function rotationAngle(r: Matrix3): number {
  const sine = 0.5 * Math.hypot(r[7] - r[5], r[2] - r[6], r[3] - r[1]);
  return Math.atan2(sine, 0.5 * (r[0] + r[4] + r[8] - 1));
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
