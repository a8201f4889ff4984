import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3 } from '../math/matrix3.ts';
import type { Overlap } from './overlap.ts';
import type { PhotoSize } from './plane-pairs.ts';

/** How differently two photos can show the same. */
export interface ViewLimits {
  /** How many times larger the one may show it. */
  readonly scale: number;
  /** Ratio of the scales of a homography's two directions at an inlier. */
  readonly stretch: number;
}

/** Of photos of a panorama: a tele and a wide lens, or near and far, beyond which patches no longer match; a plane seen at 84° from the side. */
export const panoramaLimits: ViewLimits = { scale: 8, stretch: 10 };
// Of the smaller photo. Less overlap than this cannot hold two photos together.
const smallestOverlap = 0.015;
// Standard deviations of the inliers along and across their longer axis, as shares of the longer side: an evenly covered
// patch of 4 % × 2 % of it, which a pair with an overlap of 5 % still gives.
const smallestLength = 0.012;
const smallestWidth = 0.005;

/** What is wrong with the places of the inliers, if anything: a line or one small spot leaves most of a homography open. */
export function spreadProblem(
  points: Float64Array,
  inliers: Uint32Array,
  size1: PhotoSize,
  size2: PhotoSize,
): string | null {
  for (const [offset, size] of [
    [0, size1],
    [2, size2],
  ] as const) {
    const longer = Math.max(size.width, size.height);
    const { along, across } = spread(points, inliers, offset);
    if (along < smallestLength * longer) return 'all of them lie in one small spot';
    if (across < smallestWidth * longer) return 'all of them lie on one line';
  }
  return null;
}

/** Standard deviations, px, along the principal axes of the points. */
function spread(points: Float64Array, indices: Uint32Array, offset: number): { along: number; across: number } {
  let mx = 0;
  let my = 0;
  for (const i of indices) {
    mx += points[4 * i + offset] / indices.length;
    my += points[4 * i + offset + 1] / indices.length;
  }
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const i of indices) {
    const dx = points[4 * i + offset] - mx;
    const dy = points[4 * i + offset + 1] - my;
    xx += (dx * dx) / indices.length;
    xy += (dx * dy) / indices.length;
    yy += (dy * dy) / indices.length;
  }
  const middle = (xx + yy) / 2;
  const half = Math.hypot((xx - yy) / 2, xy);
  return { along: Math.sqrt(middle + half), across: Math.sqrt(Math.max(0, middle - half)) };
}

/**
 * Why no two cameras could see this, if so: mirrored, horizon among the inliers, extreme scale or stretch, no overlap.
 */
export function implausibility(
  image2FromImage1: Matrix3,
  inlierPoints: { readonly points: Float64Array; readonly inliers: Uint32Array },
  overlap: Overlap,
  size1: PhotoSize,
  size2: PhotoSize,
  limits: ViewLimits,
): string | null {
  const { points, inliers } = inlierPoints;
  for (const i of inliers) {
    const view = localView(image2FromImage1, points[4 * i], points[4 * i + 1]);
    if (!(view.w > 0 && view.areaChange > 0)) return 'only in a mirror or from behind the camera';
    const scale = Math.sqrt(view.areaChange);
    if (scale > limits.scale || scale < 1 / limits.scale) {
      return `one photo would show the scene ${Math.round(Math.max(scale, 1 / scale))} times larger`;
    }
    if (view.stretch > limits.stretch) return 'the scene would be stretched beyond what two cameras can see';
  }
  const area2 = overlap.area * localView(image2FromImage1, ...centre(overlap.polygon)).areaChange;
  const share = Math.max(overlap.area / (size1.width * size1.height), area2 / (size2.width * size2.height));
  if (!(share >= smallestOverlap)) return 'the photos would share next to nothing';
  return null;
}

function centre(polygon: Overlap['polygon']): [number, number] {
  const sum = polygon.reduce(([sx, sy], [x, y]) => [sx + x, sy + y] as const, [0, 0] as const);
  return [sum[0] / polygon.length, sum[1] / polygon.length];
}

/** The affine map that a homography is around a point. */
function localView(h: Matrix3, x: number, y: number): { w: number; areaChange: number; stretch: number } {
  const w = h[6] * x + h[7] * y + h[8];
  const u = (h[0] * x + h[1] * y + h[2]) / w;
  const v = (h[3] * x + h[4] * y + h[5]) / w;
  const jxx = (h[0] - h[6] * u) / w;
  const jxy = (h[1] - h[7] * u) / w;
  const jyx = (h[3] - h[6] * v) / w;
  const jyy = (h[4] - h[7] * v) / w;
  // Singular values are p ± q.
  const p = Math.hypot(jxx + jyy, jyx - jxy) / 2;
  const q = Math.hypot(jxx - jyy, jyx + jxy) / 2;
  return { w, areaChange: determinant3(h) / (w * w * w), stretch: (p + q) / Math.abs(p - q) };
}
