import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3, multiply3, transpose3 } from '../math/matrix3.ts';
import { svd3 } from '../math/svd3.ts';
import { cross3, dot3 } from '../math/vector3.ts';
import type { PlanePairs } from './homography-problem.ts';

/** How camera 2 stands to camera 1: X2 = R X1 + t, |t| = 1. */
export interface RelativePose {
  readonly R: Matrix3;
  readonly t: readonly [number, number, number];
  /** Of the pairs asked about, how many lie in front of both cameras. */
  readonly inFront: number;
}

/**
 * Of the four poses that an essential matrix allows, the one that has most of the given pairs in front of both cameras
 * (Hartley & Zisserman, 9.6.3).
 * @param pairs in focal lengths from the principal points
 * @param indices the pairs that decide: inliers
 */
export function poseFromEssential(essential: Matrix3, pairs: PlanePairs, indices: ArrayLike<number>): RelativePose {
  const { u, v } = svd3(essential);
  const t: [number, number, number] = [u[2], u[5], u[8]];
  const quarterTurn: Matrix3 = [0, -1, 0, 1, 0, 0, 0, 0, 1];
  const sign = determinant3(u) * determinant3(v);
  const rotations = [quarterTurn, transpose3(quarterTurn)].map(
    (w) => multiply3(multiply3(u, w), transpose3(v)).map((value) => sign * value) as unknown as Matrix3,
  );
  const poses = rotations.flatMap((R) => [
    { R, t },
    { R, t: [-t[0], -t[1], -t[2]] as const },
  ]);
  const counted = poses.map((pose) => ({ ...pose, inFront: countInFront(pose, pairs, indices) }));
  return counted.reduce((best, pose) => (pose.inFront > best.inFront ? pose : best));
}

/** The depths λ of λ2 x2 = λ1 R x1 + t have closed forms; only their signs count, so nothing is divided. */
function countInFront(
  { R, t }: Pick<RelativePose, 'R' | 't'>,
  { x1, y1, x2, y2 }: PlanePairs,
  indices: ArrayLike<number>,
): number {
  let count = 0;
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k];
    const turned = [
      R[0] * x1[i] + R[1] * y1[i] + R[2],
      R[3] * x1[i] + R[4] * y1[i] + R[5],
      R[6] * x1[i] + R[7] * y1[i] + R[8],
    ];
    const seen = [x2[i], y2[i], 1];
    const across = cross3(turned, seen);
    if (dot3(across, cross3(seen, t)) > 0 && dot3(across, cross3(turned, t)) > 0) count++;
  }
  return count;
}
