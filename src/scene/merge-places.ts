import type { Keypoints } from '../features/keypoints.ts';

/** Keypoints that differ only in angle are one place. */
export interface Places {
  readonly count: number;
  /** Place of each keypoint. */
  readonly placeOf: Uint32Array;
  /** The first keypoint of each place: the one that speaks for it. */
  readonly keypointOf: Uint32Array;
}

/** Numbers the places of a photo in order of their first keypoints. */
export function mergePlaces({ count, location }: Pick<Keypoints, 'count' | 'location'>): Places {
  const placeOf = new Uint32Array(count);
  const known = new Map<number, number>();
  const keypointOf: number[] = [];
  for (let i = 0; i < count; i++) {
    const place = known.get(location[i]) ?? keypointOf.push(i) - 1;
    known.set(location[i], place);
    placeOf[i] = place;
  }
  return { count: keypointOf.length, placeOf, keypointOf: Uint32Array.from(keypointOf) };
}

/**
 * Of matches between keypoints, best first, those that stay when each place may be matched once: the best of both its places.
 * @returns their indices, ascending
 */
export function oncePerPlace(
  index1: ArrayLike<number>,
  index2: ArrayLike<number>,
  places1: Places,
  places2: Places,
): Uint32Array {
  const taken1 = new Uint8Array(places1.count);
  const taken2 = new Uint8Array(places2.count);
  const kept: number[] = [];
  for (let m = 0; m < index1.length; m++) {
    const [p, q] = [places1.placeOf[index1[m]], places2.placeOf[index2[m]]];
    if (taken1[p] === 1 || taken2[q] === 1) continue;
    taken1[p] = 1;
    taken2[q] = 1;
    kept.push(m);
  }
  return Uint32Array.from(kept);
}
