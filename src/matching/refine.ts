import type { PhotoFeatures } from '../features/photo-features.ts';
import type { Matrix3 } from '../math/matrix3.ts';

export interface RefineOptions {
  /** A refinement that moves further than this many px of photo 2 is not believed. */
  readonly maxShiftPx: number;
  /** Least correlation of the aligned patches for the refinement to be believed. */
  readonly minCorrelation: number;
}

const side = 64;
const centre = (side - 1) / 2;
/** The window reaches so many patch pixels from the centre, in steps of 2: 21×21 samples. */
const reach = 20;
const step = 2;
const samples = (reach / step) * 2 + 1;
const iterations = 12;

/**
 * Sub-pixel refinement of matches: moves the place in photo 2 until its patch looks like the patch of photo 1, warped by
 * the homography's local affinity. Inverse compositional alignment (Baker & Matthews 2004) over the translation, on
 * contrast-normalised patches with a Gaussian window.
 *
 * Keypoints are detected in each photo alone and scatter by half a pixel; two views of the same patch align to about a
 * tenth.
 * @param pairs `index1, index2` a match
 * @param image2FromImage1 homography in px of the full-resolution photos
 * @returns `dx, dy` a match in px of photo 2; 0, 0 where the alignment is not believed
 */
export function refineMatches(
  features1: PhotoFeatures,
  features2: PhotoFeatures,
  pairs: { readonly index1: ArrayLike<number>; readonly index2: ArrayLike<number> },
  image2FromImage1: Matrix3,
  options: RefineOptions,
): Float32Array {
  const offsets = new Float32Array(2 * pairs.index1.length);
  const template = createTemplate();
  for (let m = 0; m < pairs.index1.length; m++) {
    const i = pairs.index1[m];
    const j = pairs.index2[m];
    const frames = framesOf(features1, i, features2, j, image2FromImage1);
    readTemplate(template, features1.patches, i * side * side);
    const shift = align(template, features2.patches, j * side * side, frames.patch2FromPatch1, options.minCorrelation);
    if (shift === null) continue;
    const [a, b, c, d] = frames.photo2FromPatch2;
    const dx = a * shift[0] + b * shift[1];
    const dy = c * shift[0] + d * shift[1];
    if (Math.hypot(dx, dy) > options.maxShiftPx) continue;
    offsets[2 * m] = dx;
    offsets[2 * m + 1] = dy;
  }
  return offsets;
}

type Matrix2 = readonly [number, number, number, number];

/** How patch pixels of the two keypoints relate, by the homography's derivative at keypoint 1. */
function framesOf(
  features1: PhotoFeatures,
  i: number,
  features2: PhotoFeatures,
  j: number,
  h: Matrix3,
): { patch2FromPatch1: Matrix2; photo2FromPatch2: Matrix2 } {
  const { x, y } = features1.keypoints;
  const w = h[6] * x[i] + h[7] * y[i] + h[8];
  const px = (h[0] * x[i] + h[1] * y[i] + h[2]) / w;
  const py = (h[3] * x[i] + h[4] * y[i] + h[5]) / w;
  const jacobian: Matrix2 = [
    (h[0] - px * h[6]) / w,
    (h[1] - px * h[7]) / w,
    (h[3] - py * h[6]) / w,
    (h[4] - py * h[7]) / w,
  ];
  const photo1FromPatch1 = patchFrame(features1.keypoints.size[i], features1.keypoints.angle[i], features1.patchScale);
  const photo2FromPatch2 = patchFrame(features2.keypoints.size[j], features2.keypoints.angle[j], features2.patchScale);
  const patch2FromPatch1 = multiply2(inverse2(photo2FromPatch2), multiply2(jacobian, photo1FromPatch1));
  return { patch2FromPatch1, photo2FromPatch2 };
}

function patchFrame(size: number, angle: number, patchScale: number): Matrix2 {
  const s = (patchScale * size) / side;
  const cos = s * Math.cos(angle);
  const sin = s * Math.sin(angle);
  return [cos, -sin, sin, cos];
}

function multiply2(a: Matrix2, b: Matrix2): Matrix2 {
  return [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]];
}

function inverse2(a: Matrix2): Matrix2 {
  const d = 1 / (a[0] * a[3] - a[1] * a[2]);
  return [a[3] * d, -a[1] * d, -a[2] * d, a[0] * d];
}

/** Window of patch 1: contrast-normalised values, gradients (per patch px), Gaussian weights; and a buffer for patch 2. */
interface Template {
  readonly weight: Float64Array;
  readonly value: Float64Array;
  readonly gradientX: Float64Array;
  readonly gradientY: Float64Array;
  readonly moved: Float64Array;
}

function createTemplate(): Template {
  const count = samples * samples;
  const weight = new Float64Array(count);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const dx = (n % samples) * step - reach;
    const dy = Math.floor(n / samples) * step - reach;
    weight[n] = Math.exp(-(dx * dx + dy * dy) / (2 * 14 * 14));
    sum += weight[n];
  }
  for (let n = 0; n < count; n++) weight[n] /= sum;
  return {
    weight,
    value: new Float64Array(count),
    gradientX: new Float64Array(count),
    gradientY: new Float64Array(count),
    moved: new Float64Array(count),
  };
}

function readTemplate(template: Template, patches: Uint8Array, start: number): void {
  const { value, gradientX, gradientY, weight } = template;
  for (let n = 0; n < value.length; n++) {
    const x = centre + (n % samples) * step - reach;
    const y = centre + Math.floor(n / samples) * step - reach;
    value[n] = bilinear(patches, start, x, y);
    gradientX[n] = (bilinear(patches, start, x + 1, y) - bilinear(patches, start, x - 1, y)) / 2;
    gradientY[n] = (bilinear(patches, start, x, y + 1) - bilinear(patches, start, x, y - 1)) / 2;
  }
  const scale = normaliseContrast(value, weight);
  for (let n = 0; n < value.length; n++) {
    gradientX[n] *= scale;
    gradientY[n] *= scale;
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

/** The translation (patch 2 px) that aligns patch 2 with the template, or null where there is none to believe. */
function align(
  template: Template,
  patches: Uint8Array,
  start: number,
  affinity: Matrix2,
  minCorrelation: number,
): readonly [number, number] | null {
  const { weight, value, gradientX, gradientY, moved } = template;
  const count = value.length;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let n = 0; n < count; n++) {
    xx += weight[n] * gradientX[n] * gradientX[n];
    xy += weight[n] * gradientX[n] * gradientY[n];
    yy += weight[n] * gradientY[n] * gradientY[n];
  }
  const determinant = xx * yy - xy * xy;
  // An edge slides along itself: both directions must be seen.
  if (!(determinant > 1e-3 * (xx + yy) ** 2)) return null;
  let tx = 0;
  let ty = 0;
  for (let k = 0; k < iterations; k++) {
    sampleMoved(moved, patches, start, affinity, tx, ty);
    normaliseContrast(moved, weight);
    let bx = 0;
    let by = 0;
    for (let n = 0; n < count; n++) {
      const error = weight[n] * (moved[n] - value[n]);
      bx += gradientX[n] * error;
      by += gradientY[n] * error;
    }
    const dx = (yy * bx - xy * by) / determinant;
    const dy = (xx * by - xy * bx) / determinant;
    tx -= affinity[0] * dx + affinity[1] * dy;
    ty -= affinity[2] * dx + affinity[3] * dy;
    if (!(tx * tx + ty * ty < reach * reach)) return null;
    if (dx * dx + dy * dy < 1e-4) break;
  }
  sampleMoved(moved, patches, start, affinity, tx, ty);
  normaliseContrast(moved, weight);
  let correlation = 0;
  for (let n = 0; n < count; n++) correlation += weight[n] * moved[n] * value[n];
  return correlation >= minCorrelation ? [tx, ty] : null;
}

function sampleMoved(
  moved: Float64Array,
  patches: Uint8Array,
  start: number,
  [a, b, c, d]: Matrix2,
  tx: number,
  ty: number,
): void {
  for (let n = 0; n < moved.length; n++) {
    const dx = (n % samples) * step - reach;
    const dy = Math.floor(n / samples) * step - reach;
    moved[n] = bilinear(patches, start, centre + a * dx + b * dy + tx, centre + c * dx + d * dy + ty);
  }
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
