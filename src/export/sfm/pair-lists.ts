import { DataError } from '../../errors.ts';
import type { SfmPair } from '../../scene/sfm-set.ts';

/** Matches of two photos as lists of matches hold them. */
export interface PairList {
  /** Photos by their index in the set, a < b. */
  readonly a: number;
  readonly b: number;
  /** Keypoint of a, keypoint of b for each match. */
  readonly matches: Uint32Array;
}

/**
 * Joins what was matched with what geometry left of it, one pair at a time. The files know neither how probable a match
 * is (it is 1) nor the geometry it agrees with (null, though there are inliers).
 * @param putative ordered by a, then b, as `verified`
 * @param verified the inliers; those that are not among the matches (a program found them later) follow these
 */
export async function* joinPairLists(
  putative: AsyncGenerator<PairList, void>,
  verified: AsyncGenerator<PairList, void>,
): AsyncGenerator<SfmPair> {
  try {
    let matched = (await putative.next()).value ?? null;
    let agreeing = (await verified.next()).value ?? null;
    while (matched !== null || agreeing !== null) {
      const order = comparePairs(matched, agreeing);
      yield joinPair(order <= 0 ? matched : null, order >= 0 ? agreeing : null);
      if (order <= 0) matched = (await putative.next()).value ?? null;
      if (order >= 0) agreeing = (await verified.next()).value ?? null;
    }
  } finally {
    await putative.return();
    await verified.return();
  }
}

/** Negative where the first comes earlier; nothing comes last. */
function comparePairs(first: PairList | null, second: PairList | null): number {
  if (first === null || second === null) return first === null ? 1 : -1;
  return first.a - second.a || first.b - second.b;
}

function joinPair(matched: PairList | null, agreeing: PairList | null): SfmPair {
  const { a, b } = (matched ?? agreeing)!;
  const matches = [...(matched?.matches ?? [])];
  const keyOf = (i: number, j: number): string => `${i} ${j}`;
  const place = new Map<string, number>();
  for (let m = 0; 2 * m < matches.length; m++) place.set(keyOf(matches[2 * m], matches[2 * m + 1]), m);
  const inliers: number[] = [];
  const found = agreeing?.matches ?? new Uint32Array(0);
  for (let k = 0; k < found.length; k += 2) {
    const key = keyOf(found[k], found[k + 1]);
    if (!place.has(key)) {
      place.set(key, matches.length / 2);
      matches.push(found[k], found[k + 1]);
    }
    inliers.push(place.get(key)!);
  }
  return {
    a,
    b,
    matches: Uint32Array.from(matches),
    probability: new Float32Array(matches.length / 2).fill(1),
    inliers: Uint32Array.from(new Set(inliers)).sort(),
    geometry: null,
  };
}

/** No pairs. */
export async function* noPairs(): AsyncGenerator<PairList, void> {}

/**
 * Passes pairs on that come in order.
 * @throws DataError, naming the file, for a pair that comes too late, twice, or whose photos are in the wrong order
 */
export async function* inOrder(pairs: AsyncIterable<PairList>, file: string): AsyncGenerator<PairList, void> {
  let last: PairList | null = null;
  for await (const pair of pairs) {
    if (pair.a >= pair.b || (last !== null && comparePairs(last, pair) >= 0)) {
      throw new DataError(
        `${file}: expected pairs ordered by their photos, the first before the second, each once; let the program ` +
          'that wrote it write it again.',
      );
    }
    last = pair;
    yield pair;
  }
}
