import { createRandom } from '../math/random.ts';
import { indexPatches } from './patch-index.ts';
import type { PatchSet } from './patch-set.ts';

const side = 64;
/** Between the patches of a pair, and between pairs. */
const [narrow, wide] = [2, 10];
const background = 255;

/** Grey values, row-major. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * A picture of right pairs of a set, drawn by the seed: two patches of one point beside each other, of two photos where
 * there are two.
 * @param columns pairs in a row
 */
export function drawPairSheet(set: PatchSet, columns: number, rows: number, seed: number): Sheet {
  const { byPoint, pointStart, pointOf, photoOf, anchors } = indexPatches(set);
  const random = createRandom(seed);
  const width = wide + columns * (2 * side + narrow + wide);
  const height = wide + rows * (side + wide);
  const pixels = new Uint8Array(width * height).fill(background);
  const put = (patch: number, left: number, top: number): void => {
    for (let v = 0; v < side; v++) {
      const from = (patch * side + v) * side;
      pixels.set(set.patches.subarray(from, from + side), (top + v) * width + left);
    }
  };
  for (let place = 0; place < columns * rows && anchors.length > 0; place++) {
    const first = anchors[random.integer(anchors.length)];
    const point = pointOf[first];
    const others = byPoint.subarray(pointStart[point], pointStart[point + 1]).filter((patch) => patch !== first);
    const elsewhere = others.filter((patch) => photoOf[patch] !== photoOf[first]);
    const partners = elsewhere.length > 0 ? elsewhere : others;
    const left = wide + (place % columns) * (2 * side + narrow + wide);
    const top = wide + Math.floor(place / columns) * (side + wide);
    put(first, left, top);
    put(partners[random.integer(partners.length)], left + side + narrow, top);
  }
  return { width, height, pixels };
}
