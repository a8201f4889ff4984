import type { Anchors, PatchSet } from '../../../../src/dataset/patch-set.ts';
import { createRandom } from '../../../../src/math/random.ts';

/**
 * Photo pairs of `places` points each, on a grid 40 px wide, patches in the order of the photos: patch
 * (2·pair + side)·places + i shows point pair·places + i. The first four pixels of a patch say its number; the rest is noise.
 */
export function syntheticSet(photoPairs: number, places: number, anchors: Anchors | null = null): PatchSet {
  const count = photoPairs * 2 * places;
  const patches = new Uint8Array(new SharedArrayBuffer(count * 4096));
  const random = createRandom(7);
  for (let i = 0; i < patches.length; i++) patches[i] = random.integer(256);
  const ids = Array.from({ length: count }, (_, patch) => patch);
  const place = (patch: number): number => patch % places;
  return {
    folder: 'synthetic',
    count,
    side: 64,
    patches,
    point: Uint32Array.from(ids, (patch) => 100 + Math.floor(patch / (2 * places)) * places + place(patch)),
    photo: Uint32Array.from(ids, (patch) => 10 + Math.floor(patch / places)),
    x: Float32Array.from(ids, (patch) => 20 + 40 * (place(patch) % 10)),
    y: Float32Array.from(ids, (patch) => 20 + 40 * Math.floor(place(patch) / 10)),
    size: new Float32Array(count).fill(6),
    angle: new Float32Array(count),
    anchors,
    patchScale: 6,
    photoNames: null,
  };
}

/** Finds the stored patch that batch patch `place` is, unchanged or turned, by all its pixels; −1 for none. */
export function identify(set: PatchSet, patches: Float32Array, place: number): number {
  const key = sortedSum(patches.subarray(place * 4096, (place + 1) * 4096), 255);
  for (let i = 0; i < set.count; i++) {
    if (Math.abs(sortedSum(set.patches.subarray(i * 4096, (i + 1) * 4096), 1) - key) < 0.5) return i;
  }
  return -1;
}

/** Sums that no turn changes: of the squares, which tell noise patches apart. */
function sortedSum(values: ArrayLike<number>, scale: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.round(values[i] * scale) ** 2;
  return sum;
}
