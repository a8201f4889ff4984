import { join } from 'node:path';
import { resemblingPart, thumbnailPixels } from '../src/dataset/sfm/photometric-check.ts';
import { selectPatches, type SelectedKeypoint } from '../src/dataset/sfm/select-patches.ts';
import type { KeypointOf } from '../src/dataset/sfm/tracks.ts';
import type { Observer } from './observer.ts';
import type { Pool } from './pool.ts';
import type { SfmTracks, SfmView } from './sfm-matching.ts';
import type { SfmPhotos } from './sfm-photos.ts';
import type { CutSfmInput } from './worker-sfm.ts';

interface Context {
  /** The photos' folder. */
  readonly folder: string;
  readonly maxPixels: number;
  readonly pool: Pool;
  readonly observe: Observer;
}

/** Chooses the keypoints of a set: tracks whose patches resemble each other, and distractors. */
export async function chooseSfmPatches(
  found: SfmPhotos,
  { tracks, doubtful }: SfmTracks,
  seed: number,
  context: Context,
): Promise<SelectedKeypoint[]> {
  const thumbnails = await cutThumbnails(
    found,
    tracks.map(({ keypoints }) => keypoints),
    context,
  );
  const kept: KeypointOf[][] = [];
  const different: KeypointOf[] = [];
  tracks.forEach(({ keypoints }, track) => {
    const part = resemblingPart(thumbnails[track]);
    different.push(...keypoints.filter((_, i) => !part.includes(i)));
    if (part.length > 0) kept.push(part.map((i) => keypoints[i]));
  });
  const counts = found.views.map(({ keypoints }) => keypoints.count);
  return selectPatches(counts, kept, [...doubtful, ...different], seed);
}

/** Per track the thumbnails of its keypoints. */
async function cutThumbnails(
  found: SfmPhotos,
  tracks: readonly (readonly KeypointOf[])[],
  context: Context,
): Promise<Float32Array[][]> {
  const { pool, observe } = context;
  const places: { readonly track: number; readonly keypoint: number }[][] = found.views.map(() => []);
  tracks.forEach((track, index) => {
    for (const { view, keypoint } of track) places[view].push({ track: index, keypoint });
  });
  const cut = await pool.map(
    'cutSfmThumbnails',
    found.views.map((view, i) =>
      cutInput(
        found,
        view,
        places[i].map(({ keypoint }) => keypoint),
        context,
      ),
    ),
    (done) => observe({ type: 'progress', stage: 'patches', done, total: 2 * found.views.length }),
  );
  const next = found.views.map(() => new Map<number, Float32Array>());
  places.forEach((list, view) =>
    list.forEach(({ keypoint }, i) =>
      next[view].set(keypoint, cut[view].subarray(i * thumbnailPixels, (i + 1) * thumbnailPixels)),
    ),
  );
  return tracks.map((track) => track.map(({ view, keypoint }) => next[view].get(keypoint)!));
}

/** What a worker needs to cut patches of a view. */
export function cutInput(
  { model }: SfmPhotos,
  { photo, detector, keypoints }: SfmView,
  chosen: readonly number[],
  { folder, maxPixels }: Pick<Context, 'folder' | 'maxPixels'>,
): CutSfmInput {
  const { x, y, size, angle } = keypoints;
  return {
    path: join(folder, model.photos[photo].name),
    maxPixels,
    detector,
    keypoints: { x, y, size, angle },
    chosen: Uint32Array.from(chosen),
  };
}
