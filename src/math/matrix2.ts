/** a, b, c, d of [[a, b], [c, d]]. */
export type Matrix2 = readonly [number, number, number, number];

/** The matrix in row `row` of an array of four elements a matrix. */
export function matrix2At(values: ArrayLike<number>, row: number): Matrix2 {
  return [values[4 * row], values[4 * row + 1], values[4 * row + 2], values[4 * row + 3]];
}

export function multiply2(a: Matrix2, b: Matrix2): Matrix2 {
  return [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]];
}

/** Not finite where the matrix cannot be inverted. */
export function inverse2(a: Matrix2): Matrix2 {
  const d = 1 / (a[0] * a[3] - a[1] * a[2]);
  return [a[3] * d, -a[1] * d, -a[2] * d, a[0] * d];
}

/** Larger and smaller singular value. */
export function singularValues2([a, b, c, d]: Matrix2): readonly [number, number] {
  const sum = Math.hypot(a + d, b - c);
  const difference = Math.hypot(a - d, b + c);
  return [(sum + difference) / 2, Math.abs(sum - difference) / 2];
}
