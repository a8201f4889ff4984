import { symmetricEigen } from '../math/eigen.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3, invert3, multiply3 } from '../math/matrix3.ts';

/** Moves the centroid of points to the origin and their mean distance from it to √2 (Hartley 1997). */
interface Similarity {
  readonly scale: number;
  readonly cx: number;
  readonly cy: number;
}

/**
 * Homography x2 ~ H x1 by the normalised direct linear transform (Hartley & Zisserman, algorithm 4.2): exact for four
 * points, least squares on an algebraic error for more. Scaled such that w = 1 at the centroid of the points of photo 1.
 * @param points x1, y1, x2, y2 a match
 * @param weights one a match, not negative; all 1 where absent
 * @returns null where the points do not determine a homography: fewer than four, collinear, coincident, not finite
 */
export function homographyFromPoints(points: Float64Array, weights?: Float64Array): Matrix3 | null {
  const count = points.length / 4;
  if (count < 4) return null;
  const from = normalisation(points, 0, weights);
  const to = normalisation(points, 2, weights);
  if (from === null || to === null) return null;
  const normal = new Float64Array(81);
  const row = new Float64Array(9);
  for (let i = 0; i < count; i++) {
    const weight = weights === undefined ? 1 : weights[i];
    if (!(weight > 0)) continue;
    const x1 = (points[4 * i] - from.cx) * from.scale;
    const y1 = (points[4 * i + 1] - from.cy) * from.scale;
    const x2 = (points[4 * i + 2] - to.cx) * to.scale;
    const y2 = (points[4 * i + 3] - to.cy) * to.scale;
    row.set([x1, y1, 1, 0, 0, 0, -x2 * x1, -x2 * y1, -x2]);
    addOuterProduct(normal, row, weight);
    row.set([0, 0, 0, x1, y1, 1, -y2 * x1, -y2 * y1, -y2]);
    addOuterProduct(normal, row, weight);
  }
  const { values, vectors } = symmetricEigen(normal, 9);
  // Two vanishing eigenvalues: a family of homographies fits, as with collinear points.
  if (!(values[1] > 1e-11 * values[8])) return null;
  const h = Array.from(vectors.subarray(0, 9)) as unknown as Matrix3;
  if (!(Math.abs(determinant3(h)) > 1e-9)) return null;
  return denormalised(h, from, to);
}

function normalisation(points: Float64Array, offset: number, weights?: Float64Array): Similarity | null {
  let total = 0;
  let cx = 0;
  let cy = 0;
  for (let i = offset, k = 0; i < points.length; i += 4, k++) {
    const weight = weights === undefined ? 1 : weights[k];
    if (!(weight > 0)) continue;
    total += weight;
    // A running mean keeps its digits far from the origin.
    cx += ((points[i] - cx) * weight) / total;
    cy += ((points[i + 1] - cy) * weight) / total;
  }
  let distance = 0;
  for (let i = offset, k = 0; i < points.length; i += 4, k++) {
    const weight = weights === undefined ? 1 : weights[k];
    if (weight > 0) distance += (weight * Math.hypot(points[i] - cx, points[i + 1] - cy)) / total;
  }
  if (!(distance > 1e-14 * Math.hypot(cx, cy)) || !Number.isFinite(distance)) return null;
  return { scale: Math.SQRT2 / distance, cx, cy };
}

function addOuterProduct(sum: Float64Array, row: Float64Array, weight: number): void {
  for (let i = 0; i < 9; i++) {
    const k = weight * row[i];
    if (k === 0) continue;
    for (let j = 0; j <= i; j++) {
      sum[9 * i + j] += k * row[j];
      sum[9 * j + i] = sum[9 * i + j];
    }
  }
}

/** H in the original coordinates, w = 1 at the origin of the normalised ones. */
function denormalised(h: Matrix3, from: Similarity, to: Similarity): Matrix3 | null {
  const normalisedFrom: Matrix3 = [from.scale, 0, -from.scale * from.cx, 0, from.scale, -from.scale * from.cy, 0, 0, 1];
  const toNormalised: Matrix3 = [1 / to.scale, 0, to.cx, 0, 1 / to.scale, to.cy, 0, 0, 1];
  const result = multiply3(multiply3(toNormalised, h), normalisedFrom);
  return scaledAt(result, from.cx, from.cy);
}

/** The same homography, scaled such that w = 1 at (x, y); null where that point lies on its horizon. */
export function scaledAt(h: Matrix3, x: number, y: number): Matrix3 | null {
  const k = 1 / (h[6] * x + h[7] * y + h[8]);
  if (!Number.isFinite(k)) return null;
  return h.map((v) => v * k) as unknown as Matrix3;
}

/**
 * Transfer errors in photo 2, px: |x2 − H x1|; infinite where H takes a point to or beyond the horizon.
 * @param points x1, y1, x2, y2 a match
 * @param image2FromImage1 with w > 0 in front of the camera, as the estimators here return it
 */
export function transferErrors(image2FromImage1: Matrix3, points: Float64Array): Float64Array {
  const h = image2FromImage1;
  const errors = new Float64Array(points.length / 4);
  for (let i = 0, k = 0; i < errors.length; i++, k += 4) {
    const w = h[6] * points[k] + h[7] * points[k + 1] + h[8];
    const dx = (h[0] * points[k] + h[1] * points[k + 1] + h[2]) / w - points[k + 2];
    const dy = (h[3] * points[k] + h[4] * points[k + 1] + h[5]) / w - points[k + 3];
    errors[i] = w > 0 ? Math.sqrt(dx * dx + dy * dy) : Infinity;
  }
  return errors;
}

/**
 * Symmetric transfer errors, px: the root mean square of the transfer errors in photo 2 (by H) and in photo 1 (by H⁻¹).
 * @param points x1, y1, x2, y2 a match
 */
export function symmetricTransferErrors(image2FromImage1: Matrix3, points: Float64Array): Float64Array {
  const errors = transferErrors(image2FromImage1, points);
  const inverse = invert3(image2FromImage1);
  if (inverse === null) return errors.fill(Infinity);
  // H x1 = w x2 gives H⁻¹ x2 = x1 / w: in front of the camera w stays positive.
  const backward = transferErrors(inverse, swapColumns(points));
  return errors.map((e, i) => Math.sqrt((e * e + backward[i] * backward[i]) / 2));
}

/** x2, y2, x1, y1 for x1, y1, x2, y2. */
export function swapColumns(points: Float64Array): Float64Array {
  const swapped = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 4) {
    swapped[i] = points[i + 2];
    swapped[i + 1] = points[i + 3];
    swapped[i + 2] = points[i];
    swapped[i + 3] = points[i + 1];
  }
  return swapped;
}
