import { transferErrors } from '../geometry/homography.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import type { PhotoOfPair } from './match-photos.ts';
import type { NeighbourPairs } from './neighbour-pairs.ts';
import { selectDefaults } from './select.ts';

/**
 * Whether a keypoint is not the one that a view expects, nor beside it.
 * @param errorPx its distance from the expected place
 * @param size of the keypoint, px
 * @param withinPx up to which a keypoint agrees with a view
 */
export function isElsewhere(errorPx: number, size: number, withinPx: number): boolean {
  return errorPx > Math.max(2 * withinPx, selectDefaults.rivalSizes * size);
}

/**
 * How many places, of either photo, have a pair that agrees with a view and contradicts another one.
 * @param withinPx up to which a pair agrees, px of photo 2
 */
export function placesFor(
  view: Matrix3,
  other: Matrix3,
  { points, index1, index2 }: NeighbourPairs,
  { features: a }: PhotoOfPair,
  { features: b }: PhotoOfPair,
  withinPx: number,
): number {
  const errors = transferErrors(view, points);
  const otherErrors = transferErrors(other, points);
  const places1 = new Uint8Array(a.keypoints.count);
  const places2 = new Uint8Array(b.keypoints.count);
  for (let k = 0; k < errors.length; k++) {
    if (!(errors[k] < withinPx && isElsewhere(otherErrors[k], b.keypoints.size[index2[k]], withinPx))) continue;
    places1[a.keypoints.location[index1[k]]] = 1;
    places2[b.keypoints.location[index2[k]]] = 1;
  }
  const marked = (places: Uint8Array): number => places.reduce((sum, mark) => sum + mark, 0);
  return Math.min(marked(places1), marked(places2));
}
