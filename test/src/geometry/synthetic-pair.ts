import type { PinholeCamera } from '../../../src/geometry/pinhole.ts';
import { directionsFromPixels, pixelsFromDirections } from '../../../src/geometry/pinhole.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { multiply3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';
import { syntheticMatches } from './synthetic-matches.ts';
import type { SyntheticViews, ViewOptions } from './synthetic-views.ts';
import { syntheticViews } from './synthetic-views.ts';

/** Wide enough to show every point of `syntheticViews`. */
export const size = { width: 1200, height: 1200 };
export const camera: PinholeCamera = { fx: 600, fy: 600, cx: 599.5, cy: 599.5 };

/** A scene with depth: x1, y1, x2, y2 in px, right matches first; noise in px too. */
export function deepPair(seed: number, options: ViewOptions): { points: Float64Array; views: SyntheticViews } {
  const views = syntheticViews(seed, { ...options, noise: (options.noise ?? 0) / camera.fx });
  const { count, x1, y1, x2, y2 } = views.pairs;
  const { fx, fy, cx, cy } = camera;
  const points = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    points.set([fx * x1[i] + cx, fy * y1[i] + cy, fx * x2[i] + cx, fy * y2[i] + cy], 4 * i);
  }
  return { points, views };
}

/** The homography, in px, of a plane through the middle of the scene of `deepPair`, for the same two cameras. */
export function planeOf(seed: number): Matrix3 {
  const { R, t } = syntheticViews(seed, { right: 1 }).camera2FromCamera1;
  // The plane n·X = 1.
  const n = [-0.02, 0.015, 1 / 6];
  return inPixels(R.map((value, k) => value + t[Math.floor(k / 3)] * n[k % 3]) as unknown as Matrix3);
}

/** The homography, in px, of a camera that only turned, by some 10°. */
export function turnedCamera(seed: number): Matrix3 {
  const random = createRandom(seed);
  const turn = (): number => 0.12 * random.normal();
  return inPixels(rotationFromVector(turn(), turn(), turn()));
}

const inPixels = (h: Matrix3): Matrix3 =>
  multiply3(multiply3(pixelsFromDirections(camera), h), directionsFromPixels(camera));

/** Two photos related by a homography: x1, y1, x2, y2 in px, 100 right matches and 50 wrong ones in random order. */
export const flatPair = (h: Matrix3, seed: number, noisePx = 0.5): Float64Array =>
  syntheticMatches(h, { right: 100, wrong: 50 }, noisePx, createRandom(seed), size).points;

/** Radians. */
export function angleBetween(a: readonly number[], b: readonly number[]): number {
  const cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (Math.hypot(...a) * Math.hypot(...b));
  return Math.acos(Math.min(1, cosine));
}

/** Largest distance of points of photo 2 from their epipolar lines, px. */
export function epipolarError(fundamental: Matrix3, points: Float64Array): number {
  const f = fundamental;
  let largest = 0;
  for (let k = 0; k < points.length; k += 4) {
    const [x, y, u, v] = points.subarray(k, k + 4);
    const [a, b, c] = [0, 3, 6].map((row) => f[row] * x + f[row + 1] * y + f[row + 2]);
    largest = Math.max(largest, Math.abs(a * u + b * v + c) / Math.hypot(a, b));
  }
  return largest;
}
