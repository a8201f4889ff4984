import { patchSide } from '../features/patches.ts';
import type { CandidatePairs } from '../matching/matches.ts';
import { takeRows } from '../math/take-rows.ts';
import { runBranch, runDecision } from './branch.ts';
import type { Model } from './model.ts';

/** A siamese network in two files. */
export interface SiameseModels {
  /** Sees one patch. */
  readonly branch: Model;
  /** Sees what the branch made of two. */
  readonly decision: Model;
  /** Numbers that the branch gives. */
  readonly length: number;
}

/**
 * Scores candidate pairs by a siamese network: each patch passes through the branch once, however many pairs it is in.
 * @param patches1 patches of photo 1, `side × side` grey values each, indexed by `pairs.index1`
 * @returns one raw score a pair
 */
export async function scoreSiamesePairs(
  { branch, decision, length }: SiameseModels,
  patches1: Uint8Array,
  patches2: Uint8Array,
  pairs: Pick<CandidatePairs, 'index1' | 'index2'>,
  side = patchSide,
): Promise<Float32Array> {
  const [first, second] = [distinct(pairs.index1), distinct(pairs.index2)];
  const features = async (patches: Uint8Array, used: Uint32Array): Promise<Float32Array> =>
    runBranch(branch, takeRows(patches, side * side, used), used.length, side, length);
  const features1 = await features(patches1, first.used);
  const features2 = await features(patches2, second.used);
  return runDecision(decision, features1, features2, length, first.places, second.places);
}

/** The indices that occur, and at which place among them each one stands. */
function distinct(indices: Uint32Array): { readonly used: Uint32Array; readonly places: Uint32Array } {
  const placeOf = new Map<number, number>();
  const places = indices.map((index) => {
    const place = placeOf.get(index) ?? placeOf.size;
    placeOf.set(index, place);
    return place;
  });
  return { used: Uint32Array.from(placeOf.keys()), places };
}
