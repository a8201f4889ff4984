import { pairCount } from '../src/dataset/batches/batch-plan.ts';
import { surveySets } from '../src/dataset/batches/survey-sets.ts';
import { prepareTrainingData, type TrainingData } from '../src/dataset/batches/training-data.ts';
import {
  planWindows,
  requirePairs,
  windowRanges,
  windowSize,
  type WindowPlan,
} from '../src/dataset/batches/windows.ts';
import { openPatchSet } from '../src/dataset/open-patch-set.ts';
import type { PatchRange, PatchSet, UnreadPatchSet } from '../src/dataset/patch-set.ts';
import { allocatePatches, patchBytes, readPatches } from '../src/dataset/read-patches.ts';
import type { Observer } from './observer.ts';
import type { Checkpoint } from './train-checkpoint.ts';

/** The data of a run, part by part. */
export interface TrainingWindows {
  readonly plan: WindowPlan;
  /**
   * Reads window number `turn`. Its memory is that of the window two turns before, which must no longer be in use.
   * @throws DataError where nothing of a set can be read; the signal's reason once aborted
   */
  read(turn: number, signal?: AbortSignal): Promise<TrainingData>;
}

/**
 * Opens the sets of a run and plans its windows: one of all where they fit into the memory.
 * @throws what opening a set throws; DataError where a window would have nothing to train on
 */
export async function openTrainingWindows(
  { recipe, sources }: Pick<Checkpoint, 'recipe' | 'sources'>,
  observe: Observer,
  signal?: AbortSignal,
): Promise<TrainingWindows> {
  const sets: UnreadPatchSet[] = [];
  for (const folder of sources.data) sets.push(await openPatchSet(folder, signal));
  const counts = sets.map(({ count }) => count);
  const plan = planWindows(counts, sources.memory ?? Infinity, 2 * pairCount(recipe.plan));
  const weights = sources.weights ?? undefined;
  const isCut = plan.windows > 1;
  if (isCut) {
    requirePairs(plan, sets);
    observe({ type: 'message', level: 'info', text: describePlan(plan, counts) });
  }
  const surveys = isCut ? surveySets(sets) : undefined;
  const readers = sets.map((set, i) =>
    createReader(set, plan.whole[i] ? null : windowSize(plan, i, set.count), observe),
  );
  return {
    plan,
    async read(turn, signal) {
      const ranges = windowRanges(plan, counts, recipe.seed, turn);
      const parts: PatchSet[] = [];
      for (const [i, read] of readers.entries()) parts.push(await read(ranges[i], turn, signal));
      return prepareTrainingData(parts, weights, surveys);
    },
  };
}

function describePlan(plan: WindowPlan, counts: readonly number[]): string {
  const gigabytes = (patches: number): string => `${((patches * patchBytes) / 1e9).toPrecision(2)} GB`;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const window = counts.reduce((sum, count, set) => sum + windowSize(plan, set, count), 0);
  return (
    `${gigabytes(total)} of patches are trained on in ${plan.windows} windows of ${gigabytes(window)}, ` +
    `each for ${plan.stepsPerWindow} steps at a time (--memory)`
  );
}

type ReadRange = (range: PatchRange, turn: number, signal?: AbortSignal) => Promise<PatchSet>;

/**
 * Reads a set's part of each window; of a set that stays whole once. What is damaged is noted once.
 * @param most patches of a window; null where the set stays whole
 */
function createReader(set: UnreadPatchSet, most: number | null, observe: Observer): ReadRange {
  const noted = new Set<string>();
  const read = async (range: PatchRange, into?: Uint8Array, signal?: AbortSignal): Promise<PatchSet> => {
    const { skipped, ...part } = await readPatches(set, range, { into, signal });
    for (const text of skipped) {
      if (!noted.has(text)) observe({ type: 'message', level: 'warning', text });
      noted.add(text);
    }
    return part;
  };
  if (most === null) {
    let whole: PatchSet | null = null;
    return async (range, _turn, signal) => (whole ??= await read(range, undefined, signal));
  }
  // Two blocks take turns: shared memory that is only dropped is freed late, if ever, before there is need of more.
  const blocks: (Uint8Array | undefined)[] = [];
  return (range, turn, signal) => read(range, (blocks[turn % 2] ??= allocatePatches(set.folder, most)), signal);
}
