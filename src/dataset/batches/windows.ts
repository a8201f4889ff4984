import { DataError } from '../../errors.ts';
import { createRandom } from '../../math/random.ts';
import { patchesPerMosaic } from '../brown/mosaics.ts';
import type { PatchRange, UnreadPatchSet } from '../patch-set.ts';
import { mostPatches, patchBytes } from '../read-patches.ts';
import { stepSeed } from './training-data.ts';

/** How sets too large for the memory are trained on part by part. */
export interface WindowPlan {
  /** Sets that stay in memory as they are: of every turn's window. */
  readonly whole: readonly boolean[];
  /** Every other set is cut into so many windows, each of neighbouring patches: those of photos that belong together. */
  readonly windows: number;
  /** Steps before the next window's turn; `Infinity` where all sets are whole. */
  readonly stepsPerWindow: number;
}

/**
 * Keeps small sets whole, up to half of the memory, and cuts the others into windows so that two, the present one and
 * the next, fit into the rest, and none is larger than an array can be. A round of windows draws about as many patches
 * as the sets have.
 * @param counts patches of each set
 * @param patchesPerStep patches of a batch
 */
export function planWindows(counts: readonly number[], memoryBytes: number, patchesPerStep: number): WindowPlan {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const memory = memoryBytes / patchBytes;
  if (total <= memory && counts.every((count) => count <= mostPatches)) {
    return { whole: counts.map(() => true), windows: 1, stepsPerWindow: Infinity };
  }
  const whole = counts.map(() => false);
  let held = 0;
  const smallestFirst = counts.map((_, set) => set).sort((a, b) => counts[a] - counts[b] || a - b);
  for (const set of smallestFirst) {
    if (held + counts[set] > memory / 2 || counts[set] > mostPatches) break;
    whole[set] = true;
    held += counts[set];
  }
  const windows = Math.max(
    Math.ceil((2 * (total - held)) / (memory - held)),
    ...counts.map((count, set) => (whole[set] ? 1 : Math.ceil(count / mostPatches))),
  );
  return { whole, windows, stepsPerWindow: Math.max(1, Math.round(total / windows / patchesPerStep)) };
}

/** Number of the window that serves batch `step`; windows are counted on through the rounds. */
export function windowOfStep({ stepsPerWindow }: WindowPlan, step: number): number {
  return Math.floor(step / stepsPerWindow);
}

/** Most patches of a window of a set. */
export function windowSize({ whole, windows }: WindowPlan, set: number, count: number): number {
  return whole[set] ? count : Math.ceil(Math.ceil(count / patchesPerMosaic) / windows) * patchesPerMosaic;
}

/**
 * What window number `turn` holds of each set. In each round every window of a set that is cut has its turn once, in an order drawn
 * for the set and the round; it depends on nothing else, so a resumed run meets the same windows.
 */
export function windowRanges(plan: WindowPlan, counts: readonly number[], seed: number, turn: number): PatchRange[] {
  const { whole, windows } = plan;
  const round = Math.floor(turn / windows);
  return counts.map((count, set) => {
    if (whole[set]) return { first: 0, end: count };
    const order = shuffled(windows, stepSeed(stepSeed(seed, ~set), round));
    return rangeOf(windows, count, order[turn % windows]);
  });
}

function rangeOf(windows: number, count: number, window: number): PatchRange {
  const mosaics = Math.ceil(count / patchesPerMosaic);
  const border = (w: number): number => Math.min(count, Math.floor((w * mosaics) / windows) * patchesPerMosaic);
  return { first: border(window), end: border(window + 1) };
}

/**
 * Checks that every window of every set can be trained on: worth knowing before hours of work.
 * @throws DataError naming the folder of a set with a window that has no true pair, or no wrong one
 */
export function requirePairs({ whole, windows }: WindowPlan, sets: readonly UnreadPatchSet[]): void {
  sets.forEach(({ folder, count, point }, set) => {
    for (let window = 0; !whole[set] && window < windows; window++) {
      const range = rangeOf(windows, count, window);
      if (hasPairs(point, range)) continue;
      throw new DataError(
        `${folder} is trained on in ${windows} windows for want of memory, and in one (patches ${range.first} to ${range.end - 1}) ` +
          'there is no true pair or no wrong one; train with more --memory, or with a set whose patches of a point are nearer together',
      );
    }
  });
}

/** Whether two patches show the same point, and two do not. */
function hasPairs(point: Uint32Array, { first, end }: PatchRange): boolean {
  const met = new Set<number>();
  for (let patch = first; patch < end; patch++) {
    met.add(point[patch]);
    if (met.size > 1 && met.size < patch + 1 - first) return true;
  }
  return false;
}

function shuffled(count: number, seed: number): Uint32Array {
  const random = createRandom(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}
