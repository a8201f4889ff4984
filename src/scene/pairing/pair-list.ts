/** Why two photos are to be compared; several reasons may hold. */
export const pairReasons = [
  /** Every pair is compared. */
  'exhaustive',
  /** Near each other in the order of a video. */
  'sequence',
  /** A later visit of a video to the same place: alike as pictures. */
  'loop',
  /** Alike as pictures. */
  'similar',
  /** Taken near each other. */
  'near',
  /** Taken one right after the other. */
  'moment',
  /** The user said so. */
  'listed',
] as const;

export type PairReason = (typeof pairReasons)[number];

/** Pairs of photos a < b by their index in the set, each once, ordered by a, then b. Nine bytes a pair. */
export interface PairList {
  readonly count: number;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** Bit i stands for `pairReasons[i]`. */
  readonly reasons: Uint8Array;
}

/** Gathers pairs in any order, either way round, repeated or not. */
export interface PairCollector {
  /** A photo with itself is no pair, and left out. */
  add(photo1: number, photo2: number, reason: PairReason): void;
  list(): PairList;
}

/** @param photos size of the set; at most 2²⁴ photos, so that every pair has an exact number */
export function createPairCollector(photos: number): PairCollector {
  // One number a pair, (a · photos + b) · 7 + the reason: sorting them sorts and unites the pairs.
  const keys: number[] = [];
  return {
    add(photo1, photo2, reason) {
      if (photo1 === photo2) return;
      const pair = Math.min(photo1, photo2) * photos + Math.max(photo1, photo2);
      keys.push(pair * pairReasons.length + pairReasons.indexOf(reason));
    },
    list: () => unite(Float64Array.from(keys).sort(), photos),
  };
}

/** The reasons of pair `i` of a list. */
export function reasonsOf(list: PairList, i: number): PairReason[] {
  return pairReasons.filter((_, bit) => (list.reasons[i] >> bit) & 1);
}

function unite(keys: Float64Array, photos: number): PairList {
  const pairs = new Float64Array(keys.length);
  const reasons = new Uint8Array(keys.length);
  let count = 0;
  for (const key of keys) {
    const pair = Math.floor(key / pairReasons.length);
    if (count === 0 || pairs[count - 1] !== pair) pairs[count++] = pair;
    reasons[count - 1] |= 1 << (key % pairReasons.length);
  }
  return {
    count,
    a: Uint32Array.from(pairs.subarray(0, count), (pair) => Math.floor(pair / photos)),
    b: Uint32Array.from(pairs.subarray(0, count), (pair) => pair % photos),
    reasons: reasons.slice(0, count),
  };
}
