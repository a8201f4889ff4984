import { concatenate } from '../math/concatenate.ts';
import type { PairScorer, PatchBenchmark, PatchPairs } from './patch-benchmark.ts';
import { falsePositiveRateAt95, rankOne, rocArea, rocCurve } from './verification.ts';

/** The scores of a benchmark's pairs, in its order. */
export interface BenchmarkScores {
  readonly truePairs: Float32Array;
  readonly wrongPairs: Float32Array;
  /** Null where the benchmark has no ranking. */
  readonly ranking: {
    readonly truePairs: Float32Array;
    readonly hardPairs: Float32Array;
    readonly hardPerAnchor: number;
  } | null;
}

/** Scores of a network that need not be symmetric: f(a, b), f(b, a) and their mean, which is what counts. */
export interface OrderedScores {
  readonly averaged: BenchmarkScores;
  /** Null where the order cannot matter. */
  readonly orders: readonly [BenchmarkScores, BenchmarkScores] | null;
}

/** Shares, 0 … 1. */
export interface PatchFigures {
  readonly fpr95: number;
  readonly rocAuc: number;
  /** Null where the benchmark has no ranking. */
  readonly rank1: number | null;
}

/**
 * Scores all pairs of a benchmark.
 * @param symmetric the scorer gives (a, b) and (b, a) the same score, so one order is enough
 */
export async function scoreBenchmark(
  benchmark: PatchBenchmark,
  scorer: PairScorer,
  symmetric: boolean,
): Promise<OrderedScores> {
  const lists = pairLists(benchmark);
  const index1 = concatenate(
    Uint32Array,
    lists.map((pairs) => pairs.index1),
  );
  const index2 = concatenate(
    Uint32Array,
    lists.map((pairs) => pairs.index2),
  );
  const { patches, count } = benchmark;
  const forward = await scorer(patches, count, index1, index2);
  if (symmetric) return { averaged: splitScores(benchmark, forward), orders: null };
  const backward = await scorer(patches, count, index2, index1);
  const mean = forward.map((score, i) => (score + backward[i]) / 2);
  return {
    averaged: splitScores(benchmark, mean),
    orders: [splitScores(benchmark, forward), splitScores(benchmark, backward)],
  };
}

export function patchFigures({ truePairs, wrongPairs, ranking }: BenchmarkScores): PatchFigures {
  return {
    fpr95: falsePositiveRateAt95(truePairs, wrongPairs),
    rocAuc: rocArea(rocCurve(truePairs, wrongPairs)),
    rank1: ranking === null ? null : rankOne(ranking.truePairs, ranking.hardPairs, ranking.hardPerAnchor),
  };
}

/** How many pairs `scoreBenchmark` has scored, for progress. */
export function countScoredPairs(benchmark: PatchBenchmark, symmetric: boolean): number {
  return (symmetric ? 1 : 2) * pairLists(benchmark).reduce((sum, { count }) => sum + count, 0);
}

/** Every list once: true pairs that are ranked too are scored once. */
function pairLists({ truePairs, wrongPairs, ranking }: PatchBenchmark): PatchPairs[] {
  if (ranking === null) return [truePairs, wrongPairs];
  const ranked = ranking.truePairs === truePairs ? [] : [ranking.truePairs];
  return [truePairs, wrongPairs, ranking.hardPairs, ...ranked];
}

function splitScores(benchmark: PatchBenchmark, scores: Float32Array): BenchmarkScores {
  let from = 0;
  const [truePairs, wrongPairs, hardPairs, rankedPairs] = pairLists(benchmark).map(({ count }) =>
    scores.subarray(from, (from += count)),
  );
  if (benchmark.ranking === null) return { truePairs, wrongPairs, ranking: null };
  const { hardPerAnchor } = benchmark.ranking;
  return { truePairs, wrongPairs, ranking: { truePairs: rankedPairs ?? truePairs, hardPairs, hardPerAnchor } };
}
