import type { Matrix3 } from '../math/matrix3.ts';
import { nullSpace } from '../math/null-space.ts';
import { realRoots } from '../math/polynomial-roots.ts';
import { cross3 } from '../math/vector3.ts';
import type { PlanePairs } from './homography-problem.ts';
import { epipolarRows } from './seven-point.ts';

/**
 * The up to ten essential matrices through five pairs of calibrated points (Nistér, "An efficient solution to the five-point
 * relative pose problem", PAMI 2004): E = x X + y Y + z Z + W over a basis of what the pairs leave open, put into
 * E Eᵀ E = ½ tr(E Eᵀ) E and det E = 0, ten cubics in x, y, z; what elimination leaves of them is a polynomial of degree 10 in z.
 */
export function essentialFromFive(pairs: PlanePairs, sample: Uint32Array): Matrix3[] {
  const basis = nullSpace(epipolarRows(pairs, sample), 5, 9);
  if (basis === null) return [];
  orthonormalise(basis);
  const system = cubicConstraints(basis);
  if (!eliminateLeading(system)) return [];
  const rows = [rowInZ(system, 4), rowInZ(system, 6), rowInZ(system, 8)];
  return realRoots(determinantInZ(rows)).flatMap((z) => {
    const xy = solveXy(rows, z);
    if (xy === null) return [];
    const e = basis[3].map((w, i) => xy[0] * basis[0][i] + xy[1] * basis[1][i] + z * basis[2][i] + w);
    const length = Math.hypot(...e);
    return length > 0 && Number.isFinite(length) ? [Array.from(e, (v) => v / length) as unknown as Matrix3] : [];
  });
}

function orthonormalise(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, i) => {
    for (const other of vectors.slice(0, i)) {
      let along = 0;
      for (let k = 0; k < 9; k++) along += vector[k] * other[k];
      for (let k = 0; k < 9; k++) vector[k] -= along * other[k];
    }
    const length = Math.hypot(...vector);
    for (let k = 0; k < 9; k++) vector[k] /= length;
  });
}

/** Exponents of x, y, z in the monomials of polynomials of degree 1, 2 and 3; the third in the order of Nistér's elimination. */
const linear = ['x', 'y', 'z', ''];
const quadratic = ['xx', 'xy', 'yy', 'xz', 'yz', 'zz', 'x', 'y', 'z', ''];
const cubic = [
  ...['xxx', 'yyy', 'xxy', 'xyy', 'xxz', 'xx', 'yyz', 'yy', 'xyz', 'xy'],
  ...['xzz', 'xz', 'x', 'yzz', 'yz', 'y', 'zzz', 'zz', 'z', ''],
];
const linearTimesLinear = productTable(linear, linear, quadratic);
const quadraticTimesLinear = productTable(quadratic, linear, cubic);

/** Of each product of a monomial of the one and one of the other list, which of the third it is. */
function productTable(first: readonly string[], second: readonly string[], products: readonly string[]): Uint8Array {
  return Uint8Array.from(first.flatMap((a) => second.map((b) => products.indexOf([...(a + b)].sort().join('')))));
}

/** Adds `scale` · a · b to a polynomial. */
function addProduct(out: Float64Array, table: Uint8Array, a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0, at = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++, at++) out[table[at]] += scale * a[i] * b[j];
  }
}

/** The ten constraints, 10 × 20, in the order of `cubic`. */
function cubicConstraints(basis: readonly Float64Array[]): Float64Array {
  const e = Array.from({ length: 9 }, (_, i) => Float64Array.from(basis, (vector) => vector[i]));
  const system = new Float64Array(200);
  const row = (r: number): Float64Array => system.subarray(20 * r, 20 * r + 20);
  // Λ = E Eᵀ − ½ tr(E Eᵀ) I
  const lambda = Array.from({ length: 9 }, (_, at) => {
    const [i, j] = [Math.trunc(at / 3), at % 3];
    const product = new Float64Array(10);
    for (let k = 0; k < 3; k++) addProduct(product, linearTimesLinear, e[3 * i + k], e[3 * j + k], 1);
    return product;
  });
  const halfTrace = lambda[0].map((value, m) => 0.5 * (value + lambda[4][m] + lambda[8][m]));
  for (const diagonal of [0, 4, 8]) halfTrace.forEach((value, m) => (lambda[diagonal][m] -= value));
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++) addProduct(row(3 * i + j), quadraticTimesLinear, lambda[3 * i + k], e[3 * k + j], 1);
    }
  }
  for (let k = 0; k < 3; k++) {
    const [a, b] = [(k + 1) % 3, (k + 2) % 3];
    const minor = new Float64Array(10);
    addProduct(minor, linearTimesLinear, e[a], e[3 + b], 1);
    addProduct(minor, linearTimesLinear, e[b], e[3 + a], -1);
    addProduct(row(9), quadraticTimesLinear, minor, e[6 + k], 1);
  }
  return system;
}

/** Gauss–Jordan elimination of the first ten monomials, with partial pivoting; false where they depend on each other. */
function eliminateLeading(a: Float64Array): boolean {
  for (let c = 0; c < 10; c++) {
    let pivot = c;
    for (let r = c + 1; r < 10; r++) if (Math.abs(a[20 * r + c]) > Math.abs(a[20 * pivot + c])) pivot = r;
    const value = a[20 * pivot + c];
    if (!(Math.abs(value) > 1e-14)) return false;
    for (let k = c; k < 20; k++) {
      const other = a[20 * c + k];
      a[20 * c + k] = a[20 * pivot + k] / value;
      if (pivot !== c) a[20 * pivot + k] = other;
    }
    for (let r = 0; r < 10; r++) {
      const factor = a[20 * r + c];
      if (r === c || factor === 0) continue;
      for (let k = c; k < 20; k++) a[20 * r + k] -= factor * a[20 * c + k];
    }
  }
  return true;
}

/** Coefficients of x, y and 1, each a polynomial in z, lowest power first. */
type RowInZ = readonly [x: Float64Array, y: Float64Array, one: Float64Array];

/** Row r minus z times row r + 1: their leading monomials cancel, as the first is z times the second. */
function rowInZ(a: Float64Array, r: number): RowInZ {
  const part = (from: number, length: number): Float64Array => {
    const out = new Float64Array(length + 1);
    for (let k = 0; k < length; k++) {
      // The system holds the highest power first.
      out[length - 1 - k] += a[20 * r + from + k];
      out[length - k] -= a[20 * (r + 1) + from + k];
    }
    return out;
  };
  return [part(10, 3), part(13, 3), part(16, 4)];
}

/** Coefficients of the determinant of the 3×3 matrix of polynomials, lowest power first. */
function determinantInZ(rows: readonly RowInZ[]): Float64Array {
  const out = new Float64Array(11);
  for (let k = 0; k < 3; k++) {
    const [a, b] = [(k + 1) % 3, (k + 2) % 3];
    const plus = multiplyPolynomials(rows[0][a], rows[1][b]);
    const minus = multiplyPolynomials(rows[0][b], rows[1][a]);
    const minor = plus.map((value, m) => value - minus[m]);
    multiplyPolynomials(minor, rows[2][k]).forEach((value, m) => (out[m] += value));
  }
  return out;
}

function multiplyPolynomials(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length - 1);
  a.forEach((u, i) => b.forEach((v, j) => (out[i + j] += u * v)));
  return out;
}

/** x and y where the rows, at this z, vanish for (x, y, 1); null where they do so at infinity. */
function solveXy(rows: readonly RowInZ[], z: number): [x: number, y: number] | null {
  const [a, b, c] = rows.map((row) => row.map((p) => evaluate(p, z)));
  const candidates = [cross3(a, b), cross3(b, c), cross3(c, a)];
  const lengths = candidates.map((v) => Math.hypot(...v));
  const [x, y, w] = candidates[lengths.indexOf(Math.max(...lengths))];
  return w === 0 ? null : [x / w, y / w];
}

function evaluate(p: Float64Array, z: number): number {
  let value = 0;
  for (let i = p.length - 1; i >= 0; i--) value = value * z + p[i];
  return value;
}
