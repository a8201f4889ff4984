import type { Random } from '../../math/random.ts';
import type { PatchSet } from '../patch-set.ts';
import type { TrainingSet } from './training-data.ts';

/** Stands for "no such patch". */
export const noPatch = 0xffffffff;

/** A patch that has a partner, each as likely. */
export function drawAnchor({ index }: TrainingSet, random: Random): number {
  return index.anchors[random.integer(index.anchors.length)];
}

/** Another patch of the same point; one of another photo where there is one. */
export function drawPartner({ set, index }: TrainingSet, anchor: number, random: Random): number {
  const point = index.pointOf[anchor];
  const start = index.pointStart[point];
  const count = index.pointStart[point + 1] - start;
  const first = random.integer(count);
  let partner = noPatch;
  for (let i = 0; i < count; i++) {
    const patch = index.byPoint[start + ((first + i) % count)];
    if (patch === anchor) continue;
    if (set.photo[patch] !== set.photo[anchor]) return patch;
    partner = patch;
  }
  return partner;
}

/** The patch of point number `point` in photo number `photo`, or `noPatch`. */
export function patchOfPointIn({ index }: TrainingSet, point: number, photo: number): number {
  for (let i = index.pointStart[point]; i < index.pointStart[point + 1]; i++) {
    if (index.photoOf[index.byPoint[i]] === photo) return index.byPoint[i];
  }
  return noPatch;
}

/**
 * A patch that does not show the place of `partner`: in half the draws of the same photo, where one is found, else any.
 */
export function drawWrong(from: TrainingSet, partner: number, random: Random): number {
  const { set, index } = from;
  if (random.next() < 0.5) {
    const photo = index.photoOf[partner];
    const start = index.photoStart[photo];
    const count = index.photoStart[photo + 1] - start;
    for (let attempt = 0; attempt < 8; attempt++) {
      const patch = index.byPhoto[start + random.integer(count)];
      if (isWrong(set, partner, patch)) return patch;
    }
  }
  // A set has at least two points; that a photo of nothing but one place comes up each time is not worth a check.
  for (let attempt = 0; ; attempt++) {
    const patch = random.integer(set.count);
    if (set.point[patch] === set.point[partner]) continue;
    if (attempt > 64 || set.photo[patch] !== set.photo[partner] || isWrong(set, partner, patch)) return patch;
  }
}

/**
 * Whether a patch of the true partner's photo is wrong: of another point and further away than 10 px and than a third
 * of the true patch's side. Where the set has no places, another point is enough.
 */
export function isWrong(set: PatchSet, partner: number, patch: number): boolean {
  if (set.point[patch] === set.point[partner]) return false;
  if (set.x === null || set.y === null || set.size === null) return true;
  const apart = Math.hypot(set.x[patch] - set.x[partner], set.y[patch] - set.y[partner]);
  return apart > Math.max(10, (set.size[partner] * (set.patchScale ?? defaultPatchScale)) / 3);
}

/** Side of a patch in keypoint sizes where a set does not say. */
const defaultPatchScale = 6;
