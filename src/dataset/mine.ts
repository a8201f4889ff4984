import type { Shortlister } from '../matching/shortlist.ts';
import { createRandom } from '../math/random.ts';
import type { PatchIndex } from './patch-index.ts';
import type { Anchors } from './patch-set.ts';
import { isWrong, type PlacedPatches } from './wrong-patch.ts';

/** Anchor patches whose partners are in one photo. */
export interface MiningTask {
  /** Number of the partners' photo in the index. */
  readonly photo: number;
  readonly patch1: Uint32Array;
  readonly true2: Uint32Array;
}

/**
 * Which anchors to mine: each patch with each patch of the same point in another photo, by the partner's photo, in the
 * order of the photos and patches.
 * @param maxAnchors if there are more, so many of them are drawn by the seed
 */
export function planMining(index: PatchIndex, maxAnchors: number, seed: number): MiningTask[] {
  const photos = index.photoStart.length - 1;
  const all = Array.from({ length: photos }, (_, photo) => truePairsInto(index, photo));
  const total = all.reduce((sum, pairs) => sum + pairs.length / 2, 0);
  const kept = drawSome(total, maxAnchors, seed);
  const tasks: MiningTask[] = [];
  let first = 0;
  all.forEach((pairs, photo) => {
    const rows = Array.from({ length: pairs.length / 2 }, (_, row) => row).filter((row) => kept[first + row] === 1);
    first += pairs.length / 2;
    if (rows.length === 0) return;
    const column = (at: number): Uint32Array => Uint32Array.from(rows, (row) => pairs[row * 2 + at]);
    tasks.push({ photo, patch1: column(0), true2: column(1) });
  });
  return tasks;
}

/** Pairs (anchor patch, partner in the photo), one after the other. */
function truePairsInto(index: PatchIndex, photo: number): number[] {
  const pairs: number[] = [];
  for (let i = index.photoStart[photo]; i < index.photoStart[photo + 1]; i++) {
    const partner = index.byPhoto[i];
    const point = index.pointOf[partner];
    for (let j = index.pointStart[point]; j < index.pointStart[point + 1]; j++) {
      const anchor = index.byPoint[j];
      if (index.photoOf[anchor] !== photo) pairs.push(anchor, partner);
    }
  }
  return pairs;
}

/** 1 for each of `total` that is kept; exactly `most` of them if there are more (Knuth's selection sampling). */
function drawSome(total: number, most: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const kept = new Uint8Array(total);
  let wanted = Math.min(most, total);
  for (let i = 0; i < total; i++) {
    if (random.next() * (total - i) >= wanted) continue;
    kept[i] = 1;
    wanted--;
  }
  return kept;
}

/** Neighbours looked at beyond those asked for, as some of the nearest are right. */
const spareNeighbours = 22;

/**
 * Finds the nearest wrong patches of the partners' photo for each anchor of a task, by descriptors. Anchors for which
 * the photo has too few wrong patches are left out.
 * @param descriptors unit vectors of all patches of the set, row-major
 */
export async function mineTask(
  set: PlacedPatches,
  index: PatchIndex,
  descriptors: Float32Array,
  { photo, patch1, true2 }: MiningTask,
  perAnchor: number,
  shortlister: Shortlister,
): Promise<Anchors> {
  const length = descriptors.length / index.pointOf.length;
  const candidates = index.byPhoto.subarray(index.photoStart[photo], index.photoStart[photo + 1]);
  const gather = (patches: Uint32Array): Float32Array => {
    const rows = new Float32Array(patches.length * length);
    patches.forEach((patch, row) => rows.set(descriptors.subarray(patch * length, (patch + 1) * length), row * length));
    return rows;
  };
  const rows1 = gather(patch1);
  const rows2 = gather(candidates);
  const search = async (rows: Float32Array, depth: number): Promise<{ depth: number; index: Uint32Array }> => {
    const { neighbours1 } = await shortlister.shortlist(rows, rows.length / length, rows2, candidates.length, {
      k: 1,
      depth,
    });
    return neighbours1;
  };
  const near = await search(rows1, perAnchor + spareNeighbours);
  const kept: number[] = [];
  const hard: number[] = [];
  for (let row = 0; row < patch1.length; row++) {
    const wrongOf = (neighbours: Uint32Array): number[] =>
      Array.from(neighbours, (neighbour) => candidates[neighbour])
        .filter((patch) => isWrong(set, true2[row], patch))
        .slice(0, perAnchor);
    let found = wrongOf(near.index.subarray(row * near.depth, (row + 1) * near.depth));
    if (found.length < perAnchor && near.depth < candidates.length) {
      found = wrongOf((await search(rows1.slice(row * length, (row + 1) * length), candidates.length)).index);
    }
    if (found.length < perAnchor) continue;
    kept.push(row);
    for (const patch of found) hard.push(patch);
  }
  return {
    count: kept.length,
    patch1: Uint32Array.from(kept, (row) => patch1[row]),
    true2: Uint32Array.from(kept, (row) => true2[row]),
    hard2: Uint32Array.from(hard),
  };
}

/** The anchors of several tasks, one after the other. */
export function joinAnchors(parts: readonly Anchors[]): Anchors {
  const join = (column: 'patch1' | 'true2' | 'hard2'): Uint32Array => {
    const joined = new Uint32Array(parts.reduce((sum, part) => sum + part[column].length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part[column], at);
      at += part[column].length;
    }
    return joined;
  };
  const patch1 = join('patch1');
  return { count: patch1.length, patch1, true2: join('true2'), hard2: join('hard2') };
}
