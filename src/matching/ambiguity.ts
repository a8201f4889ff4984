import { estimateHomography } from '../geometry/estimate-homography.ts';
import { maxErrorPx } from '../geometry/estimate-pair.ts';
import { transferErrors } from '../geometry/homography.ts';
import type { FoundGeometry } from '../geometry/pair-geometry.ts';
import { pointsAt } from '../geometry/points-at.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';
import { median } from '../math/median.ts';
import type { PhotoMatches, PhotoOfPair } from './match-photos.ts';
import type { NeighbourPairs } from './neighbour-pairs.ts';
import { neighbourPairs, pairsAt } from './neighbour-pairs.ts';
import { otherViews } from './second-view.ts';
import { rivalRatio, selectDefaults } from './select.ts';
import type { Shortlist } from './shortlist.ts';
import { placesFor } from './view-support.ts';

/** A second view with this share of the first one's support explains the photos nearly as well. */
const nearlyAsMuch = 0.7;
/** By chance a wrong view is supported by fewer places (Oxford: up to 20). */
const fewestPlaces = 30;
/** Pairs whose rivals are clearly worse are unmistakable: of look-alikes that is seldom so. */
const unmistakableRatio = 0.8;
/** So many of them can settle it, however much else repeats itself: a poster between a hundred windows. */
const fewestUnmistakable = 15;
/** They do where most of them agree with the geometry (where it is wrong, up to 60 %), or hardly any with the second view. */
const most = 0.7;
const hardlyAny = 0.2;

type Matched = Pick<PhotoMatches, 'index1' | 'index2' | 'points'>;

/**
 * Calls a geometry ambiguous where the scene repeats itself so that a second view explains the photos nearly as well: a façade of equal
 * windows is laid over itself in several ways, and which of them is found is chance. Both views are counted among the nearest neighbours of
 * all keypoints, those included that selection dropped for their rivals. For an epipolar geometry the view is that of the plane which most
 * matches lie on.
 * @param matched what the geometry's inliers are indices into
 * @param nearest of all keypoints
 * @param seed decides the samples
 */
export function withSecondView(
  geometry: FoundGeometry,
  matched: Matched,
  nearest: Shortlist,
  first: PhotoOfPair,
  second: PhotoOfPair,
  seed: number,
): FoundGeometry {
  if (geometry.verdict === 'ambiguous') return geometry;
  const unmistakable = unmistakablePairs(nearest, first, second);
  const agreeing = agreeingPairs(unmistakable, geometry, matched);
  const count = unmistakable.index1.length;
  if (count >= fewestUnmistakable && agreeing.length / 4 >= most * count) return geometry;
  const view = planeOf(geometry, matched, first, second, seed);
  if (view === null) return geometry;

  const pairs = neighbourPairs(nearest, first, second);
  const withinPx = maxErrorPx('homography', second);
  const explains = (a: Matrix3, b: Matrix3, list: NeighbourPairs): number =>
    placesFor(a, b, list, first, second, withinPx);
  const rival = otherViews(pairs, first, second, view, seed).find((other) => {
    const support = explains(other, view, pairs);
    const offPlane = geometry.kind === 'homography' ? 0 : contradicting(agreeing, [view, other], 2 * withinPx);
    if (support < Math.max(fewestPlaces, nearlyAsMuch * (explains(view, other, pairs) + offPlane))) return false;
    const settling = explains(view, other, unmistakable);
    return settling < fewestUnmistakable || explains(other, view, unmistakable) > hardlyAny * settling;
  });
  if (rival === undefined) return geometry;
  const [dx, dy] = shiftBetween(view, rival, pointsAt(matched.points, geometry.inliers)).map(Math.round);
  const reason = `a second view, shifted by (${dx}, ${dy}) px in one photo, explains the photos nearly as well: the scene repeats itself`;
  return { ...geometry, verdict: 'ambiguous', repeats: true, reason };
}

/** Candidates whose rivals are clearly worse. */
export function unmistakablePairs(nearest: Shortlist, first: PhotoOfPair, second: PhotoOfPair): NeighbourPairs {
  const [a, b] = [first.features.keypoints, second.features.keypoints];
  const ratio = (c: number): number => rivalRatio(nearest, c, a, b, selectDefaults.rivalSizes);
  const candidates = Array.from({ length: nearest.count }, (_, c) => c);
  return pairsAt(
    nearest,
    candidates.filter((c) => ratio(c) <= unmistakableRatio),
    first,
    second,
  );
}

/** Places of those pairs that are inliers of the geometry. */
function agreeingPairs(
  { index1, index2, points }: NeighbourPairs,
  { inliers }: FoundGeometry,
  matched: Matched,
): Float64Array {
  const partners = new Map(Array.from(inliers, (m) => [matched.index1[m], matched.index2[m]]));
  return pointsAt(
    points,
    [...index1.keys()].filter((k) => partners.get(index1[k]) === index2[k]),
  );
}

/** The view that a geometry gives of the plane which most of its matches lie on. */
function planeOf(
  { kind, matrix, inliers }: FoundGeometry,
  { points }: Matched,
  size1: PhotoOfPair,
  size2: PhotoOfPair,
  seed: number,
): Matrix3 | null {
  if (kind === 'homography') return matrix;
  const options = { maxErrorPx: maxErrorPx('homography', size2), size1, size2, seed };
  return estimateHomography(pointsAt(points, inliers), options)?.image2FromImage1 ?? null;
}

/** How many matches contradict all of some views. */
function contradicting(points: Float64Array, views: readonly Matrix3[], fromPx: number): number {
  const errors = views.map((view) => transferErrors(view, points));
  return errors[0].filter((_, k) => errors.every((of) => !(of[k] < fromPx))).length;
}

/** How far another view lies from a view, px of photo 2, in the middle of the matches. */
function shiftBetween(view: Matrix3, other: Matrix3, points: Float64Array): [number, number] {
  const shifts = Array.from({ length: points.length / 4 }, (_, m) => {
    const [x, y] = points.subarray(4 * m, 4 * m + 2);
    const [from, to] = [transformPoint(view, x, y), transformPoint(other, x, y)];
    return [to[0] - from[0], to[1] - from[1]];
  });
  return [median(shifts.map(([dx]) => dx)), median(shifts.map(([, dy]) => dy))];
}
