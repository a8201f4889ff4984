import type { Neighbours } from '../../matching/shortlist.ts';
import type { PairCollector } from './pair-list.ts';

/**
 * Of an even share of the comparisons, so much is every photo's own, for its nearest; the rest goes to the most similar
 * pairs of all.
 */
const ownShare = 0.25;

/** Neighbours to find for each comparison a photo: a scene seen by many photos takes more than its even share. */
const depthPerNeighbour = 4;

/** How many neighbours of each photo `addSimilar` chooses from. */
export function depthForSimilar(neighbours: number): number {
  return Math.ceil(depthPerNeighbour * neighbours);
}

/**
 * Chooses among pairs of a photo and one of its most similar: `photos × neighbours / 2` pairs, each photo being in
 * `neighbours` of them on average. Every photo gets its few nearest, whatever their similarity; the rest are the most
 * similar of all. Equal numbers for all (the symmetric union of k nearest neighbours) would spend as much on a photo
 * that shares its scene with five others as on one that shares it with fifty: at a quarter of the comparisons 92.9 % of
 * the verified pairs of five scenes are among them, against all by this rule.
 * @param neighbours see `depthForSimilar`
 * @param mayPair whether two photos can show the same at all
 */
export function addSimilar(
  pairs: PairCollector,
  neighbours: Neighbours,
  wanted: number,
  mayPair: (a: number, b: number) => boolean,
): void {
  const { depth, index } = neighbours;
  const photos = depth === 0 ? 0 : index.length / depth;
  const standings = standingsOf(neighbours, Math.max(1, Math.round(ownShare * wanted)), mayPair);
  const rest: number[] = [];
  let left = Math.round((photos * wanted) / 2);
  for (let entry = 0; entry < index.length; entry++) {
    const photo = Math.floor(entry / depth);
    const reverse = entryOf(neighbours, index[entry], photo);
    // A pair that both photos list is taken up where the first lists it.
    if (standings[entry] === unfit || (reverse >= 0 && index[entry] < photo)) continue;
    if (standings[entry] === own || (reverse >= 0 && standings[reverse] === own)) {
      pairs.add(photo, index[entry], 'similar');
      left--;
    } else {
      rest.push(entry);
    }
  }
  for (const entry of mostSimilar(rest, neighbours.similarity, left)) {
    pairs.add(Math.floor(entry / depth), index[entry], 'similar');
  }
}

/** What a photo's entry for a neighbour is. */
const unfit = 0;
const further = 1;
const own = 2;

function standingsOf(
  { depth, index }: Neighbours,
  ownCount: number,
  mayPair: (a: number, b: number) => boolean,
): Uint8Array {
  const standings = new Uint8Array(index.length);
  for (let first = 0, photo = 0; first < index.length; first += depth, photo++) {
    let found = 0;
    for (let entry = first; entry < first + depth; entry++) {
      if (!mayPair(photo, index[entry])) standings[entry] = unfit;
      else standings[entry] = found++ < ownCount ? own : further;
    }
  }
  return standings;
}

/** Where `photo` lists `other`, or −1. */
function entryOf({ depth, index }: Neighbours, photo: number, other: number): number {
  for (let entry = photo * depth; entry < (photo + 1) * depth; entry++) if (index[entry] === other) return entry;
  return -1;
}

/**
 * The `count` most similar entries, in their order; of equally similar ones the first. No objects: there may be
 * millions.
 */
function mostSimilar(entries: readonly number[], similarity: Float32Array, count: number): number[] {
  if (count <= 0) return [];
  if (count >= entries.length) return [...entries];
  const sorted = Float32Array.from(entries, (entry) => similarity[entry]).sort();
  const least = sorted[sorted.length - count];
  let ties = count - entries.filter((entry) => similarity[entry] > least).length;
  return entries.filter((entry) => similarity[entry] > least || (similarity[entry] === least && ties-- > 0));
}
