import { performance } from 'node:perf_hooks';
import { calibratedPairs, estimateEssential, estimateFundamental } from '../../dist/src/geometry/estimate-epipolar.js';
import { estimateHomography } from '../../dist/src/geometry/estimate-homography.js';
import { maxErrorPx } from '../../dist/src/geometry/estimate-pair.js';
import { pixelsFromDirections } from '../../dist/src/geometry/pinhole.js';
import { poseFromEssential } from '../../dist/src/geometry/relative-pose.js';
import { multiply3, transpose3 } from '../../dist/src/math/matrix3.js';

/** Our estimators by the kind of geometry, with the errors and options of `estimatePair` and without its test of the evidence. */
export const estimators = {
  homography: (points, settings) => estimateHomography(points, within('homography', settings)),
  fundamental: (points, settings) => estimateFundamental(points, within('epipolar', settings)),
  // As `estimatePair` does: the homography is found first, and its time counts.
  'fundamental, plane tried': (points, settings) => {
    const plane = estimateHomography(points, within('homography', settings));
    return estimateFundamental(points, within('epipolar', settings), plane?.image2FromImage1 ?? null);
  },
  essential: (points, settings, { camera1, camera2 }) =>
    estimateEssential(points, camera1, camera2, within('epipolar', settings)),
};

const within = (kind, settings) => ({ ...settings, maxErrorPx: maxErrorPx(kind, settings.size2) });

/** The homography or pose (null where there is none), how long the estimation of its matrix took and how many samples it drew. */
export function estimate(kind, points, settings, truth) {
  const start = performance.now();
  const estimated = estimators[kind](points, settings, truth);
  const milliseconds = performance.now() - start;
  const iterations = estimated?.iterations ?? 0;
  return { milliseconds, iterations, found: estimated && geometryOf(kind, estimated, points, settings, truth) };
}

function geometryOf(kind, { image2FromImage1, matrix, inliers }, points, { size1, size2 }, { camera1, camera2 }) {
  if (kind === 'homography') return { matrix: image2FromImage1 };
  const essential = kind === 'essential' ? matrix : essentialOf(matrix, camera1, camera2);
  return poseFromEssential(essential, calibratedPairs(points, camera1, camera2, size1, size2), inliers);
}

function essentialOf(fundamental, camera1, camera2) {
  return multiply3(multiply3(transpose3(pixelsFromDirections(camera2)), fundamental), pixelsFromDirections(camera1));
}
