import { patchSide } from '../../features/patches.ts';

/** Patches are compared at this side: what matters is what they show, not how sharp. */
const side = 16;
export const thumbnailPixels = side * side;
const reach = 1;

/** Pairs that correlate less than this at every small shift show different things: no light or view explains it. */
const leastCorrelation = 0.1;

/** A patch averaged down to 16×16. */
export function thumbnail(patch: Uint8Array): Float32Array {
  const step = patchSide / side;
  const small = new Float32Array(side * side);
  for (let y = 0; y < patchSide; y++) {
    for (let x = 0; x < patchSide; x++) {
      small[Math.floor(y / step) * side + Math.floor(x / step)] += patch[y * patchSide + x] / (step * step);
    }
  }
  return small;
}

/**
 * Splits a track by what its patches look like, and keeps the largest part in which each patch resembles another. Only
 * gross errors go: the bound is far below what right pairs reach, so what is hard to recognise stays.
 * @param thumbnails one a keypoint of the track
 * @returns indices of those that stay; empty where nothing resembles anything
 */
export function resemblingPart(thumbnails: readonly Float32Array[]): number[] {
  const unseen = new Set(thumbnails.keys());
  let largest: number[] = [];
  for (const first of thumbnails.keys()) {
    if (!unseen.delete(first)) continue;
    const part = [first];
    for (const i of part) {
      for (const j of unseen) {
        if (bestCorrelation(thumbnails[i], thumbnails[j]) < leastCorrelation) continue;
        part.push(j);
        unseen.delete(j);
      }
    }
    if (part.length > largest.length) largest = part;
  }
  return largest.length < 2 ? [] : largest.sort((a, b) => a - b);
}

/** The highest normalised cross-correlation at shifts of up to a pixel of the thumbnails (4 px of the patch). */
function bestCorrelation(a: Float32Array, b: Float32Array): number {
  let best = -1;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) best = Math.max(best, correlation(a, b, dx, dy));
  }
  return best;
}

/** Of a(x, y) with b(x + dx, y + dy), where both are; 0 where one is flat. */
function correlation(a: Float32Array, b: Float32Array, dx: number, dy: number): number {
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let y = Math.max(0, -dy); y < Math.min(side, side - dy); y++) {
    for (let x = Math.max(0, -dx); x < Math.min(side, side - dx); x++) {
      const p = a[y * side + x];
      const q = b[(y + dy) * side + x + dx];
      n++;
      sa += p;
      sb += q;
      saa += p * p;
      sbb += q * q;
      sab += p * q;
    }
  }
  const variances = (saa - (sa * sa) / n) * (sbb - (sb * sb) / n);
  return variances > 0 ? (sab - (sa * sb) / n) / Math.sqrt(variances) : 0;
}
