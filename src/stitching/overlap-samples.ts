import { rectanglesMeet } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import type { Preview } from './preview.ts';
import { seamPhotoIndex } from './seam-photo.ts';
import { decodeTable, decodeScale } from './tone.ts';

/** Places that two photos show both: what their exposures are compared by. */
export interface OverlapSamples {
  /** Positions in the list of previews. */
  readonly a: number;
  readonly b: number;
  readonly count: number;
  /** log(linear value in b / linear value in a) for red, green, blue: three a sample. */
  readonly logRatio: Float64Array;
  /** Squared distance from either photo's centre, 1 at its corners. */
  readonly radius2A: Float64Array;
  readonly radius2B: Float64Array;
}

/** Enough to average out noise; a pair must not count for more because it overlaps more. */
const samplesPerPair = 800;
/** sRGB bytes beyond which a channel is cut off or drowns in noise. */
const brightest = 247;
const darkest = 12;
/** Neighbouring bytes that differ by more lie on an edge, where a shift of a fraction of a pixel decides the ratio. */
const steepest = 24;

/** Samples every pair of previews that overlap, evenly over the overlap. */
export function sampleOverlaps(previews: readonly Preview[], canvas: Canvas): OverlapSamples[] {
  const period = canvas.wraps ? canvas.width : 0;
  const all: OverlapSamples[] = [];
  for (let a = 0; a < previews.length; a++) {
    for (let b = a + 1; b < previews.length; b++) {
      if (!rectanglesMeet(previews[a].rectangle, previews[b].rectangle, period)) continue;
      const samples = samplePair(previews, a, b, period);
      if (samples.count > 0) all.push(samples);
    }
  }
  return all;
}

function samplePair(previews: readonly Preview[], a: number, b: number, period: number): OverlapSamples {
  const [from, to] = [previews[a], previews[b]];
  const common = commonPixels(from, to, period);
  const stride = Math.max(1, Math.floor(common.length / 2 / samplesPerPair));
  const logRatio: number[] = [];
  const radius2A: number[] = [];
  const radius2B: number[] = [];
  for (let k = 0; k < common.length; k += 2 * stride) {
    const [p, q] = [common[k], common[k + 1]];
    if (!isUsable(from, p) || !isUsable(to, q)) continue;
    for (let c = 0; c < 3; c++) logRatio.push(logLinear(to.rgb[q * 3 + c]) - logLinear(from.rgb[p * 3 + c]));
    radius2A.push(from.radius2[p]);
    radius2B.push(to.radius2[q]);
  }
  return {
    a,
    b,
    count: radius2A.length,
    logRatio: Float64Array.from(logRatio),
    radius2A: Float64Array.from(radius2A),
    radius2B: Float64Array.from(radius2B),
  };
}

/** Indices into both previews of every pixel that both show. */
function commonPixels(from: Preview, to: Preview, period: number): number[] {
  const { x, y, width, height } = from.rectangle;
  const common: number[] = [];
  for (let j = 0, p = 0; j < height; j++) {
    for (let i = 0; i < width; i++, p++) {
      if (from.valid[p] === 0) continue;
      const q = seamPhotoIndex(to, x + i, y + j, period);
      if (q >= 0 && to.valid[q] === 1) common.push(p, q);
    }
  }
  return common;
}

/** Neither cut off nor drowned in noise in any channel, and flat around. */
function isUsable({ rectangle, valid, rgb }: Preview, p: number): boolean {
  const { width, height } = rectangle;
  const i = p % width;
  if (i === 0 || i === width - 1 || p < width || p >= width * (height - 1)) return false;
  if (!(valid[p - 1] && valid[p + 1] && valid[p - width] && valid[p + width])) return false;
  for (let c = 0; c < 3; c++) {
    const v = rgb[p * 3 + c];
    if (v < darkest || v > brightest) return false;
    if (Math.abs(rgb[(p + 1) * 3 + c] - rgb[(p - 1) * 3 + c]) > steepest) return false;
    if (Math.abs(rgb[(p + width) * 3 + c] - rgb[(p - width) * 3 + c]) > steepest) return false;
  }
  return true;
}

function logLinear(byte: number): number {
  return Math.log(decodeTable[Math.round((byte / 255) * decodeScale)]);
}
