import type { Matrix3 } from './matrix3.ts';
import { cross3, dot3 } from './vector3.ts';

/** A = U diag(s) Vᵀ; s descending and not negative, U and V orthogonal (their determinants may be −1). */
export interface Svd3 {
  readonly u: Matrix3;
  readonly s: readonly [number, number, number];
  readonly v: Matrix3;
}

type Vector3 = [number, number, number];

const maxSweeps = 30;

/**
 * Singular value decomposition of a 3×3 matrix by one-sided Jacobi rotations (Hestenes 1958), which find small singular
 * values to full relative accuracy. Singular matrices are fine: U is completed to an orthogonal matrix.
 */
export function svd3(a: Matrix3): Svd3 {
  // Columns of A turn into orthogonal columns U·diag(s) while the same rotations gather in V.
  const w: Vector3[] = [column(a, 0), column(a, 1), column(a, 2)];
  const v: Vector3[] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    const turned = [orthogonalise(w, v, 0, 1), orthogonalise(w, v, 0, 2), orthogonalise(w, v, 1, 2)];
    if (!turned.includes(true)) break;
  }
  const order = [0, 1, 2].sort((i, j) => dot3(w[j], w[j]) - dot3(w[i], w[i]));
  const s = order.map((i) => Math.hypot(...w[i])) as Vector3;
  const u = completeBasis(
    order.map((i) => w[i]),
    s,
  );
  return { u: fromColumns(u), s, v: fromColumns(order.map((i) => v[i])) };
}

function orthogonalise(w: Vector3[], v: Vector3[], p: number, q: number): boolean {
  const alpha = dot3(w[p], w[p]);
  const beta = dot3(w[q], w[q]);
  const gamma = dot3(w[p], w[q]);
  if (gamma === 0 || Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  turn(w, p, q, c, c * t);
  turn(v, p, q, c, c * t);
  return true;
}

function turn(columns: Vector3[], p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < 3; i++) {
    const x = columns[p][i];
    const y = columns[q][i];
    columns[p][i] = c * x - s * y;
    columns[q][i] = s * x + c * y;
  }
}

/** Unit vectors along the columns; columns that vanish are replaced by whatever completes the basis. */
function completeBasis(columns: Vector3[], lengths: Vector3): Vector3[] {
  const negligible = lengths[0] * 1e-15;
  if (!(lengths[0] > 0)) {
    return [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
  }
  const first = scaled(columns[0], 1 / lengths[0]);
  const second = lengths[1] > negligible ? scaled(columns[1], 1 / lengths[1]) : anyPerpendicular(first);
  const third = lengths[2] > negligible ? scaled(columns[2], 1 / lengths[2]) : cross3(first, second);
  return [first, second, third];
}

function anyPerpendicular(a: Vector3): Vector3 {
  const smallest = a.map(Math.abs).indexOf(Math.min(...a.map(Math.abs)));
  const axis: Vector3 = [0, 0, 0];
  axis[smallest] = 1;
  const b = cross3(a, axis);
  return scaled(b, 1 / Math.hypot(...b));
}

const column = (a: Matrix3, j: number): Vector3 => [a[j], a[j + 3], a[j + 6]];
const scaled = (a: Vector3, k: number): Vector3 => [a[0] * k, a[1] * k, a[2] * k];
const fromColumns = (c: readonly Vector3[]): Matrix3 => [
  c[0][0],
  c[1][0],
  c[2][0],
  c[0][1],
  c[1][1],
  c[2][1],
  c[0][2],
  c[1][2],
  c[2][2],
];
