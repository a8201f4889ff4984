/** Places in a photo sorted into square cells, so that those near a place are found without looking at all. */
export interface CellGrid {
  /** Calls `visit` with the index of every place in the cells that the circle touches: look at the distance yourself. */
  around(x: number, y: number, radius: number, visit: (index: number) => void): void;
  /** The same of the cells next to the line a·x + b·y + c = 0, at most `reach` off it; of none where there is no line. */
  along(a: number, b: number, c: number, reach: number, visit: (index: number) => void): void;
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
  const visitCells = (r: number, left: number, right: number, visit: (index: number) => void): void => {
    const end = start[r * columns + right + 1];
    for (let at = start[r * columns + left]; at < end; at++) visit(order[at]);
  };
  return {
    around(px, py, radius, visit) {
      const [left, right] = [column(px - radius), column(px + radius)];
      const bottom = row(py + radius);
      for (let r = row(py - radius); r <= bottom; r++) visitCells(r, left, right, visit);
    },
    along(a, b, c, reach, visit) {
      const length = Math.hypot(a, b);
      if (!(length > 0)) return;
      const isSteep = Math.abs(a) > Math.abs(b);
      const [across, along] = isSteep ? [a, b] : [b, a];
      const spread = (reach * length) / Math.abs(across);
      // Places outside are counted to the cells at the border.
      const placeAt = (at: number): number => -(along * at + c) / across;
      const lanes = isSteep ? rows : columns;
      for (let lane = 0; lane < lanes; lane++) {
        const [p, q] = [placeAt(lane * side), placeAt((lane + 1) * side)];
        const [from, to] = [Math.min(p, q) - spread, Math.max(p, q) + spread];
        if (isSteep) visitCells(lane, column(from), column(to), visit);
        else for (let r = row(from); r <= row(to); r++) visitCells(r, lane, lane, visit);
      }
    },
  };
}
