import { UsageError } from '../../errors.ts';
import { requirePatchSide } from '../../features/patch-side.ts';
import { createRandom } from '../../math/random.ts';
import type { Augmentation } from './augmentation.ts';
import { stepSeed } from './training-data.ts';

/** What all kinds of batches share. */
export interface BatchOptions {
  /** Sides of the patches, those of `openSides`: stored patches have 64. Each batch is of one of them, drawn by seed and step. */
  readonly sides: readonly number[];
  /** Puts the two patches of a pair in a random order. */
  readonly swap: boolean;
  readonly augmentation: Augmentation;
}

/** True and wrong pairs, half of each. */
export interface PairPlan extends BatchOptions {
  readonly kind: 'pairs';
  /** Pairs of a batch; even. */
  readonly pairs: number;
  /** Share of the wrong pairs that are mined look-alikes, in sets that have them. */
  readonly hardShare: number;
}

/** Groups of a true pair and wrong pairs of the same anchor patch. */
export interface RankingPlan extends BatchOptions {
  readonly kind: 'ranking';
  readonly groups: number;
  /** Wrong pairs of a group that are mined look-alikes, at random of the ten nearest; random ones in sets without. */
  readonly hard: number;
  /** Wrong pairs of a group that are random. */
  readonly easy: number;
}

/** True pairs of few photos, whose patches are each other's wrong partners. */
export interface TripletPlan extends BatchOptions {
  readonly kind: 'triplets';
  /** Photo pairs of a batch. */
  readonly photos: number;
  /** True pairs of a photo pair. */
  readonly perPhoto: number;
}

export type BatchPlan = PairPlan | RankingPlan | TripletPlan;

/** Number of pairs of a batch. */
export function pairCount(plan: BatchPlan): number {
  switch (plan.kind) {
    case 'pairs':
      return plan.pairs;
    case 'ranking':
      return plan.groups * (1 + plan.hard + plan.easy);
    case 'triplets':
      return plan.photos * plan.perPhoto;
  }
}

/** Side of the patches of batch `step`. */
export function batchSide(plan: BatchPlan, seed: number, step: number): number {
  const random = createRandom(stepSeed(~seed, step));
  return plan.sides[random.integer(plan.sides.length)];
}

/** @throws UsageError naming the option that cannot be */
export function checkPlan(plan: BatchPlan): void {
  const demand = (holds: boolean, text: string): void => {
    if (!holds) throw new UsageError(`${text}: ${JSON.stringify(plan)}`);
  };
  const isCount = (n: number, least: number): boolean => Number.isInteger(n) && n >= least;
  demand(plan.sides.length > 0, 'sides: at least one is needed');
  plan.sides.forEach(requirePatchSide);
  switch (plan.kind) {
    case 'pairs':
      demand(isCount(plan.pairs, 2) && plan.pairs % 2 === 0, 'pairs: expected an even number, at least 2');
      demand(plan.hardShare >= 0 && plan.hardShare <= 1, 'hardShare: expected 0 to 1');
      break;
    case 'ranking':
      demand(isCount(plan.groups, 1), 'groups: expected at least 1');
      demand(isCount(plan.hard, 0) && plan.hard <= 10, 'hard: expected 0 to 10');
      demand(isCount(plan.easy, 0) && plan.hard + plan.easy > 0, 'hard + easy: expected at least 1');
      break;
    case 'triplets':
      demand(isCount(plan.photos, 1), 'photos: expected at least 1');
      demand(isCount(plan.perPhoto, 1), 'perPhoto: expected at least 1');
      demand(plan.photos * plan.perPhoto > 1, 'photos × perPhoto: expected at least 2');
  }
}
