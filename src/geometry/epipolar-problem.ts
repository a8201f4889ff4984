import { choleskyFactor, choleskySubstitute } from '../math/cholesky.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3, transpose3 } from '../math/matrix3.ts';
import { rotationFromVector } from '../math/rotation.ts';
import { svd3 } from '../math/svd3.ts';
import { essentialFromFive } from './five-point.ts';
import type { PlanePairs } from './homography-problem.ts';
import type { RobustProblem } from './robust.ts';
import { fundamentalFromSeven } from './seven-point.ts';
import { poseFromEssential } from './relative-pose.ts';

/** √2 times the median of the absolute value of a standard normal: only the error across the epipolar line is seen. */
const medianOfOne = 0.9539;

/**
 * Fundamental matrices x2ᵀ F x1 = 0 as a model for robust estimation. Residual: √2 × Sampson's distance (Hartley & Zisserman,
 * 11.4.3), first-order maximum likelihood for noise in both photos, and the distance to the epipolar line in photo 2 where the
 * noise of both counts alike: comparable to that of `homographyProblem`.
 */
export function fundamentalProblem(pairs: PlanePairs): RobustProblem<Matrix3> {
  return {
    count: pairs.count,
    sampleSize: 7,
    solve: (sample) => fundamentalFromSeven(pairs, sample),
    solveWeighted: (weights, model) => gaussNewtonStep(pairs, weights, model, false),
    squaredResiduals: (model, out) => squaredEpipolarErrors(model, pairs, out),
    medianAtUnitNoise: medianOfOne,
  };
}

/** Essential matrices, of points in focal lengths from the principal point; residuals as those of {@link fundamentalProblem}. */
export function essentialProblem(pairs: PlanePairs): RobustProblem<Matrix3> {
  return {
    count: pairs.count,
    sampleSize: 5,
    solve: (sample) => essentialFromFive(pairs, sample),
    solveWeighted: (weights, model) => gaussNewtonStep(pairs, weights, model, true),
    squaredResiduals: (model, out) => squaredEpipolarErrors(model, pairs, out),
    excludeImpossible: (model, out, maxError) => excludeBehind(model, pairs, out, maxError),
    medianAtUnitNoise: medianOfOne,
  };
}

/** Of the pairs near their epipolar lines, those that the pose which explains most of them puts behind a camera fit by chance. */
function excludeBehind(essential: Matrix3, pairs: PlanePairs, squaredResiduals: Float64Array, maxError: number): void {
  const bound = maxError * maxError;
  const near: number[] = [];
  for (let i = 0; i < pairs.count; i++) if (squaredResiduals[i] < bound) near.push(i);
  if (near.length === 0) return;
  // Residuals are in the unit of noise, which is an angle at the centre of the photo.
  const farWithin = maxError * Math.max(pairs.noise1[near[0]], pairs.noise2[near[0]]);
  const { inFront } = poseFromEssential(essential, pairs, near, farWithin);
  let next = 0;
  for (const i of near) {
    if (inFront[next] === i) next++;
    else squaredResiduals[i] = Infinity;
  }
}

/** Squared residuals as {@link fundamentalProblem} defines them. */
export function squaredEpipolarErrors(f: Matrix3, p: PlanePairs, out: Float64Array): void {
  const [f0, f1, f2, f3, f4, f5, f6, f7, f8] = f;
  for (let i = 0; i < p.count; i++) {
    const [x1, y1, x2, y2] = [p.x1[i], p.y1[i], p.x2[i], p.y2[i]];
    const lineX2 = f0 * x1 + f1 * y1 + f2;
    const lineY2 = f3 * x1 + f4 * y1 + f5;
    const lineX1 = f0 * x2 + f3 * y2 + f6;
    const lineY1 = f1 * x2 + f4 * y2 + f7;
    const error = x2 * lineX2 + y2 * lineY2 + f6 * x1 + f7 * y1 + f8;
    const v1 = p.noise1[i] * p.noise1[i];
    const v2 = p.noise2[i] * p.noise2[i];
    const variance = v2 * (lineX2 * lineX2 + lineY2 * lineY2) + v1 * (lineX1 * lineX1 + lineY1 * lineY1);
    out[i] = (2 * error * error) / variance;
  }
}

/**
 * One Gauss–Newton step on the weighted sum of squared residuals, along the manifold of the model: M = U D Vᵀ moves by small
 * turns of U and V and, for a fundamental matrix, by the ratio of its two singular values; so its rank, or its being essential, is kept.
 * Each error is whitened by its variance at the current model.
 */
function gaussNewtonStep(p: PlanePairs, weights: Float64Array, model: Matrix3, isEssential: boolean): Matrix3 | null {
  const { u, s, v } = svd3(model);
  const length = Math.hypot(s[0], s[1]);
  if (!(length > 0)) return null;
  const ratio = isEssential ? Math.PI / 4 : Math.atan2(s[1], s[0]);
  const unit = compose(u, ratio, v);
  const tangents = tangentsAt(u, ratio, v, isEssential);
  const moments = weightedMoments(p, weights, unit);
  const n = tangents.length;
  const normal = new Float64Array(n * n);
  const step = new Float64Array(n);
  const image = new Float64Array(9);
  const atModel = multiplyMoments(moments, unit, new Float64Array(9));
  let trace = 0;
  for (let i = 0; i < n; i++) {
    multiplyMoments(moments, tangents[i], image);
    for (let j = 0; j <= i; j++) normal[n * i + j] = normal[n * j + i] = dot9(image, tangents[j]);
    step[i] = -dot9(atModel, tangents[i]);
    trace += normal[n * i + i];
  }
  if (!(trace > 0)) return null;
  // On a plane some directions change nothing: they are left alone.
  for (let i = 0; i < n; i++) normal[n * i + i] += (1e-10 * trace) / n;
  if (!choleskyFactor(normal, n)) return null;
  choleskySubstitute(normal, n, step);
  const turnU = rotationFromVector(step[0], step[1], step[2]);
  const turnV = rotationFromVector(step[3], step[4], isEssential ? 0 : step[5]);
  return compose(multiply3(u, turnU), isEssential ? ratio : ratio + step[6], multiply3(v, turnV));
}

/** U diag(cos φ, sin φ, 0) Vᵀ. */
function compose(u: Matrix3, ratio: number, v: Matrix3): Matrix3 {
  const [c, s] = [Math.cos(ratio), Math.sin(ratio)];
  const scaled: Matrix3 = [u[0] * c, u[1] * s, 0, u[3] * c, u[4] * s, 0, u[6] * c, u[7] * s, 0];
  return multiply3(scaled, transpose3(v));
}

/**
 * Derivatives of U exp([a]×) D exp([b]×)ᵀ Vᵀ by a, by b and by the ratio. Of an essential matrix D = diag(1, 1, 0)/√2 only five
 * are different: turning both bases about their third axis changes nothing, so b has no third component.
 */
function tangentsAt(u: Matrix3, ratio: number, v: Matrix3, isEssential: boolean): Matrix3[] {
  const [c, s] = [Math.cos(ratio), Math.sin(ratio)];
  const inBases = (m: Matrix3): Matrix3 => multiply3(multiply3(u, m), transpose3(v));
  // [e_k]× D, and D [e_k]×ᵀ, column and row of the vanishing singular value included.
  const turnsOfU: Matrix3[] = [
    [0, 0, 0, 0, 0, 0, 0, s, 0],
    [0, 0, 0, 0, 0, 0, -c, 0, 0],
    [0, -s, 0, c, 0, 0, 0, 0, 0],
  ];
  const turnsOfV: Matrix3[] = [
    [0, 0, 0, 0, 0, s, 0, 0, 0],
    [0, 0, -c, 0, 0, 0, 0, 0, 0],
    [0, c, 0, -s, 0, 0, 0, 0, 0],
  ];
  if (isEssential) return [...turnsOfU, turnsOfV[0], turnsOfV[1]].map(inBases);
  return [...turnsOfU, ...turnsOfV, [-s, 0, 0, 0, c, 0, 0, 0, 0] as Matrix3].map(inBases);
}

/** Σ w q qᵀ / variance for q = x2 ⊗ x1, so that the error of a model is its dot product with q: the upper triangle, by rows. */
function weightedMoments(p: PlanePairs, weights: Float64Array, f: Matrix3): Float64Array {
  const moments = new Float64Array(45);
  const q = new Float64Array(9);
  for (let i = 0; i < p.count; i++) {
    if (!(weights[i] > 0)) continue;
    const [x1, y1, x2, y2] = [p.x1[i], p.y1[i], p.x2[i], p.y2[i]];
    const lineX2 = f[0] * x1 + f[1] * y1 + f[2];
    const lineY2 = f[3] * x1 + f[4] * y1 + f[5];
    const lineX1 = f[0] * x2 + f[3] * y2 + f[6];
    const lineY1 = f[1] * x2 + f[4] * y2 + f[7];
    const v1 = p.noise1[i] * p.noise1[i];
    const v2 = p.noise2[i] * p.noise2[i];
    const variance = v2 * (lineX2 * lineX2 + lineY2 * lineY2) + v1 * (lineX1 * lineX1 + lineY1 * lineY1);
    if (!(variance > 0)) continue;
    q[0] = x2 * x1;
    q[1] = x2 * y1;
    q[2] = x2;
    q[3] = y2 * x1;
    q[4] = y2 * y1;
    q[5] = y2;
    q[6] = x1;
    q[7] = y1;
    q[8] = 1;
    const weight = weights[i] / variance;
    for (let r = 0, at = 0; r < 9; r++) {
      const k = weight * q[r];
      for (let c = r; c < 9; c++) moments[at++] += k * q[c];
    }
  }
  return moments;
}

function multiplyMoments(moments: Float64Array, m: ArrayLike<number>, out: Float64Array): Float64Array {
  out.fill(0);
  for (let r = 0, at = 0; r < 9; r++) {
    for (let c = r; c < 9; c++, at++) {
      out[r] += moments[at] * m[c];
      if (c > r) out[c] += moments[at] * m[r];
    }
  }
  return out;
}

function dot9(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += a[i] * b[i];
  return sum;
}
