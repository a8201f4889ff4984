import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transpose3 } from '../math/matrix3.ts';
import { svd3 } from '../math/svd3.ts';
import { cross3, dot3 } from '../math/vector3.ts';
import type { CameraMotion } from './relative-pose.ts';

type Vector3 = [number, number, number];

/**
 * The motions of a camera by which two photos of a plane can be related as a homography says, with the plane in front of the first camera
 * wherever it was seen: mostly two, one where the plane is seen with much perspective (Ma, Soatto, Košecká & Sastry, "An Invitation to 3-D Vision",
 * 2004, 5.3.3).
 * @param homography between directions (points in focal lengths from the principal points), x2 ~ H x1 with w > 0
 * @param seen x, y of directions in photo 1 where the plane was seen
 * @returns none for a camera that only turned
 */
export function posesOfPlane(homography: Matrix3, seen: Float64Array): CameraMotion[] {
  const middle = svd3(homography).s[1];
  const h = homography.map((value) => value / middle) as unknown as Matrix3;
  const { s, v } = svd3(h);
  const [largest, , smallest] = s.map((value) => value * value);
  const spread = Math.sqrt(largest - smallest);
  if (!(spread > 1e-9)) return [];
  const [v1, v2, v3] = [0, 1, 2].map((k): Vector3 => [v[k], v[3 + k], v[6 + k]]);
  const [a, b] = [Math.sqrt(Math.max(0, 1 - smallest)) / spread, Math.sqrt(Math.max(0, largest - 1)) / spread];
  // Directions of the plane that keep their length.
  const kept = [b, -b].map((part) => v1.map((value, k) => a * value + part * v3[k]) as Vector3);
  return kept
    .map((along) => motionOf(h, v2, along))
    .flatMap(({ R, t, normal }) => {
      const front = [1, -1].filter((sign) => isInFront(normal, sign, seen));
      return front.map((sign) => ({ R, t: t.map((value) => sign * value) as Vector3 }));
    });
}

/** H = R + t nᵀ, with H v2 and H u of the length of v2 and u. */
function motionOf(h: Matrix3, v2: Vector3, u: Vector3): CameraMotion & { readonly normal: Vector3 } {
  const normal = cross3(v2, u);
  const [w1, w2] = [times(h, v2), times(h, u)];
  const R = multiply3(columns(w1, w2, cross3(w1, w2)), transpose3(columns(v2, u, normal)));
  const moved = times(h, normal);
  const turned = times(R, normal);
  const t = moved.map((value, k) => value - turned[k]) as Vector3;
  const length = Math.hypot(...t);
  return { R, t: t.map((value) => value / length) as Vector3, normal };
}

function isInFront(normal: Vector3, sign: number, seen: Float64Array): boolean {
  for (let i = 0; i < seen.length; i += 2) {
    if (!(sign * dot3(normal, [seen[i], seen[i + 1], 1]) > 0)) return false;
  }
  return true;
}

function columns(a: Vector3, b: Vector3, c: Vector3): Matrix3 {
  return [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]];
}

function times(m: Matrix3, [x, y, z]: Vector3): Vector3 {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}
