import { createRandom } from '../math/random.ts';
import type { VerifiedPair } from '../scene/match-graph.ts';

/** Point pairs of one photo pair, chosen for the adjustment. `a`, `b` are camera numbers within the component. */
export interface PairObservations {
  /** Index into the graph's pairs. */
  readonly pair: number;
  readonly a: number;
  readonly b: number;
  /** xa, ya, xb, yb each, in px. */
  readonly points: Float64Array;
  /** Weight of every point of the pair; 0 switches the pair off. */
  weight: number;
}

/**
 * At most `limit` point pairs, spread over the overlap: a grid over photo a's bounding box of the points is emptied cell by
 * cell, round after round, so that a textured corner does not outweigh the rest. Deterministic for a seed.
 */
export function spreadPoints(points: Float64Array, limit: number, seed: number): Float64Array {
  const count = points.length / 4;
  if (count <= limit) return points;
  const cells = bucketByCell(points, Math.max(2, Math.round(Math.sqrt(limit))), seed);
  const out = new Float64Array(4 * limit);
  let taken = 0;
  for (let round = 0; taken < limit; round++) {
    for (const cell of cells) {
      if (round >= cell.length || taken === limit) continue;
      out.set(points.subarray(4 * cell[round], 4 * cell[round] + 4), 4 * taken++);
    }
  }
  return out;
}

/** Indices of the points in each non-empty cell of a grid over photo a, both in random order. */
function bucketByCell(points: Float64Array, grid: number, seed: number): number[][] {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 4) {
    x0 = Math.min(x0, points[i]);
    x1 = Math.max(x1, points[i]);
    y0 = Math.min(y0, points[i + 1]);
    y1 = Math.max(y1, points[i + 1]);
  }
  const random = createRandom(seed);
  const cells = new Map<number, number[]>();
  for (const i of shuffled(points.length / 4, random)) {
    const column = Math.min(grid - 1, Math.floor(((points[4 * i] - x0) / (x1 - x0 || 1)) * grid));
    const row = Math.min(grid - 1, Math.floor(((points[4 * i + 1] - y0) / (y1 - y0 || 1)) * grid));
    const key = row * grid + column;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key)!.push(i);
  }
  return [...cells.values()];
}

function shuffled(count: number, random: { integer(n: number): number }): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Observations of the given pairs; `cameraOf[photo]` is the photo's number within the component. */
export function observePairs(
  pairs: readonly VerifiedPair[],
  indices: readonly number[],
  cameraOf: ReadonlyMap<number, number>,
  limit: number,
  seed: number,
): PairObservations[] {
  return indices.map((pair) => ({
    pair,
    a: cameraOf.get(pairs[pair].a)!,
    b: cameraOf.get(pairs[pair].b)!,
    points: spreadPoints(pairs[pair].points, limit, seed + pair),
    weight: 1,
  }));
}
