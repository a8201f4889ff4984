import { pointsAt } from '../geometry/points-at.ts';
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
  const isFree = [0, 2].map((k) => freePlaces(known, k, apartPx));
  const kept = [...matches.probability.keys()].filter((m) =>
    isFree.every((free, side) => free(matches.points[4 * m + 2 * side], matches.points[4 * m + 2 * side + 1])),
  );
  return {
    points: pointsAt(matches.points, kept),
    probability: Float32Array.from(kept, (m) => matches.probability[m]),
  };
}

/** Tells places near none of the points; `k` is where a match holds them: 0 for photo 1, 2 for photo 2. */
function freePlaces(points: Float64Array, k: number, apartPx: number): (x: number, y: number) => boolean {
  const cells = new Map<string, number[]>();
  const cell = (v: number): number => Math.floor(v / apartPx);
  for (let p = k; p < points.length; p += 4) {
    const key = `${cell(points[p])} ${cell(points[p + 1])}`;
    const there = cells.get(key);
    if (there === undefined) cells.set(key, [p]);
    else there.push(p);
  }
  return (x, y) => {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const near = cells.get(`${cell(x) + dx} ${cell(y) + dy}`) ?? [];
        if (near.some((p) => Math.hypot(points[p] - x, points[p + 1] - y) <= apartPx)) return false;
      }
    }
    return true;
  };
}
