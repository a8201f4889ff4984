import type { Random } from '../../math/random.ts';
import { isWrong } from '../wrong-patch.ts';
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
