import { UsageError } from '../errors.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { invert3 } from '../math/matrix3.ts';
import { medianAt } from './estimate-homography.ts';
import { scaledAt, transferErrors } from './homography.ts';
import type { PlanePairs } from './homography-problem.ts';
import { homographyProblem, squaredSampsonErrors } from './homography-problem.ts';
import { matchesInOverlap, overlapInImage1 } from './overlap.ts';
import { pickPairs } from './pick-pairs.ts';
import { implausibility, panoramaLimits, spreadProblem } from './plausibility.ts';
import type { Frame, PhotoSize } from './plane-pairs.ts';
import { homographyInPixels, photoFrame, planePairs } from './plane-pairs.ts';
import { fitRadialHomography } from './radial-homography.ts';
import { pointsAt } from './points-at.ts';
import { polish } from './polish.ts';
import { defaultRobustOptions, estimateRobustly, optimiseLocally } from './robust.ts';
import { chanceAroundPoint, chanceOfInlier, independentCount, logFalseAlarms } from './significance.ts';
import type { TwoViewGeometry } from './two-view-geometry.ts';

export interface VerifyOptions {
  readonly size1: PhotoSize;
  readonly size2: PhotoSize;
  /** Calibrated chance of each match to be right; all 1 where absent. */
  readonly probabilities?: ArrayLike<number>;
  /** Decides the samples: the same seed gives the same result. */
  readonly seed?: number;
  /**
   * Residual from which on a match says nothing, as a share of the longer side. Three tenths of a percent are above the noise of
   * keypoints and below most of the parallax between the ground in front of a hand-held camera and the distance: a wider bound lets
   * one homography cover both, and it fits neither. Bends by lens distortion are modelled.
   */
  readonly maxErrorShare?: number;
  /** Bounds the time spent on pairs without overlap. */
  readonly maxIterations?: number;
  /** Inliers needed besides a share of the matches: the 8 of n_i > 8 + 0.3 n_f (Brown & Lowe 2007). */
  readonly baseInliers?: number;
  /** Share of the right matches expected in the overlap that must agree: the 0.3 of n_i > 8 + 0.3 n_f. */
  readonly inlierShare?: number;
  /** The same two where chance is out of the question, so that only look-alikes remain to be feared. */
  readonly baseInliersIfSure?: number;
  readonly inlierShareIfSure?: number;
  /** log10 of how many equally good models wrong matches may be expected to give; −4: one in ten thousand pairs. */
  readonly maxLogFalseAlarms?: number;
  /** log10 of the same from which on chance is out of the question. */
  readonly sureLogFalseAlarms?: number;
}

type Homography = Extract<TwoViewGeometry, { kind: 'homography' }>;
type None = Extract<TwoViewGeometry, { kind: 'none' }>;

const verifyDefaults = {
  seed: 0,
  maxErrorShare: 0.003,
  maxIterations: 4000,
  baseInliers: 8,
  inlierShare: 0.3,
  baseInliersIfSure: 6,
  inlierShareIfSure: 0.15,
  maxLogFalseAlarms: -4,
  sureLogFalseAlarms: -10,
} as const;

// A radial parameter must earn its place: it explains this much more than a plain homography does.
const radialGain = { factor: 1.03, matches: 2 };

type Settings = VerifyOptions & Required<Omit<VerifyOptions, 'probabilities'>>;

/**
 * Decides whether matches show that two photos see the same thing, and which matches belong to it.
 * A pair passes when more matches agree with one homography (and, where that explains markedly more, one radial
 * distortion shared by both photos) than chance gives, when they are a fair share of those in the overlap, spread over an
 * area, and when the homography could come from two cameras.
 * @param points x1, y1, x2, y2 a match, px, best match first
 */
export function verifyPair(points: Float64Array, options: VerifyOptions): TwoViewGeometry {
  const settings: Settings = { ...verifyDefaults, ...options };
  const count = points.length / 4;
  if (settings.probabilities !== undefined && settings.probabilities.length !== count) {
    throw new UsageError(
      `verifyPair: expected one probability a match (${count}), got ${settings.probabilities.length}. Pass both from the same Matches.`,
    );
  }
  if (count <= settings.baseInliersIfSure) {
    return none(
      'no-overlap',
      `only ${count} matches between the photos, too few to tell a shared scene from chance; photos should overlap by a quarter or more`,
    );
  }
  const geometry = estimate(points, settings);
  if (geometry === null) {
    return none('degenerate', `the ${count} matches lie on one line or in one spot and determine no geometry`);
  }
  return check(points, geometry, settings) ?? geometry.homography;
}

const none = (code: None['code'], reason: string): None => ({ kind: 'none', code, reason });

interface EstimatedGeometry {
  readonly homography: Homography;
  /** The pairs and the model that decided which are inliers. */
  readonly pairs: PlanePairs;
  readonly model: Matrix3;
  readonly inlierError: number;
}

function estimate(points: Float64Array, settings: Settings): EstimatedGeometry | null {
  const frame1 = photoFrame(settings.size1);
  const frame2 = photoFrame(settings.size2);
  // Half the longer side is the frames' unit.
  const maxError = 2 * settings.maxErrorShare;
  const { seed, maxIterations } = settings;
  const pairs = planePairs(points, frame1, frame2);
  const problem = homographyProblem(pairs);
  const rough = estimateRobustly(problem, { ...defaultRobustOptions, seed, maxIterations, maxError });
  if (rough === null) return null;
  const plain = polish(problem, rough.model, maxError);
  if (plain.inliers.length > settings.baseInliersIfSure) {
    const scoreToBeat = radialGain.factor * rough.score + radialGain.matches;
    const radial = fitRadialHomography(points, frame1, frame2, rough.model, maxError, scoreToBeat);
    if (radial !== null) {
      const start = fitPlain(points, radial.inliers, rough.model, frame1, frame2, maxError);
      const plainest = describe(points, start, radial.inliers, frame1, frame2);
      if (plainest === null) return null;
      const distortion = { lambda: radial.lambda, undistorted2FromUndistorted1: radial.model };
      const { pairs: undistorted, model, inlierError } = radial;
      return { homography: { ...plainest, distortion }, pairs: undistorted, model, inlierError };
    }
  }
  const homography = describe(points, plain.model, plain.inliers, frame1, frame2);
  return homography && { homography, pairs, model: plain.model, inlierError: plain.inlierError };
}

/** The plain homography nearest to inliers that only a distorted one fits exactly. */
function fitPlain(
  points: Float64Array,
  inliers: Uint32Array,
  start: Matrix3,
  frame1: Frame,
  frame2: Frame,
  maxError: number,
): Matrix3 {
  const problem = homographyProblem(planePairs(pointsAt(points, inliers), frame1, frame2));
  return optimiseLocally(problem, start, 4 * maxError, 12).model;
}

function describe(
  points: Float64Array,
  model: Matrix3,
  inliers: Uint32Array,
  frame1: Frame,
  frame2: Frame,
): Homography | null {
  const inPixels = homographyInPixels(model, frame1, frame2);
  let cx = 0;
  let cy = 0;
  for (const i of inliers) {
    cx += points[4 * i] / inliers.length;
    cy += points[4 * i + 1] / inliers.length;
  }
  const image2FromImage1 = scaledAt(inPixels, cx, cy);
  if (image2FromImage1 === null || !image2FromImage1.every(Number.isFinite)) return null;
  const medianErrorPx = medianAt(transferErrors(image2FromImage1, points), inliers);
  return { kind: 'homography', image2FromImage1, inliers, medianErrorPx };
}

/** Why the estimated geometry cannot be trusted; null where it can. */
function check(points: Float64Array, geometry: EstimatedGeometry, settings: Settings): None | null {
  const { homography, pairs, model, inlierError } = geometry;
  const { inliers, image2FromImage1 } = homography;
  const count = points.length / 4;
  const inside = matchesInOverlap(points, image2FromImage1, settings.size1, settings.size2);
  const overlap = overlapInImage1(image2FromImage1, settings.size1, settings.size2);
  const independent = independentCount(pairs, inliers, inlierError);
  const agree = `${independent} of ${count} matches agree with one view of the scene`;
  const chance = chanceOfInlier(
    pickPairs(pairs, inside),
    (some, out) => squaredSampsonErrors(model, some, out),
    inlierError,
    chanceAroundPoint(inlierError, overlapInUnits2(image2FromImage1, settings)),
  );
  const falseAlarms = logFalseAlarms(count, inside.length, independent, chance);
  const sure = falseAlarms < settings.sureLogFalseAlarms;
  const base = sure ? settings.baseInliersIfSure : settings.baseInliers;
  if (falseAlarms > settings.maxLogFalseAlarms || independent <= base) {
    return none(
      'no-overlap',
      `${agree}, no more than wrong matches give by chance; photos should overlap by a quarter or more`,
    );
  }
  const problem =
    spreadProblem(points, inliers, settings.size1, settings.size2) ??
    implausibility(image2FromImage1, { points, inliers }, overlap, settings.size1, settings.size2, panoramaLimits);
  if (problem !== null) return none('degenerate', `${agree}, but ${problem}`);
  let expected = 0;
  for (const i of inside) expected += settings.probabilities === undefined ? 1 : settings.probabilities[i];
  if (independent <= base + (sure ? settings.inlierShareIfSure : settings.inlierShare) * expected) {
    return none(
      'parallax',
      `${agree}, but ${Math.round(expected)} should where they overlap: the camera moved, or the scene repeats itself`,
    );
  }
  return null;
}

/** Area of the overlap in photo 2, in squares of half its longer side. */
function overlapInUnits2(image2FromImage1: Matrix3, { size1, size2 }: Settings): number {
  const inverse = invert3(image2FromImage1);
  if (inverse === null) return 0;
  return overlapInImage1(inverse, size2, size1).area / photoFrame(size2).unit ** 2;
}
