import type { Random } from '../../math/random.ts';
import type { PatchSet } from '../patch-set.ts';
import type { TripletPlan } from './batch-plan.ts';
import { drawAnchor, drawPartner, noPatch, patchOfPointIn } from './draw-patches.ts';
import { drawSet, type TrainingData, type TrainingSet } from './training-data.ts';
import type { PatchWriter } from './write-pair.ts';

/** Photo pairs tried for each wanted before pairs of any photos fill the batch (small sets). */
const attemptsPerPhoto = 20;

/**
 * Writes the true pairs, photo pair by photo pair, and fills `same` ([n, n], row-major); see `TripletPlan`: 1 where
 * pairs i and j show the same place or places too near for one to be a wrong partner of the other (the same point, or
 * in some photo closer than 8 px or 1.5 sizes of the larger), 0 elsewhere and on the diagonal.
 */
export function fillTriplets(
  data: TrainingData,
  plan: TripletPlan,
  random: Random,
  writer: PatchWriter,
  same: Float32Array,
): void {
  const pairs = drawTruePairs(data, plan, random);
  pairs.forEach(({ from, first, second }, pair) => {
    const swapped = writer.drawSwap() ? 1 : 0;
    const dihedral = writer.drawDihedral();
    writer.write(from.set, first, dihedral, writer.drawPhotoLook(), pair * 2 + swapped);
    writer.write(from.set, second, dihedral, writer.drawPhotoLook(), pair * 2 + 1 - swapped);
  });
  markSame(pairs, same);
}

interface TruePair {
  readonly from: TrainingSet;
  readonly first: number;
  readonly second: number;
}

function drawTruePairs(data: TrainingData, plan: TripletPlan, random: Random): TruePair[] {
  const wanted = plan.photos * plan.perPhoto;
  const pairs: TruePair[] = [];
  for (let attempt = 0; pairs.length < wanted && attempt < plan.photos * attemptsPerPhoto; attempt++) {
    const from = drawSet(data, random);
    const found = drawPhotoPair(from, Math.min(plan.perPhoto, wanted - pairs.length), random);
    for (const pair of found) pairs.push(pair);
  }
  while (pairs.length < wanted) {
    const from = drawSet(data, random);
    const first = drawAnchor(from, random);
    pairs.push({ from, first, second: drawPartner(from, first, random) });
  }
  return pairs;
}

/** True pairs of two photos that share a point drawn at random, at most `most`, none too near another. */
function drawPhotoPair(from: TrainingSet, most: number, random: Random): TruePair[] {
  const { index, set } = from;
  const anchor = drawAnchor(from, random);
  const [photo1, photo2] = [anchor, drawPartner(from, anchor, random)].map((patch) => index.photoOf[patch]);
  const patches = index.byPhoto.slice(index.photoStart[photo1], index.photoStart[photo1 + 1]);
  const pairs: TruePair[] = [];
  for (let i = 0; i < patches.length && pairs.length < most; i++) {
    const other = i + random.integer(patches.length - i);
    const first = patches[other];
    patches[other] = patches[i];
    const second = patchOfPointIn(from, index.pointOf[first], photo2);
    if (second === noPatch || second === first) continue;
    if (!pairs.some((pair) => isTooNear(set, pair.first, first) || isTooNear(set, pair.second, second))) {
      pairs.push({ from, first, second });
    }
  }
  return pairs;
}

/** Whether two patches of one photo show about the same place. */
function isTooNear(set: PatchSet, patch1: number, patch2: number): boolean {
  if (set.point[patch1] === set.point[patch2]) return true;
  if (set.x === null || set.y === null || set.size === null) return false;
  const apart = Math.hypot(set.x[patch1] - set.x[patch2], set.y[patch1] - set.y[patch2]);
  return apart < Math.max(8, 1.5 * Math.max(set.size[patch1], set.size[patch2]));
}

/** Compares all patches of the pairs' points, photo by photo: two pairs may be of different photos and meet in a third. */
function markSame(pairs: readonly TruePair[], same: Float32Array): void {
  same.fill(0);
  const byPhoto = new Map<TrainingSet, Map<number, { pair: number; patch: number }[]>>();
  pairs.forEach(({ from, first }, pair) => {
    const { index } = from;
    const photos = byPhoto.get(from) ?? new Map<number, { pair: number; patch: number }[]>();
    byPhoto.set(from, photos);
    const point = index.pointOf[first];
    for (let i = index.pointStart[point]; i < index.pointStart[point + 1]; i++) {
      const patch = index.byPoint[i];
      const seen = photos.get(index.photoOf[patch]) ?? [];
      photos.set(index.photoOf[patch], seen);
      for (const other of seen) {
        if (other.pair === pair || !isTooNear(from.set, other.patch, patch)) continue;
        same[pair * pairs.length + other.pair] = 1;
        same[other.pair * pairs.length + pair] = 1;
      }
      seen.push({ pair, patch });
    }
  });
}
