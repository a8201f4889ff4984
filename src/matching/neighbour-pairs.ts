import type { PhotoOfPair } from './match-photos.ts';
import { placesOf } from './places.ts';
import type { Neighbours, Shortlist } from './shortlist.ts';

/** Pairs of keypoints of which one is among the nearest of the other: all that look alike, matched or not. */
export interface NeighbourPairs {
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  /** x1, y1, x2, y2 a pair, px. */
  readonly points: Float64Array;
}

export function neighbourPairs(
  { neighbours1, neighbours2 }: Pick<Shortlist, 'neighbours1' | 'neighbours2'>,
  first: PhotoOfPair,
  second: PhotoOfPair,
): NeighbourPairs {
  const most = neighbours1.index.length + neighbours2.index.length;
  const index1 = new Uint32Array(most);
  const index2 = new Uint32Array(most);
  let count = 0;
  neighbours1.index.forEach((j, at) => {
    index1[count] = Math.trunc(at / neighbours1.depth);
    index2[count++] = j;
  });
  neighbours2.index.forEach((i, at) => {
    const j = Math.trunc(at / neighbours2.depth);
    if (isNeighbour(neighbours1, i, j)) return;
    index1[count] = i;
    index2[count++] = j;
  });
  const [a, b] = [index1.subarray(0, count), index2.subarray(0, count)];
  return { index1: a, index2: b, points: placesOf(a, b, first, second) };
}

/** The candidates at some indices. */
export function pairsAt(
  candidates: Pick<Shortlist, 'index1' | 'index2'>,
  chosen: readonly number[],
  first: PhotoOfPair,
  second: PhotoOfPair,
): NeighbourPairs {
  const index1 = Uint32Array.from(chosen, (c) => candidates.index1[c]);
  const index2 = Uint32Array.from(chosen, (c) => candidates.index2[c]);
  return { index1, index2, points: placesOf(index1, index2, first, second) };
}

function isNeighbour({ depth, index }: Neighbours, i: number, j: number): boolean {
  for (let at = i * depth; at < (i + 1) * depth; at++) if (index[at] === j) return true;
  return false;
}
