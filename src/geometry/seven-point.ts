import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3, unitMatrix3 } from '../math/matrix3.ts';
import { nullSpace } from '../math/null-space.ts';
import { realRoots } from '../math/polynomial-roots.ts';
import { cross3 } from '../math/vector3.ts';
import type { PlanePairs } from './homography-problem.ts';

/**
 * The one or three fundamental matrices through seven pairs (Hartley & Zisserman, 11.1.2), without those that no camera can have: of
 * points in front of both photos all lie on the same side of their epipoles (Chum, Werner & Matas, "Epipolar geometry estimation via RANSAC
 * benefits from the oriented epipolar constraint", ICPR 2004).
 */
export function fundamentalFromSeven(pairs: PlanePairs, sample: Uint32Array): Matrix3[] {
  const basis = nullSpace(epipolarRows(pairs, sample), 7, 9);
  if (basis === null) return [];
  const [a, b] = basis;
  return realRoots(determinantOfSum(a, b)).flatMap((k) => {
    const f = unitMatrix3(Array.from(a, (value, i) => value + k * b[i]) as unknown as Matrix3);
    return isOriented(f, pairs, sample) ? [f] : [];
  });
}

/** Rows x2 ⊗ x1 of a sample. */
export function epipolarRows({ x1, y1, x2, y2 }: PlanePairs, sample: Uint32Array): Float64Array {
  const rows = new Float64Array(9 * sample.length);
  sample.forEach((i, r) => {
    rows.set([x2[i] * x1[i], x2[i] * y1[i], x2[i], y2[i] * x1[i], y2[i] * y1[i], y2[i], x1[i], y1[i], 1], 9 * r);
  });
  return rows;
}

/** Coefficients of det(A + k B), lowest power of k first. */
function determinantOfSum(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const [A, B] = [Array.from(a) as unknown as Matrix3, Array.from(b) as unknown as Matrix3];
  return [determinant3(A), sumOfProducts(cofactors(A), B), sumOfProducts(cofactors(B), A), determinant3(B)];
}

function cofactors(m: Matrix3): number[] {
  return [
    m[4] * m[8] - m[5] * m[7],
    m[5] * m[6] - m[3] * m[8],
    m[3] * m[7] - m[4] * m[6],
    m[2] * m[7] - m[1] * m[8],
    m[0] * m[8] - m[2] * m[6],
    m[1] * m[6] - m[0] * m[7],
    m[1] * m[5] - m[2] * m[4],
    m[2] * m[3] - m[0] * m[5],
    m[0] * m[4] - m[1] * m[3],
  ];
}

function sumOfProducts(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += a[i] * b[i];
  return sum;
}

/** Whether e2 × x2 and F x1, which are parallel, point the same way for all pairs of the sample, or the opposite way for all. */
function isOriented(f: Matrix3, { x1, y1, x2, y2 }: PlanePairs, sample: Uint32Array): boolean {
  const [ex, ey, ez] = leftEpipole(f);
  let positive = 0;
  for (const i of sample) {
    const lx = f[0] * x1[i] + f[1] * y1[i] + f[2];
    const ly = f[3] * x1[i] + f[4] * y1[i] + f[5];
    const lz = f[6] * x1[i] + f[7] * y1[i] + f[8];
    const cx = ey - ez * y2[i];
    const cy = ez * x2[i] - ex;
    const cz = ex * y2[i] - ey * x2[i];
    if (lx * cx + ly * cy + lz * cz > 0) positive++;
  }
  return positive === 0 || positive === sample.length;
}

/** e with eᵀ F = 0, not normalised: the largest of the products of two of F's columns. */
function leftEpipole(f: Matrix3): [number, number, number] {
  const columns = [0, 1, 2].map((j): [number, number, number] => [f[j], f[j + 3], f[j + 6]]);
  const products = [cross3(columns[0], columns[1]), cross3(columns[1], columns[2]), cross3(columns[2], columns[0])];
  const lengths = products.map((p) => Math.hypot(...p));
  return products[lengths.indexOf(Math.max(...lengths))];
}
