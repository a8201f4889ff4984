import type { PosedPhoto } from './model.ts';
import type { SettledTrack, SightingOf } from './settle-tracks.ts';
import {
  joinSurfacePoints,
  type SeenPlace,
  smallestAngle,
  surfacePointsAt,
  type SurfacePoints,
} from './surface-points.ts';

/**
 * More samples of the surfaces: the places of tracks. They lie where the keypoints are, also where the reconstruction's
 * own features found nothing, so that the known surface grows.
 */
export function densify(
  photos: readonly PosedPhoto[],
  points: readonly SurfacePoints[],
  tracks: readonly SettledTrack[],
  sightingOf: SightingOf,
): SurfacePoints[] {
  const added: SeenPlace[][] = photos.map(() => []);
  for (const { keypoints, position, angle } of tracks) {
    if (angle < smallestAngle) continue;
    for (const keypoint of keypoints) {
      const { photo, x, y } = sightingOf(keypoint);
      added[photo].push({ x, y, position });
    }
  }
  return points.map((known, photo) => joinSurfacePoints(known, surfacePointsAt(photos[photo], added[photo])));
}
