import { choleskyFactor, choleskySubstitute } from '../math/cholesky.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { determinant3 } from '../math/matrix3.ts';
import type { RobustProblem } from './robust.ts';
import { medianOfTwo } from './robust.ts';

/** Matched points in coordinates of about −1 … 1, all arrays of length `count`. */
export interface PlanePairs {
  readonly count: number;
  readonly x1: Float64Array;
  readonly y1: Float64Array;
  readonly x2: Float64Array;
  readonly y2: Float64Array;
  /** Standard deviation of the noise of each point relative to that of others, in either photo. */
  readonly noise1: Float64Array;
  readonly noise2: Float64Array;
}

// Triangles of a sample smaller than this (about 5 px × 1 px at 1000 px) determine nothing.
const smallestArea = 2e-5;
// The area around a sample point shrinks or grows at most so much: ten times in each direction.
const largestAreaChange = 100;

/**
 * Homographies x2 ~ H x1 as a model for robust estimation. H is scaled such that points in front of the camera have
 * w > 0. Residual: √2 × Sampson's distance (Hartley & Zisserman, 4.2.6), first-order maximum likelihood for noise in
 * both photos and the same in both directions; where the scale does not change it equals the transfer error in photo 2.
 */
export function homographyProblem(pairs: PlanePairs): RobustProblem<Matrix3> {
  return {
    count: pairs.count,
    sampleSize: 4,
    isDegenerateSample: (sample) => isDegenerateSample(pairs, sample),
    solve: (sample) => solveFour(pairs, sample),
    solveWeighted: (weights, model) => gaussNewtonStep(pairs, weights, model),
    squaredResiduals: (model, out) => squaredSampsonErrors(model, pairs, out),
    medianAtUnitNoise: medianOfTwo,
  };
}

/** Twice the signed area of the triangle a, b, c. */
function area(x: Float64Array, y: Float64Array, a: number, b: number, c: number): number {
  return (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]);
}

/**
 * True where three of the four points are (nearly) collinear in a photo, or where a triangle's orientation changes from
 * one photo to the other, which no camera in front of the plane can see: it would be a mirror or cross the horizon.
 */
function isDegenerateSample(p: PlanePairs, sample: Uint32Array): boolean {
  const [a, b, c, d] = sample;
  return (
    !keepsOrientation(p, a, b, c) ||
    !keepsOrientation(p, a, b, d) ||
    !keepsOrientation(p, a, c, d) ||
    !keepsOrientation(p, b, c, d)
  );
}

function keepsOrientation(p: PlanePairs, a: number, b: number, c: number): boolean {
  const area1 = area(p.x1, p.y1, a, b, c);
  const area2 = area(p.x2, p.y2, a, b, c);
  return area1 > 0 ? area1 > smallestArea && area2 > smallestArea : area1 < -smallestArea && area2 < -smallestArea;
}

/**
 * The homography through four points, by way of the projective basis they form: with D_j the determinants of point 4 and
 * two of the others, H = Σ_j (D2_j / D1_j) q_j (p_{j+1} × p_{j+2})ᵀ.
 */
function solveFour(p: PlanePairs, sample: Uint32Array): Matrix3[] {
  const [a, b, c, d] = sample;
  const { x1, y1, x2, y2 } = p;
  const front = area(x1, y1, a, b, c) > 0 ? 1 : -1;
  const ka = (front * area(x2, y2, d, b, c)) / area(x1, y1, d, b, c);
  const kb = (front * area(x2, y2, d, c, a)) / area(x1, y1, d, c, a);
  const kc = (front * area(x2, y2, d, a, b)) / area(x1, y1, d, a, b);
  // Cross products of homogeneous points of photo 1, times their factor.
  const ax = ka * (y1[b] - y1[c]);
  const ay = ka * (x1[c] - x1[b]);
  const az = ka * (x1[b] * y1[c] - x1[c] * y1[b]);
  const bx = kb * (y1[c] - y1[a]);
  const by = kb * (x1[a] - x1[c]);
  const bz = kb * (x1[c] * y1[a] - x1[a] * y1[c]);
  const cx = kc * (y1[a] - y1[b]);
  const cy = kc * (x1[b] - x1[a]);
  const cz = kc * (x1[a] * y1[b] - x1[b] * y1[a]);
  const h: Matrix3 = [
    ax * x2[a] + bx * x2[b] + cx * x2[c],
    ay * x2[a] + by * x2[b] + cy * x2[c],
    az * x2[a] + bz * x2[b] + cz * x2[c],
    ax * y2[a] + bx * y2[b] + cx * y2[c],
    ay * y2[a] + by * y2[b] + cy * y2[c],
    az * y2[a] + bz * y2[b] + cz * y2[c],
    ax + bx + cx,
    ay + by + cy,
    az + bz + cz,
  ];
  return hasSaneScale(h, p, sample) ? [h] : [];
}

function hasSaneScale(h: Matrix3, p: PlanePairs, sample: Uint32Array): boolean {
  const determinant = determinant3(h);
  for (const i of sample) {
    const w = h[6] * p.x1[i] + h[7] * p.y1[i] + h[8];
    const areaChange = determinant / (w * w * w);
    if (!(areaChange < largestAreaChange && areaChange > 1 / largestAreaChange)) return false;
  }
  return true;
}

/** Squared residuals as {@link homographyProblem} defines them; infinite near and behind the horizon. */
export function squaredSampsonErrors(h: Matrix3, p: PlanePairs, out: Float64Array): void {
  const [h0, h1, h2, h3, h4, h5, h6, h7, h8] = h;
  const { x1, y1, x2, y2, noise1, noise2 } = p;
  const determinant = determinant3(h);
  for (let i = 0; i < p.count; i++) {
    const x = x1[i];
    const y = y1[i];
    const k = 1 / (h6 * x + h7 * y + h8);
    // Where a photo collapses to a point everything is near everything: only sane scales count, as in a sample.
    const areaChange = determinant * k * k * k;
    if (!(k > 0 && areaChange < largestAreaChange && areaChange > 1 / largestAreaChange)) {
      out[i] = Infinity;
      continue;
    }
    const u = (h0 * x + h1 * y + h2) * k;
    const v = (h3 * x + h4 * y + h5) * k;
    const ex = x2[i] - u;
    const ey = y2[i] - v;
    // Covariance of the transfer error: noise of photo 2 plus that of photo 1 through the Jacobian of H.
    const jxx = (h0 - h6 * u) * k;
    const jxy = (h1 - h7 * u) * k;
    const jyx = (h3 - h6 * v) * k;
    const jyy = (h4 - h7 * v) * k;
    const v1 = noise1[i] * noise1[i];
    const v2 = noise2[i] * noise2[i];
    const sxx = v2 + v1 * (jxx * jxx + jxy * jxy);
    const sxy = v1 * (jxx * jyx + jxy * jyy);
    const syy = v2 + v1 * (jyx * jyx + jyy * jyy);
    out[i] = (2 * (syy * ex * ex - 2 * sxy * ex * ey + sxx * ey * ey)) / (sxx * syy - sxy * sxy);
  }
}

/**
 * One Gauss-Newton step on the weighted sum of squared residuals. Each transfer error is whitened by its covariance at
 * the current model, and the scale of H, which nothing observes, is held by a rank-one term along H.
 */
function gaussNewtonStep(p: PlanePairs, weights: Float64Array, h: Matrix3): Matrix3 | null {
  const size = Math.hypot(...h);
  const unit = h.map((v) => v / size) as unknown as Matrix3;
  const normal = new Float64Array(81);
  const step = new Float64Array(9);
  accumulate(p, weights, unit, normal, step);
  let trace = 0;
  for (let i = 0; i < 9; i++) trace += normal[10 * i];
  if (!(trace > 0)) return null;
  for (let i = 0; i < 9; i++) for (let j = 0; j < 9; j++) normal[9 * i + j] += (trace / 9) * unit[i] * unit[j];
  if (!choleskyFactor(normal, 9)) return null;
  choleskySubstitute(normal, 9, step);
  return unit.map((v, i) => v + step[i]) as unknown as Matrix3;
}

/**
 * Normal equations Jᵀ M J and Jᵀ M e. With q = (x, y, 1)/w the rows of J are (q, 0, −u q) and (0, q, −v q), so every 3×3
 * block is a number times q qᵀ: only those six numbers times six products are summed.
 */
function accumulate(p: PlanePairs, weights: Float64Array, h: Matrix3, normal: Float64Array, rhs: Float64Array): void {
  const [h0, h1, h2, h3, h4, h5, h6, h7, h8] = h;
  const sums = new Float64Array(36);
  for (let i = 0; i < p.count; i++) {
    const weight = weights[i];
    if (!(weight > 0)) continue;
    const k = 1 / (h6 * p.x1[i] + h7 * p.y1[i] + h8);
    const x = p.x1[i] * k;
    const y = p.y1[i] * k;
    const u = h0 * x + h1 * y + h2 * k;
    const v = h3 * x + h4 * y + h5 * k;
    const ex = p.x2[i] - u;
    const ey = p.y2[i] - v;
    const jxx = (h0 - h6 * u) * k;
    const jxy = (h1 - h7 * u) * k;
    const jyx = (h3 - h6 * v) * k;
    const jyy = (h4 - h7 * v) * k;
    const v1 = p.noise1[i] * p.noise1[i];
    const v2 = p.noise2[i] * p.noise2[i];
    const sxx = v2 + v1 * (jxx * jxx + jxy * jxy);
    const sxy = v1 * (jxx * jyx + jxy * jyy);
    const syy = v2 + v1 * (jyx * jyx + jyy * jyy);
    const m = weight / (sxx * syy - sxy * sxy);
    const m00 = m * syy;
    const m01 = -m * sxy;
    const m11 = m * sxx;
    const m0 = -(m00 * u + m01 * v);
    const m1 = -(m01 * u + m11 * v);
    addProducts(sums, 0, m00, x, y, k);
    addProducts(sums, 6, m01, x, y, k);
    addProducts(sums, 12, m11, x, y, k);
    addProducts(sums, 18, m0, x, y, k);
    addProducts(sums, 24, m1, x, y, k);
    addProducts(sums, 30, -(m0 * u + m1 * v), x, y, k);
    const gx = m00 * ex + m01 * ey;
    const gy = m01 * ex + m11 * ey;
    const gw = -(u * gx + v * gy);
    rhs[0] += gx * x;
    rhs[1] += gx * y;
    rhs[2] += gx * k;
    rhs[3] += gy * x;
    rhs[4] += gy * y;
    rhs[5] += gy * k;
    rhs[6] += gw * x;
    rhs[7] += gw * y;
    rhs[8] += gw * k;
  }
  spreadBlocks(sums, normal);
}

function addProducts(sums: Float64Array, at: number, m: number, x: number, y: number, z: number): void {
  sums[at] += m * x * x;
  sums[at + 1] += m * x * y;
  sums[at + 2] += m * x * z;
  sums[at + 3] += m * y * y;
  sums[at + 4] += m * y * z;
  sums[at + 5] += m * z * z;
}

/** Lays the six symmetric 3×3 blocks (00, 01, 11, 02, 12, 22) out as a 9×9 matrix. */
function spreadBlocks(sums: Float64Array, normal: Float64Array): void {
  const block = [0, 1, 3, 1, 2, 4, 3, 4, 5];
  const product = [0, 1, 2, 1, 3, 4, 2, 4, 5];
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 9; j++) {
      const b = block[3 * Math.trunc(i / 3) + Math.trunc(j / 3)];
      normal[9 * i + j] = sums[6 * b + product[3 * (i % 3) + (j % 3)]];
    }
  }
}
