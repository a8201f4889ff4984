/**
 * Cells a side and control points a pair. 5 × 5 cells with one point each are what Hugin's own cpfind keeps (`--sieve2width`,
 * `--sieve2height`, `--sieve2size`): its optimiser takes time with the number of points and gains nothing from thousands.
 */
const cells = 5;
export const controlPointsPerPair = cells * cells;

/**
 * At most 25 matches, well spread and probable: the box around their places in photo a is divided into 5 × 5 cells, which take turns in
 * giving their most probable match that is left.
 * @param points xa, ya, xb, yb a match, most probable first
 * @returns their numbers, ascending
 */
export function pickControlPoints(points: Float64Array): number[] {
  const count = points.length / 4;
  const all = Array.from({ length: count }, (_, m) => m);
  if (count <= controlPointsPerPair) return all;
  const column = cellOf(all.map((m) => points[4 * m]));
  const row = cellOf(all.map((m) => points[4 * m + 1]));
  const taken = new Uint32Array(cells * cells);
  const turn = all.map((m) => taken[cells * row[m] + column[m]]++);
  return all
    .sort((m, n) => turn[m] - turn[n] || m - n)
    .slice(0, controlPointsPerPair)
    .sort((m, n) => m - n);
}

function cellOf(values: readonly number[]): number[] {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const side = (high - low) / cells || 1;
  return values.map((value) => Math.min(cells - 1, Math.floor((value - low) / side)));
}
