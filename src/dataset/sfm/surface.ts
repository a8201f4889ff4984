import { choleskyFactor, choleskySubstitute } from '../../math/cholesky.ts';
import { createCellGrid } from '../../math/cell-grid.ts';
import { normalisedFromPixel, type SfmCamera } from './camera.ts';
import type { RelativePose } from './relative-pose.ts';
import type { SurfacePoints } from './surface-points.ts';
import { parallaxAt } from './transfer.ts';

/**
 * The surface at each keypoint of a photo: a plane, on which the inverse depth is linear in the normalised coordinates,
 * 1/Z = a·x + b·y + c (that is: (a, b, c)·X = 1 in the camera's frame). NaN in `sigma` where it is not known.
 */
export interface KeypointSurfaces {
  /** Normalised coordinates of the keypoints. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
  /** Standard deviation of the inverse depth at the keypoint. */
  readonly sigma: Float64Array;
}

/** A photo from which the same surfaces are seen: its parallax says what a difference in depth matters. */
export interface NeighbourView {
  readonly camera: SfmCamera;
  readonly fromPhoto: RelativePose;
}

/** The plane is fitted to so many of the nearest points, no further away than this share of the photo's longer side. */
const mostPoints = 14;
const radiusShare = 0.06;

/** Points that lie on the plane to this (px in a typical neighbour photo) support it. */
const supportPx = 1.5;
const leastSupport = 5;

/** Of the nearest points most must be on the plane: at the edge between two surfaces nobody knows whose the keypoint is. */
const nearest = 5;
const leastNearest = 4;

/** What the sparse points' own error contributes even where they agree, px. */
const pointErrorPx = 0.3;

/** A keypoint outside its points: the plane would have to be continued too far. (1 = as uncertain as a single point.) */
const largestLeverage = 1;

/** Cosine of the steepest view of a plane: 80°. */
const leastFacing = 0.17;

/** @param keypoints px */
export function fitSurfaces(
  camera: SfmCamera,
  points: SurfacePoints,
  neighbours: readonly NeighbourView[],
  keypoints: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
): KeypointSurfaces {
  const count = keypoints.x.length;
  const empty = (): Float64Array => new Float64Array(count).fill(NaN);
  const surfaces = { x: empty(), y: empty(), a: empty(), b: empty(), c: empty(), sigma: empty() };
  const radius = radiusShare * Math.max(camera.width, camera.height);
  const grid = createCellGrid(points.px, points.py, camera.width, camera.height, radius / 2);
  for (let i = 0; i < count; i++) {
    const [px, py] = [keypoints.x[i], keypoints.y[i]];
    const [x, y] = normalisedFromPixel(camera, px, py);
    surfaces.x[i] = x;
    surfaces.y[i] = y;
    if (Number.isNaN(x)) continue;
    const near: { index: number; distance: number }[] = [];
    grid.around(px, py, radius, (index) => {
      const distance = Math.hypot(points.px[index] - px, points.py[index] - py);
      if (distance <= radius) near.push({ index, distance });
    });
    if (near.length < leastSupport) continue;
    near.sort((p, q) => p.distance - q.distance || p.index - q.index);
    const chosen = near.slice(0, mostPoints);
    const plane = fitPlane(points, chosen, x, y, neighbours);
    if (plane === null) continue;
    surfaces.a[i] = plane.a;
    surfaces.b[i] = plane.b;
    surfaces.c[i] = plane.c;
    surfaces.sigma[i] = plane.sigma;
  }
  return surfaces;
}

interface Plane {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** @param chosen nearest first */
function fitPlane(
  points: SurfacePoints,
  chosen: readonly { readonly index: number; readonly distance: number }[],
  x: number,
  y: number,
  neighbours: readonly NeighbourView[],
): (Plane & { sigma: number }) | null {
  const indices = chosen.map(({ index }) => index);
  const typicalW = median(indices.map((i) => points.w[i]));
  const pxPerW = median(neighbours.map((view) => parallaxAt(view.camera, view.fromPhoto, x, y, typicalW)));
  if (!(pxPerW > 0)) return null;
  const support = supportPx / pxPerW;
  const spread = chosen[chosen.length >> 1].distance + 1;
  const weights = chosen.map(({ distance }) => 1 / (1 + (distance / spread) ** 2));
  const first = bestTriple(points, indices, weights, support);
  if (first === null) return null;
  let inliers = inliersOf(points, indices, first, support);
  for (let round = 0; round < 2; round++) {
    if (inliers.length < leastSupport) return null;
    const fit = leastSquaresPlane(points, inliers, x, y);
    if (fit === null) return null;
    inliers = inliersOf(points, indices, fit.plane, support);
  }
  if (inliers.length < leastSupport) return null;
  if (indices.slice(0, nearest).filter((i) => inliers.includes(i)).length < leastNearest) return null;
  const fit = leastSquaresPlane(points, inliers, x, y);
  if (fit === null || !(fit.leverage <= largestLeverage)) return null;
  const { a, b, c } = fit.plane;
  const w = a * x + b * y + c;
  if (!(w > 0) || w / (Math.hypot(a, b, c) * Math.hypot(x, y, 1)) < leastFacing) return null;
  const scatter = Math.max(fit.scatter, pointErrorPx / pxPerW);
  return { a, b, c, sigma: scatter * Math.sqrt(1 + fit.leverage) };
}

function inliersOf(points: SurfacePoints, indices: readonly number[], plane: Plane, support: number): number[] {
  return indices.filter((i) => Math.abs(residual(points, i, plane)) <= support);
}

function residual({ x, y, w }: SurfacePoints, i: number, { a, b, c }: Plane): number {
  return a * x[i] + b * y[i] + c - w[i];
}

/** Triples are taken from so many nearest points: 120 planes to choose from. */
const pointsOfTriples = 10;

/** The plane through three points that most of the others, near ones above all, lie on (MSAC). */
function bestTriple(
  points: SurfacePoints,
  indices: readonly number[],
  weights: readonly number[],
  support: number,
): Plane | null {
  const n = Math.min(pointsOfTriples, indices.length);
  let best: Plane | null = null;
  let bestGain = 0;
  for (let i = 2; i < n; i++) {
    for (let j = 1; j < i; j++) {
      for (let k = 0; k < j; k++) {
        const plane = planeThrough(points, indices[i], indices[j], indices[k]);
        if (plane === null) continue;
        let gain = 0;
        for (let m = 0; m < indices.length; m++) {
          const r = residual(points, indices[m], plane) / support;
          if (r * r < 1) gain += weights[m] * (1 - r * r);
        }
        if (gain > bestGain) {
          best = plane;
          bestGain = gain;
        }
      }
    }
  }
  return best;
}

function planeThrough({ x, y, w }: SurfacePoints, i: number, j: number, k: number): Plane | null {
  const [x1, y1, w1] = [x[j] - x[i], y[j] - y[i], w[j] - w[i]];
  const [x2, y2, w2] = [x[k] - x[i], y[k] - y[i], w[k] - w[i]];
  const determinant = x1 * y2 - x2 * y1;
  const sizes = Math.hypot(x1, y1) * Math.hypot(x2, y2);
  // Points nearly on a line leave the tilt open.
  if (!(Math.abs(determinant) > 0.1 * sizes)) return null;
  const a = (w1 * y2 - w2 * y1) / determinant;
  const b = (x1 * w2 - x2 * w1) / determinant;
  return { a, b, c: w[i] - a * x[i] - b * y[i] };
}

/** Least squares through points, about (x, y): the plane, the scatter about it, the variance of its value at (x, y) in scatters². */
function leastSquaresPlane(
  points: SurfacePoints,
  indices: readonly number[],
  x: number,
  y: number,
): { plane: Plane; scatter: number; leverage: number } | null {
  let [xx, xy, yy, sx, sy, xw, yw, sw] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const i of indices) {
    const [dx, dy, w] = [points.x[i] - x, points.y[i] - y, points.w[i]];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
    sx += dx;
    sy += dy;
    xw += dx * w;
    yw += dy * w;
    sw += w;
  }
  const n = indices.length;
  const normal = Float64Array.of(xx, xy, sx, xy, yy, sy, sx, sy, n);
  if (!choleskyFactor(normal, 3)) return null;
  const solution = Float64Array.of(xw, yw, sw);
  choleskySubstitute(normal, 3, solution);
  const corner = Float64Array.of(0, 0, 1);
  choleskySubstitute(normal, 3, corner);
  const [a, b, atPlace] = solution;
  const plane = { a, b, c: atPlace - a * x - b * y };
  const squares = indices.reduce((sum, i) => sum + residual(points, i, plane) ** 2, 0);
  return { plane, scatter: Math.sqrt(squares / Math.max(1, n - 3)), leverage: corner[2] };
}

function median(values: number[]): number {
  return values.toSorted((p, q) => p - q)[values.length >> 1];
}
