import type { Random } from '../../math/random.ts';
import { isWrong } from '../wrong-patch.ts';
import type { TrainingSet } from './training-data.ts';

/** Stands for "no such patch". */
export const noPatch = 0xffffffff;

/**
 * A patch that has a partner: each photo is as likely as any other, and each such patch of it. Drawn from all patches alike,
 * photos that share much with others, as those from nearby do, would leave little to those from far apart.
 */
export function drawAnchor({ index }: TrainingSet, random: Random): number {
  const { byPhoto, photoStart, pointOf, pointStart, anchors } = index;
  for (let attempt = 0; attempt < 64; attempt++) {
    const photo = random.integer(photoStart.length - 1);
    const count = photoStart[photo + 1] - photoStart[photo];
    for (let draw = 0; draw < 16; draw++) {
      const patch = byPhoto[photoStart[photo] + random.integer(count)];
      const point = pointOf[patch];
      if (pointStart[point + 1] - pointStart[point] > 1) return patch;
    }
  }
  // Few patches of the set have a partner.
  return anchors[random.integer(anchors.length)];
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
