import { transferErrors } from '../geometry/homography.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';
import type { PhotoOfPair, PhotoMatches } from './match-photos.ts';
import { similarityOf } from './places.ts';
import type { Shortlist } from './shortlist.ts';
import { rivalRatio, type SelectOptions } from './select.ts';

/** Descriptors this similar hardly occur between photos of different things: of 4000 keypoints, up to six. */
const alike = 0.85;
/** So many of them, most with a rival elsewhere, mean that a scene repeats itself. */
const fewestRepeated = 100;
const leastRepeatedShare = 1 / 2;

/**
 * How many candidates are very much alike and yet have an equal elsewhere, where that is most of those that are alike: windows of a façade,
 * tiles, a fence. 0 where a scene does not repeat itself so.
 */
export function countLookAlikes(
  shortlist: Shortlist,
  first: PhotoOfPair,
  second: PhotoOfPair,
  { maxRatio, rivalSizes }: Omit<SelectOptions, 'calibration'>,
): number {
  let similar = 0;
  let repeated = 0;
  for (let c = 0; c < shortlist.count; c++) {
    if (shortlist.similarity[c] < alike) continue;
    similar++;
    const ratio = rivalRatio(shortlist, c, first.features.keypoints, second.features.keypoints, rivalSizes);
    if (ratio > maxRatio) repeated++;
  }
  return repeated >= fewestRepeated && repeated >= leastRepeatedShare * similar ? repeated : 0;
}

/** A keypoint is explained by a plane too where the plane's partner is nearly as similar as its own. */
const asAlike = 0.1;
const leastExplained = 0.5;

/**
 * Whether the matches that seem to lie off a plane are look-alikes of what lies on it: each keypoint has a partner on the plane that is as
 * similar. Rows of windows agree with an epipolar geometry, whichever window each is matched with; real depth is explained by no plane.
 * @param inliers matches that agree with an epipolar geometry
 * @param offPlanePx error from which on a match lies off the plane
 */
export function planeExplains(
  matches: Pick<PhotoMatches, 'index1' | 'index2' | 'points'>,
  inliers: Uint32Array,
  image2FromImage1: Matrix3,
  offPlanePx: number,
  first: PhotoOfPair,
  second: PhotoOfPair,
): boolean {
  const errors = transferErrors(image2FromImage1, matches.points);
  const off = inliers.filter((m) => !(errors[m] < offPlanePx));
  const explained = off.filter((m) => {
    const [i, j] = [matches.index1[m], matches.index2[m]];
    const least = similarityOf(first.features, i, second.features, j) - asAlike;
    const place = transformPoint(image2FromImage1, matches.points[4 * m], matches.points[4 * m + 1]);
    return hasPartner(first, i, second, place, offPlanePx / 2, least);
  });
  return explained.length >= leastExplained * off.length;
}

function hasPartner(
  first: PhotoOfPair,
  i: number,
  { features }: PhotoOfPair,
  [u, v]: readonly [number, number],
  withinPx: number,
  leastSimilarity: number,
): boolean {
  const { x, y, count } = features.keypoints;
  for (let j = 0; j < count; j++) {
    const isNear = (x[j] - u) ** 2 + (y[j] - v) ** 2 < withinPx * withinPx;
    if (isNear && similarityOf(first.features, i, features, j) > leastSimilarity) return true;
  }
  return false;
}
