import { densify } from '../src/dataset/sfm/densify.ts';
import type { SurfaceKeypoints } from '../src/dataset/sfm/match-surfaces.ts';
import type { PosedPhoto, SfmModel } from '../src/dataset/sfm/model.ts';
import { findOverlap } from '../src/dataset/sfm/photo-overlap.ts';
import { bFromA } from '../src/dataset/sfm/relative-pose.ts';
import { settleTracks, type SettledTrack, type SightingOf } from '../src/dataset/sfm/settle-tracks.ts';
import { surfacePointsOf } from '../src/dataset/sfm/surface-points.ts';
import { joinTracks, type KeypointOf } from '../src/dataset/sfm/tracks.ts';
import type { DetectorName } from '../src/features/detect.ts';
import type { Keypoints } from '../src/features/keypoints.ts';
import type { Observer } from './observer.ts';
import type { Pool } from './pool.ts';

/** What one detector found in one photo of the model. */
export interface SfmView {
  /** Index in the model. */
  readonly photo: number;
  readonly detector: DetectorName;
  /** Px of the model's photo. */
  readonly keypoints: Keypoints;
}

/** Which keypoints show the same places. */
export interface SfmTracks {
  readonly tracks: readonly SettledTrack[];
  /** Keypoints that were matched, but not without contradiction. */
  readonly doubtful: readonly KeypointOf[];
}

/**
 * The surface known from the sparse points is matched over; the places found so are added to it and let it grow. Further
 * rounds find little more.
 */
const rounds = 3;

/** Matches the keypoints of all views by the geometry of the reconstruction. */
export async function matchSfmViews(
  model: SfmModel,
  views: readonly SfmView[],
  pool: Pool,
  observe: Observer,
): Promise<SfmTracks> {
  const { photos } = model;
  const sparse = surfacePointsOf(model);
  const { neighbours, pairs } = findOverlap(model);
  const neighbourViews = neighbours.map((others, photo) =>
    others.map((other) => ({ camera: photos[other].camera, fromPhoto: bFromA(photos[photo], photos[other]) })),
  );
  const viewPairs = pairsOfViews(views, pairs);
  const sightingOf: SightingOf = ({ view, keypoint }) => {
    const { photo, keypoints } = views[view];
    return { photo, x: keypoints.x[keypoint], y: keypoints.y[keypoint] };
  };
  let points = sparse;
  let found: SfmTracks = { tracks: [], doubtful: [] };
  for (let round = 0; round < rounds; round++) {
    const progress =
      (stage: 'surfaces' | 'score', total: number) =>
      (done: number): void =>
        observe({ type: 'progress', stage, done: round * total + done, total: rounds * total });
    const surfaces = await pool.map(
      'fitSfmSurfaces',
      views.map(({ photo, keypoints }) => ({
        camera: photos[photo].camera,
        points: points[photo],
        neighbours: neighbourViews[photo],
        keypoints: { x: keypoints.x, y: keypoints.y },
      })),
      progress('surfaces', views.length),
    );
    const placed = views.map(({ photo, keypoints }, view) =>
      surfaceKeypoints(photos[photo], keypoints, surfaces[view]),
    );
    const matches = await pool.map(
      'matchSfmSurfaces',
      viewPairs.map(([view1, view2]) => ({ a: placed[view1], b: placed[view2] })),
      progress('score', viewPairs.length),
    );
    const joined = joinTracks(
      views.map(({ keypoints }) => keypoints.count),
      matches.map((match, i) => ({ view1: viewPairs[i][0], view2: viewPairs[i][1], ...match })),
    );
    const { settled, putOut } = settleTracks(photos, joined.tracks, sightingOf);
    found = { tracks: settled, doubtful: [...joined.disputed, ...putOut] };
    points = densify(photos, sparse, settled, sightingOf);
  }
  return found;
}

/** The pairs of views of two photos that one detector searched. */
function pairsOfViews(
  views: readonly SfmView[],
  pairs: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  const viewsOf = new Map<number, number[]>();
  views.forEach(({ photo }, view) => viewsOf.set(photo, [...(viewsOf.get(photo) ?? []), view]));
  return pairs.flatMap(([photo1, photo2]) =>
    (viewsOf.get(photo1) ?? []).flatMap((view1) =>
      (viewsOf.get(photo2) ?? [])
        .filter((view2) => views[view1].detector === views[view2].detector)
        .map((view2) => [view1, view2] as const),
    ),
  );
}

/** Only what matching needs: it goes to a worker for every pair. */
function surfaceKeypoints(
  { camera, R, t }: PosedPhoto,
  { x, y, size, angle }: Keypoints,
  surfaces: SurfaceKeypoints['surfaces'],
): SurfaceKeypoints {
  return { camera, R, t, keypoints: { x, y, size, angle }, surfaces };
}
