/**
 * Factors a symmetric positive definite matrix in place: A = L Lᵀ, L in the lower triangle (the upper one is untouched).
 * @param a n×n, row-major; only the lower triangle is read
 * @returns false where A is not positive definite within rounding (then `a` holds a half-done factor)
 */
export function choleskyFactor(a: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    let d = a[rowJ + j];
    const before = d;
    for (let k = 0; k < j; k++) d -= a[rowJ + k] * a[rowJ + k];
    // What is left of a diagonal element after so much cancellation is rounding error, not information.
    if (!(d > before * 1e-14) || !Number.isFinite(d)) return false;
    const root = Math.sqrt(d);
    a[rowJ + j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n;
      let s = a[rowI + j];
      for (let k = 0; k < j; k++) s -= a[rowI + k] * a[rowJ + k];
      a[rowI + j] = s / root;
    }
  }
  return true;
}

/** Solves L Lᵀ x = b in place, `l` from {@link choleskyFactor}. */
export function choleskySubstitute(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let s = b[i];
    for (let k = 0; k < i; k++) s -= l[i * n + k] * b[k];
    b[i] = s / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let s = b[i];
    for (let k = i + 1; k < n; k++) s -= l[k * n + i] * b[k];
    b[i] = s / l[i * n + i];
  }
}

/**
 * Solves A x = b for a symmetric positive definite A, overwriting both: `a` with its factor, `b` with x.
 * @returns false where A is not positive definite
 */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array, n: number): boolean {
  if (!choleskyFactor(a, n)) return false;
  choleskySubstitute(a, n, b);
  return true;
}
