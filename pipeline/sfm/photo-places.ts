import type { TransferredPlaces } from './complete-tracks.ts';
import { matchedPlaces, type SettledPlaces } from './settle-places.ts';

/** The places of one photo: those of its keypoints, settled, and after them those that were transferred. */
export interface PhotoPlaces {
  /** How many have a keypoint: the first. */
  readonly detected: number;
  /** Px of the upright photo. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The place of each track that comes through the photo; of several the first. */
  readonly ofTrack: ReadonlyMap<number, number>;
}

export function placesOfPhoto(settled: SettledPlaces, transferred: TransferredPlaces, photo: number): PhotoPlaces {
  const { first, at, tracks } = settled;
  const [start, end] = [first[photo], first[photo + 1]];
  const detected = end - start;
  const x = new Float32Array(detected + transferred.x.length);
  const y = new Float32Array(x.length);
  const ofTrack = new Map<number, number>();
  for (let place = start; place < end; place++) {
    x[place - start] = at[2 * place];
    y[place - start] = at[2 * place + 1];
  }
  for (const place of matchedPlaces(settled, photo)) {
    const track = tracks.trackOf(place);
    if (!ofTrack.has(track)) ofTrack.set(track, place - start);
  }
  x.set(transferred.x, detected);
  y.set(transferred.y, detected);
  transferred.track.forEach((track, i) => ofTrack.set(track, detected + i));
  return { detected, x, y, ofTrack };
}

/** Places of two photos, one of them at least transferred. */
export interface TransferredMatch {
  readonly p: number;
  readonly q: number;
}

/** What two photos have in common beyond the matches of their keypoints: tracks that were found in one of them or both by others. */
export function transferredMatches(first: PhotoPlaces, second: PhotoPlaces): TransferredMatch[] {
  const matches: TransferredMatch[] = [];
  for (const [track, p] of first.ofTrack) {
    const q = second.ofTrack.get(track);
    if (q !== undefined && (p >= first.detected || q >= second.detected)) matches.push({ p, q });
  }
  return matches;
}
