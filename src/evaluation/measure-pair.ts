import type { PairTruth, PoseTruth } from '../dataset/pair-truths.ts';
import type { MatchesFile } from '../export/matches-file.ts';
import { squaredEpipolarErrors } from '../geometry/epipolar-problem.ts';
import { calibratedPairs, estimateEssential } from '../geometry/estimate-epipolar.ts';
import { estimateHomography } from '../geometry/estimate-homography.ts';
import { maxErrorPx } from '../geometry/estimate-pair.ts';
import { fundamentalFromEssential } from '../geometry/pinhole.ts';
import { planePairs } from '../geometry/plane-pairs.ts';
import { poseFromEssential } from '../geometry/relative-pose.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transformPoint } from '../math/matrix3.ts';
import { cornerError, overlapError, poseError } from './pair-errors.ts';

/** How matches and geometry of a pair compare with the truth. */
export interface MeasuredPair {
  /** Px, or degrees for a pose; infinite where there is no geometry, or one of another kind. */
  readonly error: number;
  /** Of what our own MAGSAC++ makes of the matches alone. */
  readonly errorMagsac: number;
  readonly matches: number;
  /** Matches listed as inliers, and how many of them are right. */
  readonly inliers: number;
  readonly rightInliers: number;
  /** Whether each match is right, by the truth: 1 or 0. */
  readonly right: Uint8Array;
}

/** A match is right so near to the place, or to the epipolar line, that the truth says; px. */
const rightWithinPx = 3;

/** @param seed of the re-estimation */
export function measurePair(pair: PairTruth, file: MatchesFile, seed: number): MeasuredPair {
  const points = Float64Array.from(file.matches.flatMap((row) => row.slice(0, 4)));
  const errors = errorsByTruth(pair.truth, points);
  const right = Uint8Array.from(errors, (error) => (error <= rightWithinPx ? 1 : 0));
  const { inliers } = file.geometry;
  return {
    error: errorOf(pair, file),
    errorMagsac: errorOf(pair, { ...file, geometry: reestimated(pair, file, points, seed) }),
    matches: file.matches.length,
    inliers: inliers.length,
    rightInliers: inliers.filter((m) => right[m] === 1).length,
    right,
  };
}

function errorOf(
  { set, truth }: PairTruth,
  { geometry, image1, image2 }: Pick<MatchesFile, 'geometry' | 'image1' | 'image2'>,
): number {
  if (truth.kind === 'pose') {
    return geometry.kind === 'essential' ? poseError(truth, { R: geometry.R!, t: geometry.t! }) : Infinity;
  }
  if (geometry.kind !== 'homography') return Infinity;
  // Views so different that corners land widths outside are compared where the photos overlap.
  if (set === 'evd') return overlapError(truth.image2FromImage1, geometry.matrix!, image1, image2);
  return cornerError(truth.image2FromImage1, geometry.matrix!, image1);
}

function reestimated(
  { truth }: PairTruth,
  { image1, image2, geometry }: MatchesFile,
  points: Float64Array,
  seed: number,
): MatchesFile['geometry'] {
  const sizes = { size1: image1, size2: image2, seed };
  const mutable = (m: Matrix3): [...Matrix3] => [...m];
  if (truth.kind === 'homography') {
    const found = estimateHomography(points, { ...sizes, maxErrorPx: maxErrorPx('homography', image2) });
    return found === null
      ? { ...geometry, kind: 'none' }
      : { ...geometry, kind: 'homography', matrix: mutable(found.image2FromImage1) };
  }
  const { camera1, camera2 } = truth;
  const found = estimateEssential(points, camera1, camera2, { ...sizes, maxErrorPx: maxErrorPx('epipolar', image2) });
  if (found === null) return { ...geometry, kind: 'none' };
  const { R, t } = poseFromEssential(
    found.matrix,
    calibratedPairs(points, camera1, camera2, image1, image2),
    found.inliers,
  );
  return { ...geometry, kind: 'essential', R: mutable(R), t: [...t] };
}

/** How far each match lies from where the truth has it: from the place, or from the epipolar line; px. */
function errorsByTruth(truth: PairTruth['truth'], points: Float64Array): Float64Array {
  if (truth.kind === 'homography') {
    return Float64Array.from({ length: points.length / 4 }, (_, m) => {
      const [x1, y1, x2, y2] = points.subarray(4 * m, 4 * m + 4);
      const [u, v] = transformPoint(truth.image2FromImage1, x1, y1);
      return Math.hypot(x2 - u, y2 - v);
    });
  }
  const frame = { cx: 0, cy: 0, unit: 1 };
  const pairs = planePairs(points, frame, frame);
  const squared = new Float64Array(pairs.count);
  squaredEpipolarErrors(fundamentalFromEssential(essentialOf(truth), truth.camera1, truth.camera2), pairs, squared);
  return squared.map(Math.sqrt);
}

function essentialOf({ R, t: [x, y, z] }: PoseTruth): Matrix3 {
  return multiply3([0, -z, y, z, 0, -x, -y, x, 0], R);
}
