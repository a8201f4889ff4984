import type { Matrix3 } from '../math/matrix3.ts';
import { invert3, multiply3, transpose3, unitMatrix3 } from '../math/matrix3.ts';
import { squaredEpipolarErrors } from './epipolar-problem.ts';
import { swapColumns, transferErrors } from './homography.ts';
import { squaredSampsonErrors } from './homography-problem.ts';
import { matchesInOverlap, overlapInImage1 } from './overlap.ts';
import { pickPairs } from './pick-pairs.ts';
import type { PhotoSize } from './plane-pairs.ts';
import { frameFromPixels, photoFrame, pixelsFromFrame, planePairs } from './plane-pairs.ts';
import { pointsAt } from './points-at.ts';
import type { SampleCount } from './significance.ts';
import {
  chanceAlongLine,
  chanceAroundPoint,
  chanceOfInlier,
  independentCount,
  logFalseAlarms,
} from './significance.ts';

/** How sure it is that matches agree with a geometry for a reason. */
export interface Evidence {
  /** Agreeing matches of different places. */
  readonly independent: number;
  /** log10 of how many geometries supported as well are to be expected among wrong matches. */
  readonly logFalseAlarms: number;
}

/** The sizes of the photos that points lie in. */
export interface PairSizes {
  readonly size1: PhotoSize;
  readonly size2: PhotoSize;
}

/**
 * Evidence for a homography among matches.
 * @param points x1, y1, x2, y2 a match, px
 * @param withinPx of the place expected, where partners were looked for only so near, px of photo 2: there wrong ones agree more easily
 */
export function homographyEvidence(
  points: Float64Array,
  plane: { readonly image2FromImage1: Matrix3; readonly inliers: Uint32Array; readonly inlierErrorPx: number },
  { size1, size2 }: PairSizes,
  withinPx = Infinity,
): Evidence {
  const { image2FromImage1, inliers } = plane;
  const [frame1, frame2] = [photoFrame(size1), photoFrame(size2)];
  const pairs = planePairs(points, frame1, frame2);
  const model = multiply3(multiply3(frameFromPixels(frame2), image2FromImage1), pixelsFromFrame(frame1));
  const inlierError = plane.inlierErrorPx / frame2.unit;
  const inverse = invert3(image2FromImage1);
  const area = inverse === null ? 0 : overlapInImage1(inverse, size2, size1).area / frame2.unit ** 2;
  const inside = matchesInOverlap(points, image2FromImage1, size1, size2);
  const chance = chanceOfInlier(
    pickPairs(pairs, inside),
    (some, out) => squaredSampsonErrors(model, some, out),
    inlierError,
    Math.max(chanceAroundPoint(inlierError, area), (plane.inlierErrorPx / withinPx) ** 2),
  );
  const independent = independentCount(pairs, inliers, inlierError);
  return { independent, logFalseAlarms: logFalseAlarms(pairs.count, inside.length, independent, chance) };
}

/**
 * Evidence for a fundamental matrix (x2ᵀ F x1 = 0, px) among matches.
 * @param samples what the matrix was estimated from
 */
export function epipolarEvidence(
  points: Float64Array,
  epipolar: { readonly fundamental: Matrix3; readonly inliers: Uint32Array; readonly inlierErrorPx: number },
  samples: SampleCount,
  { size1, size2 }: PairSizes,
): Evidence {
  const [frame1, frame2] = [photoFrame(size1), photoFrame(size2)];
  const pairs = planePairs(points, frame1, frame2);
  const model = unitMatrix3(
    multiply3(multiply3(transpose3(pixelsFromFrame(frame2)), epipolar.fundamental), pixelsFromFrame(frame1)),
  );
  const inlierError = epipolar.inlierErrorPx / frame2.unit;
  const area = (size2.width / frame2.unit) * (size2.height / frame2.unit);
  const chance = chanceOfInlier(
    pairs,
    (some, out) => squaredEpipolarErrors(model, some, out),
    inlierError,
    chanceAlongLine(inlierError, area, 2),
  );
  const independent = independentCount(pairs, epipolar.inliers, inlierError);
  return { independent, logFalseAlarms: logFalseAlarms(pairs.count, pairs.count, independent, chance, samples) };
}

/** A fundamental matrix that contains a known plane is determined by two matches. */
const samplesOfTwo: SampleCount = { size: 2, models: 1 };

/**
 * Evidence that a scene is more than one plane: among the matches that a homography leaves over, so many agree with a fundamental
 * matrix.
 * @param offPlanePx error in both photos from which on a match is off the plane: above what noise and the bend of lenses give
 */
export function offPlaneEvidence(
  points: Float64Array,
  image2FromImage1: Matrix3,
  epipolar: { readonly fundamental: Matrix3; readonly inliers: Uint32Array; readonly inlierErrorPx: number },
  offPlanePx: number,
  sizes: PairSizes,
): Evidence {
  const inverse = invert3(image2FromImage1);
  if (inverse === null) return { independent: 0, logFalseAlarms: Infinity };
  const forth = transferErrors(image2FromImage1, points);
  const back = transferErrors(inverse, swapColumns(points));
  const off = [...forth.keys()].filter((i) => !(Math.min(forth[i], back[i]) < offPlanePx));
  const isInlier = new Set(epipolar.inliers);
  const inliers = Uint32Array.from([...off.keys()].filter((k) => isInlier.has(off[k])));
  return epipolarEvidence(pointsAt(points, off), { ...epipolar, inliers }, samplesOfTwo, sizes);
}
