import { pointsAt } from '../geometry/points-at.ts';
import { createCellGrid } from '../math/cell-grid.ts';
import { concatenate } from '../math/concatenate.ts';

/** Matches and how likely each is right, best first. */
export interface PlacedMatches {
  /** x1, y1, x2, y2 a match, px. */
  readonly points: Float64Array;
  readonly probability: Float32Array;
}

/** Several lists as one, best first. */
export function joinMatches(lists: readonly PlacedMatches[]): PlacedMatches {
  const points = concatenate(
    Float64Array,
    lists.map((list) => list.points),
  );
  const probability = concatenate(
    Float32Array,
    lists.map((list) => list.probability),
  );
  const order = [...probability.keys()].sort((a, b) => probability[b] - probability[a] || a - b);
  return { points: pointsAt(points, order), probability: Float32Array.from(order, (m) => probability[m]) };
}

/** Those matches whose place in photo 1, and in photo 2, is further than `apartPx` from that of any known match. */
export function elsewhere(matches: PlacedMatches, known: Float64Array, apartPx: number): PlacedMatches {
  const isFree = [0, 2].map((side) => freePlaces(known, side, apartPx));
  const kept = [...matches.probability.keys()].filter((m) =>
    isFree.every((free, k) => free(matches.points[4 * m + 2 * k], matches.points[4 * m + 2 * k + 1])),
  );
  return {
    points: pointsAt(matches.points, kept),
    probability: Float32Array.from(kept, (m) => matches.probability[m]),
  };
}

/** Tells places near none of the points; `side` is where a match holds them: 0 for photo 1, 2 for photo 2. */
function freePlaces(points: Float64Array, side: number, apartPx: number): (x: number, y: number) => boolean {
  const [x, y] = [side, side + 1].map((k) => points.filter((_, p) => p % 4 === k));
  const [width, height] = [x, y].map((places) => places.reduce((most, place) => Math.max(most, place), 1));
  const grid = createCellGrid(x, y, width, height, cellsPerReach * apartPx);
  return (u, v) => {
    let isFree = true;
    grid.around(u, v, apartPx, (i) => {
      if (Math.hypot(x[i] - u, y[i] - v) <= apartPx) isFree = false;
    });
    return isFree;
  };
}

/** Of a circle's radius: cells of a pixel or two would be millions. */
const cellsPerReach = 16;
