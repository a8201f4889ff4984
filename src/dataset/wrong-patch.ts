import type { PatchSet } from './patch-set.ts';

/** Side of a patch in keypoint sizes where a set does not say. */
const defaultPatchScale = 6;

/** What of a set tells a wrong patch. */
export type PlacedPatches = Pick<PatchSet, 'point' | 'x' | 'y' | 'size' | 'patchScale'>;

/**
 * Whether a patch of the true partner's photo is wrong: of another point and further away than 10 px and than a third
 * of the true patch's side. Where the set has no places, another point is enough.
 */
export function isWrong(set: PlacedPatches, partner: number, patch: number): boolean {
  if (set.point[patch] === set.point[partner]) return false;
  if (set.x === null || set.y === null || set.size === null) return true;
  const apart = Math.hypot(set.x[patch] - set.x[partner], set.y[patch] - set.y[partner]);
  return apart > Math.max(10, (set.size[partner] * (set.patchScale ?? defaultPatchScale)) / 3);
}
