import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transformPoint } from '../math/matrix3.ts';
import { cross3 } from '../math/vector3.ts';
import { fundamentalProblem } from './epipolar-problem.ts';
import type { PlanePairs } from './homography-problem.ts';
import type { RobustProblem } from './robust.ts';

/** Below this, in the unit of the pairs, a point lies on the plane: its parallax has no direction. */
const leastParallax = 1e-9;

/**
 * Fundamental matrices that contain a known plane: F = [e2]× H, the epipole e2 being where the parallaxes of two pairs off the plane
 * meet. Two pairs instead of seven, and never fooled by the plane, on which any seven pairs fit a whole family of fundamental matrices
 * (Chum, Werner & Matas, "Two-view geometry estimation unaffected by a dominant plane", CVPR 2005).
 * @param pairs those off the plane
 * @param image2FromImage1 the homography of the plane, in the unit of the pairs
 */
export function parallaxProblem(pairs: PlanePairs, image2FromImage1: Matrix3): RobustProblem<Matrix3> {
  return {
    ...fundamentalProblem(pairs),
    sampleSize: 2,
    solve: ([a, b]) => {
      const lineA = parallaxLine(pairs, image2FromImage1, a);
      const lineB = parallaxLine(pairs, image2FromImage1, b);
      if (lineA === null || lineB === null) return [];
      const [x, y, z] = cross3(lineA, lineB);
      const f = multiply3([0, -z, y, z, 0, -x, -y, x, 0], image2FromImage1);
      const length = Math.hypot(...f);
      return length > 0 && Number.isFinite(length) ? [f.map((v) => v / length) as unknown as Matrix3] : [];
    },
  };
}

/** The unit line through where the plane would put a point of photo 1 and where it really is in photo 2. */
function parallaxLine({ x1, y1, x2, y2 }: PlanePairs, h: Matrix3, i: number): [number, number, number] | null {
  const [u, v] = transformPoint(h, x1[i], y1[i]);
  const parallax = Math.hypot(x2[i] - u, y2[i] - v);
  if (!(parallax > leastParallax) || !Number.isFinite(parallax)) return null;
  const line = cross3([u, v, 1], [x2[i], y2[i], 1]);
  return [line[0] / parallax, line[1] / parallax, line[2] / parallax];
}
