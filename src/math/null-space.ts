/**
 * A basis of the null space of a matrix with fewer rows than columns, by Gauss–Jordan elimination with full pivoting: vectors that
 * span it, not orthogonal ones. Fast, for samples of robust estimation.
 * @param a rows × columns, row-major; overwritten
 * @returns `columns − rows` vectors; null where rows depend on each other (within rounding)
 */
export function nullSpace(a: Float64Array, rows: number, columns: number): Float64Array[] | null {
  const order = Array.from({ length: columns }, (_, j) => j);
  let largest = 0;
  for (let r = 0; r < rows; r++) {
    const [pivotRow, pivotColumn] = largestElement(a, rows, columns, r, order);
    const size = Math.abs(a[pivotRow * columns + order[pivotColumn]]);
    largest = Math.max(largest, size);
    if (!(size > 1e-12 * largest)) return null;
    swapRows(a, columns, r, pivotRow);
    [order[r], order[pivotColumn]] = [order[pivotColumn], order[r]];
    eliminate(a, rows, columns, r, order);
  }
  // Pivot columns are a unit matrix now: each free column, set to 1, fixes the others.
  return order.slice(rows).map((free) => {
    const vector = new Float64Array(columns);
    vector[free] = 1;
    for (let r = 0; r < rows; r++) vector[order[r]] = -a[r * columns + free];
    return vector;
  });
}

function largestElement(
  a: Float64Array,
  rows: number,
  columns: number,
  from: number,
  order: readonly number[],
): [row: number, place: number] {
  let best = -1;
  let at: [number, number] = [from, from];
  for (let i = from; i < rows; i++) {
    for (let j = from; j < columns; j++) {
      const size = Math.abs(a[i * columns + order[j]]);
      if (size > best) [best, at] = [size, [i, j]];
    }
  }
  return at;
}

function swapRows(a: Float64Array, columns: number, i: number, j: number): void {
  if (i === j) return;
  for (let k = 0; k < columns; k++) {
    [a[i * columns + k], a[j * columns + k]] = [a[j * columns + k], a[i * columns + k]];
  }
}

function eliminate(a: Float64Array, rows: number, columns: number, r: number, order: readonly number[]): void {
  const pivot = a[r * columns + order[r]];
  for (let k = r; k < columns; k++) a[r * columns + order[k]] /= pivot;
  for (let i = 0; i < rows; i++) {
    const factor = a[i * columns + order[r]];
    if (i === r || factor === 0) continue;
    for (let k = r; k < columns; k++) a[i * columns + order[k]] -= factor * a[r * columns + order[k]];
  }
}
