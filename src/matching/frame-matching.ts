import type { PhotoFeatures } from '../features/photo-features.ts';
import type { CommonFrame } from '../geometry/common-frame.ts';
import { estimateHomography } from '../geometry/estimate-homography.ts';
import { homographyEvidence } from '../geometry/evidence.ts';
import { isSure } from '../geometry/estimate-pair.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { identity3, invert3, multiply3, transformPoint } from '../math/matrix3.ts';
import { guidedPairs } from './guided.ts';
import { placesOf } from './places.ts';
import { matchProbability, type MatchCalibration } from './select.ts';

/** Matches found in a common frame, best first, and the homography that they show. */
export interface FrameMatches {
  /** x1, y1, x2, y2 a match, px of the photos. */
  readonly points: Float64Array;
  readonly probability: Float32Array;
  /** x2 ~ H x1, px of the photos. */
  readonly image2FromImage1: Matrix3;
  /** Indices into the matches, ascending. */
  readonly inliers: Uint32Array;
}

/** What a homography that leads to a frame may be off by, as shares of the frame's longer side: `coarse`, of two views; `fine`, of a frame before. */
export const reachShares = { coarse: 0.04, fine: 0.02 } as const;
/** In px at least. */
const reachPx = 6;
/** In the frame the photos look alike, so an unlike pair is wrong, though look-alikes nearby are few. */
const guidance = { maxRatio: 0.85, minSimilarity: 0.4, rivalSizes: 2 };
const maxErrorShare = 0.005;
const leastMaxErrorPx = 3;

/**
 * Matches two photos shown in their common frame, where a keypoint's partner lies near its own place, and estimates the homography there:
 * the noise of keypoints is that of the frame, the same in both, whatever the photos' own scales.
 * @param features1 in px of the frame
 * @returns null where the matches show no geometry
 */
export function matchInFrame(
  features1: PhotoFeatures,
  features2: PhotoFeatures,
  frame: CommonFrame,
  reach: keyof typeof reachShares,
  calibration: MatchCalibration,
  seed: number,
): FrameMatches | null {
  const longer = Math.max(frame.width, frame.height);
  const withinPx = Math.max(reachPx, reachShares[reach] * longer);
  const found = guidedPairs(
    features1,
    features2,
    { kind: 'homography', image2FromImage1: identity3 },
    { ...guidance, withinPx },
  );
  const chance = Float32Array.from({ length: found.count }, (_, m) =>
    matchProbability(calibration, 0, found.similarity[m], found.ratio[m]),
  );
  const order = [...chance.keys()].sort((p, q) => chance[q] - chance[p] || p - q);
  const inFrame = placesOf(
    Uint32Array.from(order, (m) => found.index1[m]),
    Uint32Array.from(order, (m) => found.index2[m]),
    { features: features1 },
    { features: features2 },
  );
  const maxErrorPx = Math.max(leastMaxErrorPx, maxErrorShare * longer);
  const estimate = estimateHomography(inFrame, { maxErrorPx, size1: frame, size2: frame, seed });
  const image1FromFrame = invert3(frame.frameFromImage1);
  const image2FromFrame = invert3(frame.frameFromImage2);
  if (estimate === null || image1FromFrame === null || image2FromFrame === null) return null;
  if (!isSure(homographyEvidence(inFrame, estimate, { size1: frame, size2: frame }, withinPx))) return null;
  const points = new Float64Array(inFrame.length);
  for (let k = 0; k < points.length; k += 4) {
    points.set(transformPoint(image1FromFrame, inFrame[k], inFrame[k + 1]), k);
    points.set(transformPoint(image2FromFrame, inFrame[k + 2], inFrame[k + 3]), k + 2);
  }
  const probability = Float32Array.from(order, (m) => chance[m]);
  const image2FromImage1 = multiply3(image2FromFrame, multiply3(estimate.image2FromImage1, frame.frameFromImage1));
  return { points, probability, image2FromImage1, inliers: estimate.inliers };
}
