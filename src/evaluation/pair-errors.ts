import type { PhotoSize } from '../geometry/plane-pairs.ts';
import type { CameraMotion } from '../geometry/relative-pose.ts';
import { transformPoint, type Matrix3 } from '../math/matrix3.ts';
import { angleBetweenRotations } from '../math/rotation.ts';

/** Mean distance of photo 1's four corners mapped by truth and estimate, px of photo 2. */
export function cornerError(truth: Matrix3, estimate: Matrix3, { width, height }: PhotoSize): number {
  const corners = [
    [0, 0],
    [width - 1, 0],
    [0, height - 1],
    [width - 1, height - 1],
  ];
  return mean(corners.map(([x, y]) => transferDistance(truth, estimate, x, y)));
}

/** Points of a side of the grid that {@link overlapError} looks at. */
const gridSide = 50;

/**
 * Mean distance in px of photo 2 over those of 50×50 points of photo 1 that the truth puts inside photo 2: for views so different that the
 * corners land far outside.
 * @returns infinite where the photos share nothing
 */
export function overlapError(truth: Matrix3, estimate: Matrix3, size1: PhotoSize, size2: PhotoSize): number {
  const distances: number[] = [];
  for (let i = 0; i < gridSide * gridSide; i++) {
    const x = ((i % gridSide) / (gridSide - 1)) * (size1.width - 1);
    const y = (Math.trunc(i / gridSide) / (gridSide - 1)) * (size1.height - 1);
    const [u, v] = transformPoint(truth, x, y);
    const isInside = u >= 0 && u <= size2.width - 1 && v >= 0 && v <= size2.height - 1;
    if (isInside) distances.push(transferDistance(truth, estimate, x, y));
  }
  return mean(distances);
}

function transferDistance(truth: Matrix3, estimate: Matrix3, x: number, y: number): number {
  const [u, v] = transformPoint(truth, x, y);
  const [p, q] = transformPoint(estimate, x, y);
  const distance = Math.hypot(p - u, q - v);
  return Number.isFinite(distance) ? distance : Infinity;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Infinity : values.reduce((sum, v) => sum + v, 0) / values.length;
}

/**
 * The larger of the angle between the rotations and the angle between the directions of translation, degrees. Both signs of
 * the direction count as one: a fundamental matrix does not tell them apart, what lies in front of the cameras does.
 */
export function poseError(truth: CameraMotion, estimate: CameraMotion): number {
  const rotation = angleBetweenRotations(truth.R, estimate.R);
  const [a, b] = [truth.t, estimate.t];
  const across = Math.hypot(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);
  const along = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const translation = Math.atan2(across, Math.abs(along));
  return (180 / Math.PI) * Math.max(rotation, translation);
}

/**
 * Area under the curve of the share of pairs below an error, up to a threshold: the mean of max(0, 1 − error / threshold), %.
 * @param errors infinite where a pair failed
 */
export function areaUnderCurve(errors: readonly number[], threshold: number): number {
  if (errors.length === 0) return NaN;
  return (100 * errors.reduce((sum, e) => sum + Math.max(0, 1 - e / threshold), 0)) / errors.length;
}
