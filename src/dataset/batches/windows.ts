import { createRandom } from '../../math/random.ts';
import type { Anchors, PatchSet } from '../patch-set.ts';
import { stepSeed } from './training-data.ts';

/** Patches `[first, end)` of a set. */
export interface PatchRange {
  readonly first: number;
  readonly end: number;
}

/** How sets too large for the memory are trained on part by part. */
export interface WindowPlan {
  /** Sets that stay in memory as they are: of every turn's window. */
  readonly whole: readonly boolean[];
  /** Every other set is cut into so many windows, each of neighbouring patches. */
  readonly windows: number;
  /** Steps before the next window's turn. */
  readonly stepsPerWindow: number;
}

/** Patches of a mosaic file, the unit of reading. */
const mosaicPatches = 256;
const patchBytes = 64 * 64;

/**
 * Keeps small sets whole, up to half of the memory, and cuts the others into windows so that two, the present one and
 * the next, fit into the rest. A round of windows draws about as many patches as the sets have.
 * @param counts patches of each set
 * @param patchesPerStep patches of a batch
 * @returns null where all sets fit as a whole
 */
export function planWindows(counts: readonly number[], memoryBytes: number, patchesPerStep: number): WindowPlan | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const memory = memoryBytes / patchBytes;
  if (total <= memory) return null;
  const whole = counts.map(() => false);
  let held = 0;
  const smallestFirst = counts.map((_, set) => set).sort((a, b) => counts[a] - counts[b] || a - b);
  for (const set of smallestFirst) {
    if (held + counts[set] > memory / 2) break;
    whole[set] = true;
    held += counts[set];
  }
  const windows = Math.ceil((2 * (total - held)) / (memory - held));
  return { whole, windows, stepsPerWindow: Math.max(1, Math.round(total / windows / patchesPerStep)) };
}

/** Number of the window that serves batch `step`; windows are counted on through the rounds. */
export function windowOfStep({ stepsPerWindow }: WindowPlan, step: number): number {
  return Math.floor(step / stepsPerWindow);
}

/**
 * What window number `turn` holds of each set. In each round every window of a set that is cut has its turn once, in an order drawn
 * for the set and the round; it depends on nothing else, so a resumed run meets the same windows.
 */
export function windowRanges(
  { whole, windows }: WindowPlan,
  counts: readonly number[],
  seed: number,
  turn: number,
): PatchRange[] {
  const round = Math.floor(turn / windows);
  return counts.map((count, set) => {
    if (whole[set]) return { first: 0, end: count };
    const window = shuffled(windows, stepSeed(stepSeed(seed, ~set), round))[turn % windows];
    const mosaics = Math.ceil(count / mosaicPatches);
    const border = (w: number): number => Math.min(count, Math.floor((w * mosaics) / windows) * mosaicPatches);
    return { first: border(window), end: border(window + 1) };
  });
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

/**
 * The set that a range of another is. Pairs and mined anchors that reach beyond the range are left out.
 * @param patches those of the range
 */
export function cutWindow(set: Omit<PatchSet, 'patches'>, { first, end }: PatchRange, patches: Uint8Array): PatchSet {
  return {
    ...set,
    count: end - first,
    patches,
    point: set.point.slice(first, end),
    photo: set.photo.slice(first, end),
    x: set.x && set.x.slice(first, end),
    y: set.y && set.y.slice(first, end),
    size: set.size && set.size.slice(first, end),
    angle: set.angle && set.angle.slice(first, end),
    anchors: set.anchors && cutAnchors(set.anchors, { first, end }),
  };
}

function cutAnchors({ count, patch1, true2, hard2 }: Anchors, { first, end }: PatchRange): Anchors {
  const perAnchor = count === 0 ? 0 : hard2.length / count;
  const isWithin = (patch: number): boolean => patch >= first && patch < end;
  const rows: number[] = [];
  for (let row = 0; row < count; row++) {
    const hard = hard2.subarray(row * perAnchor, (row + 1) * perAnchor);
    if (isWithin(patch1[row]) && isWithin(true2[row]) && hard.every(isWithin)) rows.push(row);
  }
  const kept = new Uint32Array(rows.length * perAnchor);
  rows.forEach((row, to) => {
    for (let i = 0; i < perAnchor; i++) kept[to * perAnchor + i] = hard2[row * perAnchor + i] - first;
  });
  return {
    count: rows.length,
    patch1: Uint32Array.from(rows, (row) => patch1[row] - first),
    true2: Uint32Array.from(rows, (row) => true2[row] - first),
    hard2: kept,
  };
}
