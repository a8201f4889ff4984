import type { Shortlister } from '../matching/shortlist.ts';
import { concatenate } from '../math/concatenate.ts';
import { createRandom, type Random } from '../math/random.ts';
import { takeRows } from '../math/take-rows.ts';
import { type PatchIndex, truePairsOf } from './patch-index.ts';
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
 * @param maxAnchors if there are more, so many of them are drawn by the seed, from all pairs of photos alike as far as each
 *   has them: photos from far apart share little, and would be hardly met
 */
export function planMining(index: PatchIndex, maxAnchors: number, seed: number): MiningTask[] {
  const photos = index.photoStart.length - 1;
  const all = Array.from({ length: photos }, (_, photo) => [...truePairsOf(index, photo).values()]);
  const counts = all.flatMap((groups) => groups.map((pairs) => pairs.length / 2));
  const shares = evenShares(counts, maxAnchors);
  const random = createRandom(seed);
  const tasks: MiningTask[] = [];
  let first = 0;
  all.forEach((groups, photo) => {
    const rows = groups.flatMap((pairs, i) => drawRows(pairs, shares[first + i], random));
    first += groups.length;
    if (rows.length === 0) return;
    rows.sort(([partner1], [partner2]) => partner1 - partner2);
    const column = (at: 0 | 1): Uint32Array => Uint32Array.from(rows, (row) => row[at]);
    tasks.push({ photo, patch1: column(1), true2: column(0) });
  });
  return tasks;
}

/** `most` in all, shared out evenly over the groups, each getting no more than it has. */
function evenShares(counts: readonly number[], most: number): number[] {
  const shares = counts.map(() => 0);
  const smallestFirst = [...counts.keys()].sort((a, b) => counts[a] - counts[b]);
  let left = most;
  smallestFirst.forEach((group, done) => {
    shares[group] = Math.min(counts[group], Math.floor(left / (counts.length - done)));
    left -= shares[group];
  });
  return shares;
}

/** `wanted` of the pairs (partner, anchor), in their order (Knuth's selection sampling). */
function drawRows(pairs: readonly number[], wanted: number, random: Random): [number, number][] {
  const total = pairs.length / 2;
  const rows: [number, number][] = [];
  for (let row = 0; row < total && rows.length < wanted; row++) {
    if (random.next() * (total - row) < wanted - rows.length) rows.push([pairs[row * 2], pairs[row * 2 + 1]]);
  }
  return rows;
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
  const rows1 = takeRows(descriptors, length, patch1);
  const rows2 = takeRows(descriptors, length, candidates);
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
  const join = (column: 'patch1' | 'true2' | 'hard2'): Uint32Array =>
    concatenate(
      Uint32Array,
      parts.map((part) => part[column]),
    );
  const patch1 = join('patch1');
  return { count: patch1.length, patch1, true2: join('true2'), hard2: join('hard2') };
}
