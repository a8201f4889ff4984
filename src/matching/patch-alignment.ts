import { choleskyFactor, choleskySubstitute } from '../math/cholesky.ts';
import type { Matrix2 } from '../math/matrix2.ts';
import { inverse2, multiply2 } from '../math/matrix2.ts';

const side = 64;
const centre = (side - 1) / 2;
/** The window reaches so many patch pixels from the centre, in steps of 2: 21×21 samples. */
const reach = 20;
const step = 2;
const samples = (reach / step) * 2 + 1;
const count = samples * samples;
const windowSigma = 14;
/** Half of what a patch shows between the centres of its outermost pixels, and a little less. */
const inside = centre - 0.01;
/** By the number of parameters: a place that has not settled by then slides along an edge. */
const mostIterations: Readonly<Record<number, number>> = { 2: 12, 6: 20 };
/**
 * Steps this short (patch px at the centre, and at the window's border) change nothing: of the place alone; of a place from which the affinity is
 * found; of place and affinity.
 */
const shortestStep = { place: 0.01, start: 0.3, affinity: 0.03 } as const;

/** How two patches lie on each other: pixel x of patch 1 shows what pixel `affinity · x + shift` of patch 2 does, from the centres. */
export interface Alignment {
  readonly shift: readonly [number, number];
  readonly affinity: Matrix2;
  /** Of the aligned patches, within the window. */
  readonly correlation: number;
}

/**
 * What may change while patches are aligned: the place alone, where how they are distorted is known; the affinity too, where keypoints
 * say it only roughly.
 */
export type Freedom = 'shift' | 'affinity';

/** Aligns patches of 64×64 grey values. Not for several threads at once. */
export interface Aligner {
  /** Takes the patch that begins at `start` as patch 1 of what follows. */
  readTemplate(patches: Uint8Array, start: number): void;
  /**
   * Aligns the patch that begins at `start`, from the affinity given and no shift.
   * @returns null where patch 1 does not show both directions (an edge slides along itself), or the search slides away
   */
  align(patches: Uint8Array, start: number, affinity: Matrix2, freedom: Freedom): Alignment | null;
}

/** Samples of the window: patch px from the centre, and Gaussian weights of sum 1. */
function createWindow(): { x: Float64Array; y: Float64Array; weight: Float64Array } {
  const x = Float64Array.from({ length: count }, (_, n) => (n % samples) * step - reach);
  const y = Float64Array.from({ length: count }, (_, n) => Math.floor(n / samples) * step - reach);
  const weight = x.map((dx, n) => Math.exp(-(dx * dx + y[n] * y[n]) / (2 * windowSigma * windowSigma)));
  const sum = weight.reduce((total, w) => total + w, 0);
  return { x, y, weight: weight.map((w) => w / sum) };
}

/** Derivatives by the place first, then by the affinity's elements, in units that move the window's border by a pixel. */
const parameterCount: Readonly<Record<Freedom, number>> = { shift: 2, affinity: 6 };

/**
 * Inverse compositional alignment (Baker & Matthews, "Lucas-Kanade 20 years on", IJCV 2004, section 3.2) of contrast-normalised patches in a
 * Gaussian window: over the translation, and then over the affinity as well where that is free.
 */
export function createAligner(): Aligner {
  const { x, y, weight } = createWindow();
  const value = new Float64Array(count);
  const moved = new Float64Array(count);
  /** Row n: how sample n changes with each parameter. */
  const descent = new Float64Array(6 * count);
  const hessian = new Float64Array(36);
  let isSteep = false;

  const readTemplate = (patches: Uint8Array, start: number): void => {
    for (let n = 0; n < count; n++) value[n] = bilinearInside(patches, start, centre + x[n], centre + y[n]);
    const scale = normaliseContrast(value, weight);
    hessian.fill(0);
    for (let n = 0; n < count; n++) {
      const px = centre + x[n];
      const py = centre + y[n];
      const gx =
        (scale * (bilinearInside(patches, start, px + 1, py) - bilinearInside(patches, start, px - 1, py))) / 2;
      const gy =
        (scale * (bilinearInside(patches, start, px, py + 1) - bilinearInside(patches, start, px, py - 1))) / 2;
      const row = 6 * n;
      descent[row] = gx;
      descent[row + 1] = gy;
      descent[row + 2] = (gx * x[n]) / reach;
      descent[row + 3] = (gx * y[n]) / reach;
      descent[row + 4] = (gy * x[n]) / reach;
      descent[row + 5] = (gy * y[n]) / reach;
      addSquare(hessian, descent, row, weight[n]);
    }
    const [xx, xy, yy] = [hessian[0], hessian[6], hessian[7]];
    isSteep = xx * yy - xy * xy > 1e-3 * (xx + yy) ** 2;
  };

  const sample = (patches: Uint8Array, start: number, affinity: Matrix2, tx: number, ty: number): void => {
    const [a, b, c, d] = affinity;
    const [spanX, spanY] = [reach * (Math.abs(a) + Math.abs(b)), reach * (Math.abs(c) + Math.abs(d))];
    const isInside = spanX + Math.abs(tx) < inside && spanY + Math.abs(ty) < inside;
    for (let n = 0; n < count; n++) {
      const dx = x[n];
      const dy = y[n];
      const u = centre + a * dx + b * dy + tx;
      const v = centre + c * dx + d * dy + ty;
      moved[n] = isInside ? bilinearInside(patches, start, u, v) : bilinear(patches, start, u, v);
    }
    normaliseContrast(moved, weight);
  };

  /** The step of the template that explains the difference best. */
  const solve = (factor: Float64Array, size: number): Float64Array => {
    const step = new Float64Array(size);
    for (let n = 0; n < count; n++) {
      const error = weight[n] * (moved[n] - value[n]);
      for (let k = 0; k < size; k++) step[k] += descent[6 * n + k] * error;
    }
    choleskySubstitute(factor, size, step);
    return step;
  };

  const descend = (
    patches: Uint8Array,
    start: number,
    from: Placement,
    size: number,
    shortest: number,
  ): Placement | null => {
    const factor = new Float64Array(size * size);
    for (let k = 0; k < size; k++) factor.set(hessian.subarray(6 * k, 6 * k + size), size * k);
    if (!choleskyFactor(factor, size)) return null;
    let at = from;
    for (let k = 0; k < mostIterations[size]; k++) {
      sample(patches, start, at.affinity, ...at.shift);
      const delta = solve(factor, size);
      at = composeInverse(at, delta);
      if (!(Math.hypot(...at.shift) < reach)) return null;
      if (Math.hypot(...delta) < shortest) break;
    }
    return at;
  };

  return {
    readTemplate,
    align(patches, start, affinity, freedom) {
      if (!isSteep) return null;
      const isFree = freedom === 'affinity';
      const { place, start: roughly, affinity: finely } = shortestStep;
      const unmoved = { affinity, shift: [0, 0] } as const;
      let at = descend(patches, start, unmoved, parameterCount.shift, isFree ? roughly : place);
      if (at !== null && isFree) at = descend(patches, start, at, parameterCount.affinity, finely);
      if (at === null) return null;
      sample(patches, start, at.affinity, ...at.shift);
      let correlation = 0;
      for (let n = 0; n < count; n++) correlation += weight[n] * moved[n] * value[n];
      return { ...at, correlation };
    },
  };
}

type Placement = Omit<Alignment, 'correlation'>;

/** The placement after the template was moved by `delta`: x ↦ (I + D) x + d. */
function composeInverse({ affinity, shift: [tx, ty] }: Placement, delta: Float64Array): Placement {
  const [dx, dy, a = 0, b = 0, c = 0, d = 0] = delta;
  const back = inverse2([1 + a / reach, b / reach, c / reach, 1 + d / reach]);
  const composed = multiply2(affinity, back);
  const [p, q, r, s] = composed;
  return { affinity: composed, shift: [tx - (p * dx + q * dy), ty - (r * dx + s * dy)] };
}

/** Adds `weight · row rowᵀ` of six elements to the lower triangle. */
function addSquare(matrix: Float64Array, rows: Float64Array, start: number, weight: number): void {
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j <= i; j++) matrix[6 * i + j] += weight * rows[start + i] * rows[start + j];
  }
}

/** Subtracts the weighted mean and divides by the weighted standard deviation; returns the factor. */
function normaliseContrast(values: Float64Array, weight: Float64Array): number {
  let mean = 0;
  for (let n = 0; n < values.length; n++) mean += weight[n] * values[n];
  let variance = 0;
  for (let n = 0; n < values.length; n++) variance += weight[n] * (values[n] - mean) ** 2;
  const scale = 1 / Math.sqrt(variance + 1);
  for (let n = 0; n < values.length; n++) values[n] = (values[n] - mean) * scale;
  return scale;
}

/** As `bilinear`, of a place that is not at the border. */
function bilinearInside(patches: Uint8Array, start: number, x: number, y: number): number {
  const ix = x | 0;
  const iy = y | 0;
  const fx = x - ix;
  const p = start + iy * side + ix;
  const top = patches[p] + fx * (patches[p + 1] - patches[p]);
  const bottom = patches[p + side] + fx * (patches[p + side + 1] - patches[p + side]);
  return top + (y - iy) * (bottom - top);
}

/** Bilinear value of the patch that begins at `start`, clamped at its border. */
function bilinear(patches: Uint8Array, start: number, x: number, y: number): number {
  const cx = x < 0 ? 0 : x > side - 1.001 ? side - 1.001 : x;
  const cy = y < 0 ? 0 : y > side - 1.001 ? side - 1.001 : y;
  const ix = Math.floor(cx);
  const iy = Math.floor(cy);
  const fx = cx - ix;
  const p = start + iy * side + ix;
  const top = patches[p] + fx * (patches[p + 1] - patches[p]);
  const bottom = patches[p + side] + fx * (patches[p + side + 1] - patches[p + side]);
  return top + (cy - iy) * (bottom - top);
}
