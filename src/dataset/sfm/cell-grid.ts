/** Places in a photo sorted into square cells, so that those near a place are found without looking at all. */
export interface CellGrid {
  /** Calls `visit` with the index of every place in the cells that the circle touches: look at the distance yourself. */
  around(x: number, y: number, radius: number, visit: (index: number) => void): void;
}

/** @param side of a cell, px */
export function createCellGrid(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  width: number,
  height: number,
  side: number,
): CellGrid {
  const columns = Math.max(1, Math.ceil(width / side));
  const rows = Math.max(1, Math.ceil(height / side));
  const column = (at: number): number => Math.min(columns - 1, Math.max(0, Math.floor(at / side)));
  const row = (at: number): number => Math.min(rows - 1, Math.max(0, Math.floor(at / side)));
  // Counting sort: the places of cell c are order[start[c]] … order[start[c + 1] − 1].
  const start = new Uint32Array(columns * rows + 1);
  for (let i = 0; i < x.length; i++) start[row(y[i]) * columns + column(x[i]) + 1]++;
  for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
  const next = start.slice(0, -1);
  const order = new Uint32Array(x.length);
  for (let i = 0; i < x.length; i++) order[next[row(y[i]) * columns + column(x[i])]++] = i;
  return {
    around(px, py, radius, visit) {
      const [left, right] = [column(px - radius), column(px + radius)];
      const bottom = row(py + radius);
      for (let r = row(py - radius); r <= bottom; r++) {
        const end = start[r * columns + right + 1];
        for (let at = start[r * columns + left]; at < end; at++) visit(order[at]);
      }
    },
  };
}
