/**
 * Normal equations H δ = −g of a sparse least-squares problem, H symmetric and stored by its envelope: row i of the lower
 * triangle from its first entry that can be non-zero to the diagonal. A Cholesky factor fills only the envelope
 * (George & Liu, Computer Solution of Large Sparse Positive Definite Systems, ch. 4), so chains of photos stay cheap.
 */
export class NormalEquations {
  /** First column of each row's envelope. */
  private readonly first: Int32Array;
  /** `values[offset[i] + j]` is H[i][j]. */
  private readonly offset: Int32Array;
  private readonly values: Float64Array;
  private readonly factor: Float64Array;
  readonly gradient: Float64Array;

  /** `blocks` lists the sets of parameters that meet in one residual; −1 entries are ignored. */
  constructor(
    readonly size: number,
    blocks: Iterable<ArrayLike<number>>,
  ) {
    this.first = Int32Array.from({ length: size }, (_, i) => i);
    for (const block of blocks) {
      let low = size;
      for (let k = 0; k < block.length; k++) if (block[k] >= 0 && block[k] < low) low = block[k];
      for (let k = 0; k < block.length; k++) {
        const i = block[k];
        if (i >= 0 && low < this.first[i]) this.first[i] = low;
      }
    }
    this.offset = new Int32Array(size);
    let total = 0;
    for (let i = 0; i < size; i++) {
      this.offset[i] = total - this.first[i];
      total += i - this.first[i] + 1;
    }
    this.values = new Float64Array(total);
    this.factor = new Float64Array(total);
    this.gradient = new Float64Array(size);
  }

  clear(): void {
    this.values.fill(0);
    this.gradient.fill(0);
  }

  /**
   * Adds a dense symmetric block: `hessian` (n×n row-major, both triangles) and `gradient` (n) of the parameters
   * `indices` (−1: fixed, skipped). An index may stand twice (a parameter that two cameras share).
   */
  addBlock(indices: ArrayLike<number>, hessian: Float64Array, gradient: Float64Array): void {
    const n = indices.length;
    for (let k = 0; k < n; k++) {
      const i = indices[k];
      if (i < 0) continue;
      this.gradient[i] += gradient[k];
      const row = this.offset[i];
      for (let l = 0; l < n; l++) {
        const j = indices[l];
        if (j >= 0 && j <= i) this.values[row + j] += hessian[k * n + l];
      }
    }
  }

  /** Adds the residual r = weight · (p_i − p_j − target), j = −1 for none, given its value. */
  addDifference(i: number, j: number, weight: number, residual: number): void {
    const w2 = weight * weight;
    this.values[this.offset[i] + i] += w2;
    this.gradient[i] += weight * residual;
    if (j < 0) return;
    this.values[this.offset[j] + j] += w2;
    this.gradient[j] -= weight * residual;
    this.values[this.offset[Math.max(i, j)] + Math.min(i, j)] -= w2;
  }

  /** Adds the residual r = weight · (p_i + p_j), i ≠ j, given its value. */
  addSum(i: number, j: number, weight: number, residual: number): void {
    const w2 = weight * weight;
    this.values[this.offset[i] + i] += w2;
    this.values[this.offset[j] + j] += w2;
    this.values[this.offset[Math.max(i, j)] + Math.min(i, j)] += w2;
    this.gradient[i] += weight * residual;
    this.gradient[j] += weight * residual;
  }

  /** Solves (H + damping · diag H) δ = −g into `delta`; false where the matrix is not positive definite. */
  solve(damping: number, delta: Float64Array): boolean {
    const { size, first, offset, values, factor } = this;
    factor.set(values);
    for (let i = 0; i < size; i++) {
      const d = offset[i] + i;
      factor[d] += damping * values[d] + 1e-12;
    }
    for (let i = 0; i < size; i++) {
      const ri = offset[i];
      for (let j = first[i]; j < i; j++) {
        const rj = offset[j];
        let sum = factor[ri + j];
        for (let k = Math.max(first[i], first[j]); k < j; k++) sum -= factor[ri + k] * factor[rj + k];
        factor[ri + j] = sum / factor[rj + j];
      }
      let sum = factor[ri + i];
      for (let k = first[i]; k < i; k++) sum -= factor[ri + k] * factor[ri + k];
      if (!(sum > 0)) return false;
      factor[ri + i] = Math.sqrt(sum);
    }
    this.substitute(delta);
    return true;
  }

  private substitute(delta: Float64Array): void {
    const { size, first, offset, factor, gradient } = this;
    for (let i = 0; i < size; i++) {
      let sum = -gradient[i];
      for (let k = first[i]; k < i; k++) sum -= factor[offset[i] + k] * delta[k];
      delta[i] = sum / factor[offset[i] + i];
    }
    for (let i = size - 1; i >= 0; i--) {
      delta[i] /= factor[offset[i] + i];
      for (let k = first[i]; k < i; k++) delta[k] -= factor[offset[i] + k] * delta[i];
    }
  }
}
