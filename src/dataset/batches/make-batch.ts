import { createRandom } from '../../math/random.ts';
import { batchSide, pairCount, type BatchPlan } from './batch-plan.ts';
import { fillPairs } from './pair-batch.ts';
import { fillRanking } from './ranking-batch.ts';
import { stepSeed, type TrainingData } from './training-data.ts';
import { fillTriplets } from './triplet-batch.ts';
import { createPatchWriter } from './write-pair.ts';

/** One step's input of a network in training. */
export interface Batch {
  readonly step: number;
  /** Pairs n. */
  readonly count: number;
  readonly side: number;
  /** `[n, 2, side, side]`, in [0, 1]. */
  readonly patches: Float32Array;
  /** `pairs`: `[n]`, +1 true, −1 wrong. `triplets`: `[n, n]`, 1 where pairs must not be each other's wrong partners. `ranking`: empty. */
  readonly targets: Float32Array;
}

/** Lengths of a batch's arrays where its patches have the given side. */
export function batchLengths(plan: BatchPlan, side: number): { patches: number; targets: number } {
  const count = pairCount(plan);
  const targets = { pairs: count, ranking: 0, triplets: count * count }[plan.kind];
  return { patches: count * 2 * side * side, targets };
}

/**
 * Makes batch `step`. It depends on the arguments alone, not on batches before it: a run resumes by going on with its
 * next step. Draws are independent and with replacement, there are no epochs; the seed decides them.
 * @param into arrays to write to, of at least `batchLengths`; new ones without
 */
export function makeBatch(
  data: TrainingData,
  plan: BatchPlan,
  seed: number,
  step: number,
  into?: { readonly patches: Float32Array; readonly targets: Float32Array },
): Batch {
  const side = batchSide(plan, seed, step);
  const lengths = batchLengths(plan, side);
  const patches = (into?.patches ?? new Float32Array(lengths.patches)).subarray(0, lengths.patches);
  const targets = (into?.targets ?? new Float32Array(lengths.targets)).subarray(0, lengths.targets);
  const random = createRandom(stepSeed(seed, step));
  const writer = createPatchWriter(plan, side, random, patches);
  if (plan.kind === 'pairs') fillPairs(data, plan, random, writer, targets);
  else if (plan.kind === 'ranking') fillRanking(data, plan, random, writer, patches);
  else fillTriplets(data, plan, random, writer, targets);
  return { step, count: pairCount(plan), side, patches, targets };
}
