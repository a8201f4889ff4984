import { centreOf, type PosedPhoto, type Vector3 } from './model.ts';
import { widestAngle } from './surface-points.ts';
import type { KeypointOf } from './tracks.ts';
import { triangulate } from './triangulate.ts';

/** A track whose keypoints meet in one place of the world. */
export interface SettledTrack {
  readonly keypoints: readonly KeypointOf[];
  readonly position: Vector3;
  /** The widest angle at which two of its rays meet, radians. */
  readonly angle: number;
}

/** Where a keypoint is: the index of its photo and px there. */
export type SightingOf = (keypoint: KeypointOf) => { readonly photo: number; readonly x: number; readonly y: number };

/** A place must project to within this of each keypoint of its track, px. */
const largestError = 2.5;

/**
 * Triangulates tracks. A keypoint that the place of its track does not project to is put out of it, the worst first;
 * a track with fewer than two keypoints left is none.
 * @returns the tracks, and the keypoints that were put out
 */
export function settleTracks(
  photos: readonly PosedPhoto[],
  tracks: readonly (readonly KeypointOf[])[],
  sightingOf: SightingOf,
): { settled: SettledTrack[]; putOut: KeypointOf[] } {
  const settled: SettledTrack[] = [];
  const putOut: KeypointOf[] = [];
  for (const track of tracks) {
    let left = [...track];
    while (left.length >= 2) {
      const sightings = left.map((keypoint) => {
        const { photo, x, y } = sightingOf(keypoint);
        return { photo: photos[photo], x, y };
      });
      const place = triangulate(sightings);
      if (place !== null && place.largestError <= largestError) {
        const centres = sightings.map(({ photo }) => centreOf(photo));
        settled.push({ keypoints: left, position: place.position, angle: widestAngle(place.position, centres) });
        break;
      }
      // Rays that meet nowhere do not say which of them is wrong.
      const worst = place?.worst;
      const out = worst === undefined || left.length === 2 ? left : [left[worst]];
      putOut.push(...out);
      left = left.filter((keypoint) => !out.includes(keypoint));
    }
    if (left.length === 1) putOut.push(...left);
  }
  return { settled, putOut };
}
