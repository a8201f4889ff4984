import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3 } from '../math/matrix3.ts';
import { angleBetweenRotations } from '../math/rotation.ts';
import { svd3 } from '../math/svd3.ts';
import { dot3 } from '../math/vector3.ts';
import { inCompany } from './company.ts';
import { calibratedPairs, estimateEssential, estimateFundamental } from './estimate-epipolar.ts';
import { estimateHomography } from './estimate-homography.ts';
import type { HomographyEstimate } from './estimate-homography.ts';
import type { Evidence, PairSizes } from './evidence.ts';
import { epipolarEvidence, homographyEvidence, offPlaneEvidence } from './evidence.ts';
import { overlapInImage1 } from './overlap.ts';
import type { FoundGeometry, GeometryRequest, NoGeometry, PairGeometry, SceneKind } from './pair-geometry.ts';
import type { PinholeCamera } from './pinhole.ts';
import { directionsFromPixels, fundamentalFromEssential, pixelsFromDirections } from './pinhole.ts';
import type { PhotoSize } from './plane-pairs.ts';
import { pointsAt } from './points-at.ts';
import type { ViewLimits } from './plausibility.ts';
import { implausibility, spreadProblem } from './plausibility.ts';
import { posesOfPlane } from './poses-of-plane.ts';
import type { CameraMotion } from './relative-pose.ts';
import { poseFromEssential } from './relative-pose.ts';
import type { SampleCount } from './significance.ts';

export interface EstimatePairOptions {
  readonly size1: PhotoSize;
  readonly size2: PhotoSize;
  readonly request: GeometryRequest;
  /** Where the focal lengths are known. */
  readonly cameras: readonly [PinholeCamera, PinholeCamera] | null;
  /** Decides the samples: the same seed gives the same result. */
  readonly seed: number;
  /**
   * Error from which on a match lies off a plane, in units of the largest error of a homography. Default 2: bent lenses and walls are flat
   * enough for a homography. Less keeps the matches on slight relief, which a homography leaves out, by an epipolar geometry.
   */
  readonly planeTolerance?: number;
}

/** Errors from which on a match says nothing, as shares of the longer side of photo 2: far above the noise, which is averaged over. */
const maxErrorShare = { homography: 0.006, epipolar: 0.0015 };
/** Of small photos, whose keypoints are no more exact, px. */
const leastMaxErrorPx = 2;
const defaultPlaneTolerance = 2;
/** Share of the inliers that must lie off the plane: look-alikes in rows agree with an epipolar geometry too (Oxford: up to 2.3 %). */
const leastOffPlaneShare = 0.05;
/** log10 of how many geometries as good may be expected of wrong matches: one in ten thousand pairs of photos. */
const maxLogFalseAlarms = -4;
/** Matches of different places without which nothing is believed. */
const fewestIndependent = 8;
/** A plane seen by each camera at up to 80° from the side, from opposite sides. */
const limits: ViewLimits = { scale: 12, stretch: 35 };
/** Of a plane that was looked at in its own frame, which leaves less to chance: at the inliers that are seen most obliquely. */
const confirmedLimits: ViewLimits = { scale: 24, stretch: 100 };
/** Ratio of the singular values of a rotation, seen through noise and not quite known focal lengths. */
const rotationStretch = 1.06;

/** Radians: poses that differ by less are one. */
const samePose = (3 * Math.PI) / 180;

const samplesOfFive: SampleCount = { size: 5, models: 10 };
const samplesOfSeven: SampleCount = { size: 7, models: 3 };

/**
 * The geometry that matches between two photos show: the essential matrix and relative pose of two known cameras that moved; of
 * unknown ones a homography where one explains all matches (a plane, or a camera that only turned), else a fundamental matrix; `none` where they show no
 * more than wrong matches do by chance.
 * @param points x1, y1, x2, y2 a match, px, best match first
 */
export function estimatePair(points: Float64Array, options: EstimatePairOptions): PairGeometry {
  const count = points.length / 4;
  if (count < fewestIndependent) {
    return none('no-overlap', `only ${count} matches between the photos, too few to tell a shared scene from chance`);
  }
  const plane = findPlane(points, options);
  const flatScene = plane.found
    ? planeGeometry(plane.estimate.image2FromImage1, plane.estimate.inliers, options)
    : plane.failure;
  if (options.request === 'homography') return flatScene;
  const epipolar = findEpipolar(points, options, plane.found ? plane.estimate.image2FromImage1 : null);
  const isDeep = epipolar.found && (!plane.found || isOffPlane(points, epipolar, plane.estimate, options));
  // Known cameras that moved show their pose on a plane too.
  const flat = epipolar.found && plane.found && !isDeep ? poseBeforePlane(points, epipolar, plane, options) : null;
  const moved = isDeep ? epipolar.geometry : flat;
  if (moved !== null) return moved;
  if (!epipolar.found) return options.request === 'auto' && plane.found ? flatScene : epipolar.failure;
  return options.request === 'auto' ? flatScene : none('degenerate', degenerateReasons[options.request]);
}

const degenerateReasons = {
  fundamental:
    'one homography explains all matches (a flat scene, or a camera that only turned), which leaves the fundamental matrix open: ask for a homography',
  essential: 'the camera only turned, so there is no translation and no essential matrix: ask for a homography',
} as const;

const none = (verdict: NoGeometry['verdict'], reason: string, agreeing = 0): NoGeometry => ({
  kind: 'none',
  verdict,
  reason,
  agreeing,
});

type Plane =
  | { readonly found: true; readonly estimate: HomographyEstimate; readonly evidence: Evidence }
  | { readonly found: false; readonly failure: NoGeometry };

type Epipolar =
  | {
      readonly found: true;
      readonly geometry: FoundGeometry;
      readonly fundamental: Matrix3;
      readonly inliers: Uint32Array;
      readonly inlierErrorPx: number;
    }
  | { readonly found: false; readonly failure: NoGeometry };

function findPlane(points: Float64Array, options: EstimatePairOptions): Plane {
  const { size1, size2, seed } = options;
  const estimate = estimateHomography(points, { maxErrorPx: maxErrorPx('homography', size2), size1, size2, seed });
  if (estimate === null) {
    return { found: false, failure: withoutEstimate(points, options) };
  }
  const evidence = homographyEvidence(points, estimate, options);
  const { image2FromImage1, inliers } = estimate;
  if (!isSure(evidence)) return { found: false, failure: byChance(points, evidence) };
  const problem = planeProblem(points, image2FromImage1, inliers, options, limits);
  if (problem !== null) {
    return {
      found: false,
      failure: none('degenerate', `${agreement(points, evidence)}, but ${problem}`, evidence.independent),
    };
  }
  return { found: true, estimate, evidence };
}

const planeReasons = {
  planar: 'the scene is flat',
  panoramic: 'the camera only turned',
  flat: 'the scene is flat, or the camera only turned',
} as const;

function planeProblem(
  points: Float64Array,
  image2FromImage1: Matrix3,
  inliers: Uint32Array,
  { size1, size2 }: PairSizes,
  limits: ViewLimits,
): string | null {
  const overlap = overlapInImage1(image2FromImage1, size1, size2);
  return (
    spreadProblem(points, inliers, size1, size2) ??
    implausibility(image2FromImage1, { points, inliers }, overlap, size1, size2, limits)
  );
}

/**
 * The geometry of photos whose homography was found, and confirmed, in a frame of its own.
 * @param inliers indices into the matches
 */
export function geometryOfPlane(
  points: Float64Array,
  image2FromImage1: Matrix3,
  inliers: Uint32Array,
  options: Pick<EstimatePairOptions, 'size1' | 'size2' | 'cameras'>,
): PairGeometry {
  const problem = planeProblem(points, image2FromImage1, inliers, options, confirmedLimits);
  if (problem === null) return planeGeometry(image2FromImage1, inliers, options);
  return none('degenerate', `of ${points.length / 4} matches ${inliers.length} agree, but ${problem}`, inliers.length);
}

function planeGeometry(
  image2FromImage1: Matrix3,
  inliers: Uint32Array,
  options: Pick<EstimatePairOptions, 'cameras'>,
): FoundGeometry {
  const scene = sceneOfPlane(image2FromImage1, options);
  return { kind: 'homography', matrix: image2FromImage1, inliers, scene, verdict: 'ok', reason: planeReasons[scene] };
}

/** With known cameras, a homography of a camera that only turned is a rotation between directions. */
function sceneOfPlane(
  image2FromImage1: Matrix3,
  { cameras }: Pick<EstimatePairOptions, 'cameras'>,
): Exclude<SceneKind, 'general'> {
  if (cameras === null) return 'flat';
  const { s } = svd3(betweenDirections(image2FromImage1, cameras));
  return s[0] < rotationStretch * s[2] ? 'panoramic' : 'planar';
}

function betweenDirections(
  image2FromImage1: Matrix3,
  [camera1, camera2]: readonly [PinholeCamera, PinholeCamera],
): Matrix3 {
  return multiply3(multiply3(directionsFromPixels(camera2), image2FromImage1), pixelsFromDirections(camera1));
}

/** The pose of known cameras that moved before a plane; null for unknown ones, and where the camera only turned. */
function poseBeforePlane(
  points: Float64Array,
  { geometry }: Extract<Epipolar, { found: true }>,
  { estimate: { image2FromImage1, inliers } }: Extract<Plane, { found: true }>,
  { cameras }: EstimatePairOptions,
): FoundGeometry | null {
  if (geometry.kind !== 'essential' || cameras === null) return null;
  if (sceneOfPlane(image2FromImage1, { cameras }) !== 'planar') return null;
  const [{ fx, fy, cx, cy }] = cameras;
  const seen = new Float64Array(2 * inliers.length);
  inliers.forEach((m, i) => seen.set([(points[4 * m] - cx) / fx, (points[4 * m + 1] - cy) / fy], 2 * i));
  const poses = posesOfPlane(betweenDirections(image2FromImage1, cameras), seen);
  const isTwofold = poses.some((pose) => motionAngle(pose, poses[0]) > samePose);
  const reason = 'the camera moved before a flat scene';
  return isTwofold
    ? { ...geometry, scene: 'planar', verdict: 'ambiguous', reason: `${reason}, which another pose explains as well` }
    : { ...geometry, scene: 'planar', reason };
}

/** The larger of the angles between rotations and between directions of translation, radians. */
function motionAngle(a: CameraMotion, b: CameraMotion): number {
  const cosine = dot3(a.t, b.t);
  return Math.max(angleBetweenRotations(a.R, b.R), Math.acos(Math.min(1, Math.max(-1, cosine))));
}

function findEpipolar(all: Float64Array, options: EstimatePairOptions, plane: Matrix3 | null): Epipolar {
  const { size1, size2, seed, cameras } = options;
  // A line is long: matches that lead anywhere agree with one easily.
  const kept = inCompany(all);
  const points = pointsAt(all, kept);
  const isCalibrated = cameras !== null && options.request !== 'fundamental';
  const settings = { maxErrorPx: maxErrorPx('epipolar', size2), size1, size2, seed };
  const estimate = isCalibrated
    ? estimateEssential(points, ...cameras, settings)
    : estimateFundamental(points, settings, plane);
  if (estimate === null) return { found: false, failure: withoutEstimate(all, options) };
  const { matrix, inlierErrorPx } = estimate;
  const fundamental = isCalibrated ? fundamentalFromEssential(matrix, ...cameras) : matrix;
  const samples = isCalibrated ? samplesOfFive : samplesOfSeven;
  const inliers = Uint32Array.from(estimate.inliers, (k) => kept[k]);
  // Among all matches: those left out were drawn too, and what is left agrees the more easily.
  const evidence = epipolarEvidence(all, { fundamental, inliers, inlierErrorPx }, samples, options);
  if (!isSure(evidence)) return { found: false, failure: byChance(all, evidence) };
  const problem = spreadProblem(all, inliers, size1, size2);
  if (problem !== null) {
    return {
      found: false,
      failure: none('degenerate', `${agreement(all, evidence)}, but ${problem}`, evidence.independent),
    };
  }
  const common = { matrix, inliers, scene: 'general', verdict: 'ok', reason: 'the camera moved' } as const;
  if (!isCalibrated) {
    return { found: true, geometry: { kind: 'fundamental', ...common }, fundamental, inliers, inlierErrorPx };
  }
  const [camera1, camera2] = cameras;
  const { R, t } = poseFromEssential(matrix, calibratedPairs(all, camera1, camera2, size1, size2), inliers);
  return {
    found: true,
    geometry: { kind: 'essential', ...common, camera1, camera2, R, t },
    fundamental,
    inliers,
    inlierErrorPx,
  };
}

function isOffPlane(
  points: Float64Array,
  epipolar: Extract<Epipolar, { found: true }>,
  { image2FromImage1 }: HomographyEstimate,
  options: EstimatePairOptions,
): boolean {
  const evidence = offPlaneEvidence(
    points,
    image2FromImage1,
    epipolar,
    offPlanePx(options.size2, options.planeTolerance),
    options,
  );
  return isSure(evidence) && evidence.independent >= leastOffPlaneShare * epipolar.inliers.length;
}

/** Error from which on a match lies off a plane, px of photo 2. */
export function offPlanePx(size2: PhotoSize, planeTolerance = defaultPlaneTolerance): number {
  return planeTolerance * maxErrorPx('homography', size2);
}

/** Error from which on a match says nothing, px of photo 2. */
export function maxErrorPx(kind: keyof typeof maxErrorShare, { width, height }: PhotoSize): number {
  return Math.max(leastMaxErrorPx, maxErrorShare[kind] * Math.max(width, height));
}

/** Whether matches of enough places agree for a reason. */
export function isSure({ independent, logFalseAlarms }: Evidence): boolean {
  return independent >= fewestIndependent && logFalseAlarms <= maxLogFalseAlarms;
}

function agreement(points: Float64Array, { independent }: Evidence): string {
  return `${independent} of ${points.length / 4} matches agree with one view of the scene`;
}

/** Why no sample of the matches gave a geometry: they lie on a line or in a spot, or no two views are alike. */
function withoutEstimate(points: Float64Array, { size1, size2 }: EstimatePairOptions): NoGeometry {
  const count = points.length / 4;
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  const problem = spreadProblem(points, all, size1, size2);
  if (problem !== null) return none('degenerate', `of the ${count} matches, ${problem}`);
  return none('no-overlap', `the ${count} matches agree with no view of the scene`);
}

function byChance(points: Float64Array, evidence: Evidence): NoGeometry {
  return none(
    'no-overlap',
    `${agreement(points, evidence)}, no more than wrong matches give by chance`,
    evidence.independent,
  );
}
