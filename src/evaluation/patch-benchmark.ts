/** Pairs of patches, by their indices. */
export interface PatchPairs {
  readonly count: number;
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
}

/** True pairs with look-alikes to rank them among. */
export interface PatchRanking {
  readonly truePairs: PatchPairs;
  /** Those of true pair i stand from i·hardPerAnchor: the same first patch, and one that only looks like its partner. */
  readonly hardPairs: PatchPairs;
  readonly hardPerAnchor: number;
}

/** What patch networks are measured on: patches, and which of them show the same place. */
export interface PatchBenchmark {
  /** Where it was read from, for messages. */
  readonly folder: string;
  readonly count: number;
  readonly side: number;
  /** `count × side × side` grey values on shared memory, row-major. */
  readonly patches: Uint8Array;
  readonly truePairs: PatchPairs;
  /** As easy as chance makes them. */
  readonly wrongPairs: PatchPairs;
  /** Null where the data has no hard wrong pairs. Its true pairs are `truePairs` itself where the data says no other. */
  readonly ranking: PatchRanking | null;
}

/**
 * Scores pairs of patches, higher where they look more alike. Order matters to some: `index1` is the first of each pair.
 * @param patches `count` patches, `side²` grey values each
 */
export type PairScorer = (
  patches: Uint8Array,
  count: number,
  index1: Uint32Array,
  index2: Uint32Array,
) => Promise<Float32Array>;
