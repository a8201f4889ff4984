import type { Matrix3 } from '../math/matrix3.ts';
import { estimateHomography } from './estimate-homography.ts';
import { maxErrorPx } from './estimate-pair.ts';
import type { PairSizes } from './evidence.ts';
import { pointsAt } from './points-at.ts';

const mostPlanes = 3;
const fewestInliers = 20;
const leastShare = 0.1;

/**
 * The planes that the most matches of a scene lie on, or nearly: walls, the ground. The largest first.
 * @param points x1, y1, x2, y2 a match, px, best first
 * @param inliers indices of the matches that agree with the scene's geometry, ascending
 * @returns x2 ~ H x1 each
 */
export function planesOfScene(
  points: Float64Array,
  inliers: Uint32Array,
  { size1, size2, seed }: PairSizes & { readonly seed: number },
): Matrix3[] {
  const least = Math.max(fewestInliers, leastShare * inliers.length);
  const options = { maxErrorPx: maxErrorPx('homography', size2), size1, size2, seed };
  const planes: Matrix3[] = [];
  let left = inliers;
  while (planes.length < mostPlanes && left.length >= least) {
    const plane = estimateHomography(pointsAt(points, left), options);
    if (plane === null || plane.inliers.length < least) break;
    planes.push(plane.image2FromImage1);
    const onPlane = new Set(plane.inliers);
    left = left.filter((_, k) => !onPlane.has(k));
  }
  return planes;
}
