import { type Matrix2, pixelFromNormalised, type SfmCamera } from './camera.ts';
import type { RelativePose } from './relative-pose.ts';

/** A plane of a camera's frame, 1/Z = a·x + b·y + c, and a place on it in normalised coordinates. */
export interface SurfacePlace {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Where a keypoint of photo A appears in photo B. */
export interface TransferredKeypoint {
  /** Px in B. */
  readonly x: number;
  readonly y: number;
  /** ln of the factor by which its size changes. */
  readonly logScale: number;
  /** By how much it turns, radians, clockwise as seen. */
  readonly turn: number;
  /** How far it moves in B, px, when its inverse depth in A grows by 1. */
  readonly pxPerW: number;
}

/** Most foreshortening between two photos along one direction; detectors find nothing again beyond. */
const largestTilt = 5;

/**
 * Carries a keypoint over the plane it lies on: normalised coordinates of A and B are related by the homography
 * R + t·(a, b, c), whose derivative, with both lenses, carries size and angle.
 * @param pixelAFromNormalised derivative of A's pixels at the place (see `pixelFromNormalised`)
 * @returns null where B is behind the plane, looks along it or away from it
 */
export function transferKeypoint(
  place: SurfacePlace,
  pixelAFromNormalised: Matrix2,
  cameraB: SfmCamera,
  { R, t }: RelativePose,
): TransferredKeypoint | null {
  const { x, y, a, b, c } = place;
  const w = a * x + b * y + c;
  const z = R[6] * x + R[7] * y + R[8] + t[2] * w;
  if (!(z > 0)) return null;
  const u = (R[0] * x + R[1] * y + R[2] + t[0] * w) / z;
  const v = (R[3] * x + R[4] * y + R[5] + t[1] * w) / z;
  const to = pixelFromNormalised(cameraB, u, v);
  const normalised: Matrix2 = [
    (R[0] + t[0] * a - u * (R[6] + t[2] * a)) / z,
    (R[1] + t[0] * b - u * (R[7] + t[2] * b)) / z,
    (R[3] + t[1] * a - v * (R[6] + t[2] * a)) / z,
    (R[4] + t[1] * b - v * (R[7] + t[2] * b)) / z,
  ];
  const lensA = inverse2(pixelAFromNormalised);
  const affine = multiply2(multiply2(to.derivative, normalised), lensA);
  const determinant = affine[0] * affine[3] - affine[1] * affine[2];
  // A mirrored picture is the plane's other side.
  if (!(determinant > 0) || tiltOf(affine, determinant) > largestTilt) return null;
  const [p, q, r, s] = to.derivative;
  const [du, dv] = [(t[0] - u * t[2]) / z, (t[1] - v * t[2]) / z];
  return {
    x: to.x,
    y: to.y,
    logScale: 0.5 * Math.log(determinant),
    // The rotation nearest to the affine map (its polar decomposition).
    turn: Math.atan2(affine[2] - affine[1], affine[0] + affine[3]),
    pxPerW: Math.hypot(p * du + q * dv, r * du + s * dv),
  };
}

/** How far a place of photo A with inverse depth w moves in photo B, px, when w grows by 1; 0 where B does not see it. */
export function parallaxAt(cameraB: SfmCamera, { R, t }: RelativePose, x: number, y: number, w: number): number {
  const z = R[6] * x + R[7] * y + R[8] + t[2] * w;
  if (!(z > 0)) return 0;
  const u = (R[0] * x + R[1] * y + R[2] + t[0] * w) / z;
  const v = (R[3] * x + R[4] * y + R[5] + t[1] * w) / z;
  const [p, q, r, s] = pixelFromNormalised(cameraB, u, v).derivative;
  const [du, dv] = [(t[0] - u * t[2]) / z, (t[1] - v * t[2]) / z];
  return Math.hypot(p * du + q * dv, r * du + s * dv);
}

/** Ratio of the two singular values. */
function tiltOf([a, b, c, d]: Matrix2, determinant: number): number {
  const half = (a * a + b * b + c * c + d * d) / 2;
  return (half + Math.sqrt(Math.max(0, half * half - determinant * determinant))) / determinant;
}

function inverse2([a, b, c, d]: Matrix2): Matrix2 {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}

function multiply2(m: Matrix2, n: Matrix2): Matrix2 {
  return [m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3], m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3]];
}
