import { holdRecent } from '../../hold-recent.ts';
import type { SfmFeatures, SfmPair, SfmSet } from '../../scene/sfm-set.ts';

/** Where the keypoints of a photo are, px. */
export type KeypointPlaces = Pick<SfmFeatures, 'x' | 'y'>;

/** Of so many photos the places are kept (64 kB each as a rule): pairs come back to their photos. */
const photosKept = 500;

/** Reads where keypoints are, for a walk over the pairs of a set; memory does not grow with the number of photos. */
export function placesReader(set: SfmSet): (photo: number) => Promise<KeypointPlaces> {
  return holdRecent(photosKept, async (photo: number) => {
    const { x, y } = await set.features(photo);
    return { x, y };
  });
}

/**
 * xa, ya, xb, yb of matches.
 * @param chosen their numbers in the pair
 */
export function pairPoints(
  { matches }: SfmPair,
  chosen: ArrayLike<number>,
  first: KeypointPlaces,
  second: KeypointPlaces,
): Float64Array {
  const points = new Float64Array(4 * chosen.length);
  for (let n = 0; n < chosen.length; n++) {
    const [i, j] = [matches[2 * chosen[n]], matches[2 * chosen[n] + 1]];
    points.set([first.x[i], first.y[i], second.x[j], second.y[j]], 4 * n);
  }
  return points;
}
