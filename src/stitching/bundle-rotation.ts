import { rotationFromVector } from '../math/rotation.ts';
import { NormalEquations } from '../math/normal-equations.ts';
import {
  CAMERA_PARAMETERS,
  ROW,
  createTransferScratch,
  prepareTransfer,
  transferWithJacobian,
} from './bundle-jacobian.ts';
import type { PairObservations } from './bundle-observations.ts';
import type { RobustLoss } from './bundle-robust.ts';
import { robustCost, robustWeight } from './bundle-robust.ts';
import type { BundleProblem } from './bundle-solver.ts';
import type { CameraState } from './cameras-model.ts';
import { INTRINSICS, transferPixel } from './cameras-model.ts';
import { isMonotone } from './lens.ts';

/** Residual weight · (value_i − value_j − target) on the non-rotation parameters; j = −1 for none. */
export interface LinearPrior {
  readonly i: number;
  readonly j: number;
  readonly target: number;
  readonly weight: number;
  /**
   * Residuals (in standard deviations) well beyond this are outliers that cost little more (Cauchy's loss): one photo of a
   * setting that was zoomed or refocused. Infinity: a plain Gaussian.
   */
  readonly tail: number;
}

/** Which numbers of which camera are free, shared or fixed. */
export interface RotationLayout {
  /** 8 a camera: global index of each parameter (rotation vector, ln focal, cx, cy, k1, k2), −1 fixed. */
  readonly indices: Int32Array;
  readonly size: number;
  /** Present value of every non-rotation parameter (ln focal, px, px, k1, k2); rotations are unused here. */
  readonly values: Float64Array;
  readonly priors: readonly LinearPrior[];
}

export interface RobustScale {
  readonly loss: RobustLoss;
  /** Scale of the loss, px. */
  readonly sigma: number;
  /** Standard deviation of the noise that priors are weighed against, px. */
  readonly noise: number;
}

/**
 * Cost of a point that falls behind a camera, as the error of one that misses by this many σ: bounded, so that a bad start can
 * pass through such places, but never worth choosing.
 */
const BEHIND = 1e3;

/**
 * Bundle adjustment over cameras that only rotate: symmetric transfer error in pixels of every point of every pair, each
 * error scaled by `units[camera]` of the photo it is measured in so that photos of different sizes count alike.
 */
export class RotationBundle implements BundleProblem {
  readonly normal: NormalEquations;
  private readonly savedValues: Float64Array;
  private readonly savedRotations: Float64Array;
  private readonly scratch = createTransferScratch();
  private readonly hessian = new Float64Array(ROW * ROW);
  private readonly gradient = new Float64Array(ROW);
  private readonly local = new Int32Array(ROW);
  /** Columns of the Jacobian that belong to free parameters. */
  private readonly active = new Int32Array(ROW);
  private readonly pixel = new Float64Array(3);

  constructor(
    readonly state: CameraState,
    private readonly layout: RotationLayout,
    private readonly observations: readonly PairObservations[],
    private readonly units: Float64Array,
    /** Half diagonal in px a camera: how far out the distortion must be monotone. */
    private readonly radii: Float64Array,
    public robust: RobustScale,
  ) {
    const blocks: Int32Array[] = observations.map((o) => Int32Array.from(this.indicesOf(o.a, o.b)));
    for (const p of layout.priors) blocks.push(Int32Array.of(p.i, p.j));
    this.normal = new NormalEquations(layout.size, blocks);
    this.savedValues = layout.values.slice();
    this.savedRotations = state.rotations.slice();
    this.pushValues();
  }

  linearise(): number {
    let cost = 0;
    for (const o of this.observations) {
      if (o.weight === 0) continue;
      cost += this.lineariseDirected(o, o.a, o.b, 0) + this.lineariseDirected(o, o.b, o.a, 2);
    }
    for (const p of this.layout.priors) {
      const r = this.priorResidual(p);
      cost += priorCost(r, p.tail);
      const w = p.tail === Infinity ? 1 : 1 / Math.sqrt(1 + (r / p.tail) ** 2);
      this.normal.addDifference(p.i, p.j, p.weight * w, r * w);
    }
    return cost;
  }

  cost(): number {
    for (let c = 0; c < this.state.count; c++) if (!this.isAllowed(c)) return Infinity;
    let cost = 0;
    for (const o of this.observations) {
      if (o.weight === 0) continue;
      cost += this.costDirected(o, o.a, o.b, 0) + this.costDirected(o, o.b, o.a, 2);
    }
    for (const p of this.layout.priors) cost += priorCost(this.priorResidual(p), p.tail);
    return cost;
  }

  apply(delta: Float64Array): void {
    const { indices, values } = this.layout;
    for (let c = 0; c < this.state.count; c++) {
      const w = indices[CAMERA_PARAMETERS * c];
      if (w >= 0) rotateInPlace(this.state.rotations, 9 * c, delta[w], delta[w + 1], delta[w + 2]);
    }
    for (let i = 0; i < values.length; i++) values[i] += delta[i];
    this.pushValues();
  }

  save(): void {
    this.savedValues.set(this.layout.values);
    this.savedRotations.set(this.state.rotations);
  }

  restore(): void {
    this.layout.values.set(this.savedValues);
    this.state.rotations.set(this.savedRotations);
    this.pushValues();
  }

  private priorResidual(p: LinearPrior): number {
    const { values } = this.layout;
    return p.weight * (values[p.i] - (p.j >= 0 ? values[p.j] : 0) - p.target);
  }

  /** Copies parameter values into the cameras that use them. */
  private pushValues(): void {
    const { indices, values } = this.layout;
    for (let c = 0; c < this.state.count; c++) {
      for (let k = 0; k < INTRINSICS; k++) {
        const index = indices[CAMERA_PARAMETERS * c + 3 + k];
        if (index >= 0) this.state.intrinsics[INTRINSICS * c + k] = k === 0 ? Math.exp(values[index]) : values[index];
      }
    }
  }

  private isAllowed(c: number): boolean {
    const k = INTRINSICS * c;
    const [f, , , k1, k2] = this.state.intrinsics.subarray(k, k + INTRINSICS);
    return (k1 === 0 && k2 === 0) || isMonotone(k1, k2, (1.1 * this.radii[c]) / f);
  }

  private indicesOf(from: number, to: number): Int32Array {
    const n = CAMERA_PARAMETERS;
    const out = new Int32Array(ROW);
    out.set(this.layout.indices.subarray(n * from, n * from + n));
    out.set(this.layout.indices.subarray(n * to, n * to + n), n);
    return out;
  }

  /** Adds the errors of a pair measured in camera `to`; `at` is 0 where `from` is the pair's photo a, else 2. */
  private lineariseDirected(o: PairObservations, from: number, to: number, at: number): number {
    const { hessian, gradient, scratch } = this;
    const { loss, sigma, noise } = this.robust;
    const sigma2 = sigma * sigma;
    const unit2 = this.units[to] * this.units[to];
    const base = o.weight / (noise * noise);
    hessian.fill(0);
    gradient.fill(0);
    prepareTransfer(this.state, from, to, scratch);
    this.local.set(this.indicesOf(from, to));
    let free = 0;
    for (let k = 0; k < ROW; k++) if (this.local[k] >= 0) this.active[free++] = k;
    const active = this.active.subarray(0, free);
    let cost = 0;
    for (let i = 0; i < o.points.length; i += 4) {
      if (!transferWithJacobian(this.state, from, to, o.points[i + at], o.points[i + at + 1], scratch)) {
        cost += base * robustCost(loss, sigma2 * BEHIND, sigma2);
        continue;
      }
      const ex = scratch.pixel[0] - o.points[i + 2 - at];
      const ey = scratch.pixel[1] - o.points[i + 3 - at];
      const s = (ex * ex + ey * ey) * unit2;
      cost += base * robustCost(loss, s, sigma2);
      accumulate(hessian, gradient, scratch.jacobian, active, base * unit2 * robustWeight(loss, s, sigma2), ex, ey);
    }
    for (let k = 0; k < ROW; k++) for (let l = 0; l < k; l++) hessian[l * ROW + k] = hessian[k * ROW + l];
    this.normal.addBlock(this.local, hessian, gradient);
    return cost;
  }

  private costDirected(o: PairObservations, from: number, to: number, at: number): number {
    const { loss, sigma, noise } = this.robust;
    const sigma2 = sigma * sigma;
    const unit2 = this.units[to] * this.units[to];
    let cost = 0;
    for (let i = 0; i < o.points.length; i += 4) {
      if (!transferPixel(this.state, from, to, o.points[i + at], o.points[i + at + 1], this.pixel)) {
        cost += robustCost(loss, sigma2 * BEHIND, sigma2);
        continue;
      }
      const ex = this.pixel[0] - o.points[i + 2 - at];
      const ey = this.pixel[1] - o.points[i + 3 - at];
      cost += robustCost(loss, (ex * ex + ey * ey) * unit2, sigma2);
    }
    return (cost * o.weight) / (noise * noise);
  }
}

function priorCost(r: number, tail: number): number {
  return tail === Infinity ? r * r : tail * tail * Math.log1p((r / tail) ** 2);
}

/** Lower triangle of w JᵀJ and w Jᵀe of one point's two residuals, for the columns that are free. */
function accumulate(
  H: Float64Array,
  g: Float64Array,
  J: Float64Array,
  active: Int32Array,
  w: number,
  ex: number,
  ey: number,
): void {
  for (let i = 0; i < active.length; i++) {
    const k = active[i];
    const a = w * J[k];
    const b = w * J[ROW + k];
    g[k] += a * ex + b * ey;
    const row = k * ROW;
    for (let j = 0; j <= i; j++) H[row + active[j]] += a * J[active[j]] + b * J[ROW + active[j]];
  }
}

/** R ← exp([ω]×) R, made orthonormal again so that rounding never accumulates. */
function rotateInPlace(m: Float64Array, o: number, wx: number, wy: number, wz: number): void {
  const e = rotationFromVector(wx, wy, wz);
  const r = m.slice(o, o + 9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      m[o + 3 * i + j] = e[3 * i] * r[j] + e[3 * i + 1] * r[3 + j] + e[3 * i + 2] * r[6 + j];
    }
  }
  orthonormalise(m, o);
}

/** Gram–Schmidt on the rows of a nearly orthonormal matrix. */
function orthonormalise(m: Float64Array, o: number): void {
  let n = 1 / Math.hypot(m[o], m[o + 1], m[o + 2]);
  for (let k = 0; k < 3; k++) m[o + k] *= n;
  const d = m[o] * m[o + 3] + m[o + 1] * m[o + 4] + m[o + 2] * m[o + 5];
  for (let k = 0; k < 3; k++) m[o + 3 + k] -= d * m[o + k];
  n = 1 / Math.hypot(m[o + 3], m[o + 4], m[o + 5]);
  for (let k = 0; k < 3; k++) m[o + 3 + k] *= n;
  m[o + 6] = m[o + 1] * m[o + 5] - m[o + 2] * m[o + 4];
  m[o + 7] = m[o + 2] * m[o + 3] - m[o] * m[o + 5];
  m[o + 8] = m[o] * m[o + 4] - m[o + 1] * m[o + 3];
}
