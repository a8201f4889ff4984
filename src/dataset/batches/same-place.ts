import type { PatchSet } from '../patch-set.ts';
import type { TrainingSet } from './training-data.ts';

/** Two patches of one point. */
export interface TruePair {
  readonly from: TrainingSet;
  readonly first: number;
  readonly second: number;
}

/** Whether two patches of one photo show about the same place: closer than 8 px or 1.5 sizes of the larger. */
export function isTooNear(set: PatchSet, patch1: number, patch2: number): boolean {
  if (set.point[patch1] === set.point[patch2]) return true;
  if (set.x === null || set.y === null || set.size === null) return false;
  const [dx, dy] = [set.x[patch1] - set.x[patch2], set.y[patch1] - set.y[patch2]];
  return dx * dx + dy * dy < Math.max(8, 1.5 * set.size[patch1], 1.5 * set.size[patch2]) ** 2;
}

/**
 * Marks pairs that must not be each other's wrong partners: those of the same point and those too near each other in some
 * photo; also those of one scene that have no photo in common, as nobody can tell what they are. In a set without places
 * only those of the same point.
 * @param same `[n, n]`, row-major: 1 where pairs i and j are marked, 0 elsewhere and on the diagonal
 */
export function markSame(pairs: readonly TruePair[], same: Float32Array): void {
  same.fill(0);
  for (let i = 0; i < pairs.length; i++) {
    const patchIn = patchesOfPoint(pairs[i]);
    for (let j = 0; j < i; j++) {
      if (!mayBeSame(pairs[i], patchIn, pairs[j])) continue;
      same[i * pairs.length + j] = 1;
      same[j * pairs.length + i] = 1;
    }
  }
}

/** The patch of the pair's point in each photo that has one. */
function patchesOfPoint({ from: { index }, first }: TruePair): Map<number, number> {
  const point = index.pointOf[first];
  const patches = index.byPoint.subarray(index.pointStart[point], index.pointStart[point + 1]);
  return new Map(Array.from(patches, (patch) => [index.photoOf[patch], patch]));
}

function mayBeSame(pair: TruePair, patchIn: ReadonlyMap<number, number>, other: TruePair): boolean {
  if (sceneOf(pair) !== sceneOf(other)) return false;
  if (pair.from !== other.from) return true;
  const { set, index } = pair.from;
  const point = index.pointOf[other.first];
  if (point === index.pointOf[pair.first]) return true;
  if (set.x === null) return false;
  let meet = false;
  for (let i = index.pointStart[point]; i < index.pointStart[point + 1]; i++) {
    const patch = patchIn.get(index.photoOf[index.byPoint[i]]);
    if (patch === undefined) continue;
    if (isTooNear(set, patch, index.byPoint[i])) return true;
    meet = true;
  }
  return !meet;
}

function sceneOf({ from, first }: TruePair): number {
  return from.scenes[from.index.photoOf[first]];
}
