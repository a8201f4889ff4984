import { expect, test } from 'vitest';
import { densify } from '../../../../src/dataset/sfm/densify.ts';
import { matchSurfaces } from '../../../../src/dataset/sfm/match-surfaces.ts';
import { findOverlap } from '../../../../src/dataset/sfm/photo-overlap.ts';
import { bFromA } from '../../../../src/dataset/sfm/relative-pose.ts';
import { settleTracks } from '../../../../src/dataset/sfm/settle-tracks.ts';
import { surfacePointsOf } from '../../../../src/dataset/sfm/surface-points.ts';
import { fitSurfaces } from '../../../../src/dataset/sfm/surface.ts';
import { joinTracks, type KeypointOf } from '../../../../src/dataset/sfm/tracks.ts';
import { detectKeypoints } from '../../../../src/features/detect.ts';
import { loadOpenCv } from '../../../../src/features/opencv.ts';
import { reconstruct, renderedScene } from './rendered-scene.ts';

/** Distance (px) of each pair of keypoints of a track from the truth, both ways; Infinity where one is hidden. */
function errorsOf(
  scene: ReturnType<typeof renderedScene>,
  tracks: readonly (readonly KeypointOf[])[],
  at: (k: KeypointOf) => readonly [number, number],
): number[] {
  const error = (p: KeypointOf, q: KeypointOf): number => {
    const truth = scene.transfer(p.view, ...at(p), q.view);
    const [x, y] = at(q);
    return truth === null ? Infinity : Math.hypot(truth[0] - x, truth[1] - y);
  };
  return tracks.flatMap((track) =>
    track.flatMap((p, i) => track.slice(0, i).map((q) => Math.min(error(p, q), error(q, p)))),
  );
}

test.each([
  ['courtyard', 1200],
  ['square', 1200],
])('keypoints of the rendered %s match where the truth says', { timeout: 60_000 }, async (name, leastPairs) => {
  const scene = renderedScene(name);
  const opencv = loadOpenCv();
  const keypoints = (await scene.images()).map((image) =>
    detectKeypoints(() => opencv, image, { detector: 'akaze', maxKeypoints: 1500 }),
  );
  // Of every photo's keypoints a quarter are what the reconstruction found.
  const seeds = keypoints.flatMap((k, photo) =>
    Array.from({ length: 120 }, (_, i) => ({ photo, x: k.x[10 * i], y: k.y[10 * i] })),
  );
  const model = reconstruct(scene, seeds, 0.4);
  const { neighbours, pairs } = findOverlap(model);
  const sightingOf = ({ view, keypoint }: KeypointOf): { photo: number; x: number; y: number } => ({
    photo: view,
    x: keypoints[view].x[keypoint],
    y: keypoints[view].y[keypoint],
  });
  let points = surfacePointsOf(model);
  let tracks: readonly (readonly KeypointOf[])[] = [];
  const counts: number[] = [];
  for (let round = 0; round < 2; round++) {
    const views = model.photos.map((photo, i) => ({
      ...photo,
      keypoints: keypoints[i],
      surfaces: fitSurfaces(
        photo.camera,
        points[i],
        neighbours[i].map((j) => ({ camera: model.photos[j].camera, fromPhoto: bFromA(photo, model.photos[j]) })),
        keypoints[i],
      ),
    }));
    const matches = pairs.map(([view1, view2]) => ({ view1, view2, ...matchSurfaces(views[view1], views[view2]) }));
    const joined = joinTracks(
      keypoints.map(({ count }) => count),
      matches,
    );
    const { settled } = settleTracks(model.photos, joined.tracks, sightingOf);
    tracks = settled.map((track) => track.keypoints);
    counts.push(tracks.flat().length);
    points = densify(model.photos, surfacePointsOf(model), settled, sightingOf);
  }
  const errors = errorsOf(scene, tracks, (k) => [keypoints[k.view].x[k.keypoint], keypoints[k.view].y[k.keypoint]]);
  errors.sort((a, b) => a - b);
  const wrong = errors.filter((e) => e > 4).length / errors.length;
  console.info(
    `${name}: ${errors.length} pairs, median ${errors[errors.length >> 1].toFixed(2)} px, ${(100 * wrong).toFixed(2)} % wrong`,
  );
  expect(errors.length).toBeGreaterThan(leastPairs);
  expect(errors[errors.length >> 1]).toBeLessThan(1);
  expect(wrong).toBeLessThan(0.02);
  expect(counts[1]).toBeGreaterThan(counts[0]);
});
