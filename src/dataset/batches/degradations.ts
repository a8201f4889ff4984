import type { Occlusion } from './look.ts';
import { storedSide } from './resample.ts';

const centre = (storedSide - 1) / 2;

/** Puts something in front of the 64×64 patch: one grey, or the patch that begins at `offset` of `patches`. */
export function occlude(levels: Float32Array, occlusion: Occlusion, patches: Uint8Array, offset: number): void {
  const { shape, parameters, grey } = occlusion;
  const [a, b, c, d, e, f] = parameters;
  for (let v = 0, at = 0; v < storedSide; v++) {
    const y = v - centre;
    for (let u = 0; u < storedSide; u++, at++) {
      const x = u - centre;
      const covered =
        shape === 'half-plane' ? a * x + b * y > c : (a * x + b * y + c) ** 2 + (d * x + e * y + f) ** 2 < 1;
      if (covered) levels[at] = grey ?? patches[offset + at];
    }
  }
}

/** Multiplies by 1 + gx·x + gy·y at offset (x, y) from the centre. */
export function addGradient(levels: Float32Array, [gx, gy]: readonly [number, number]): void {
  for (let v = 0, at = 0; v < storedSide; v++) {
    let gain = 1 + gy * (v - centre) - gx * centre;
    for (let u = 0; u < storedSide; u++, gain += gx) levels[at++] *= gain;
  }
}

/**
 * Adds independent noise to each level: the sum of the four bytes of a xorshift32 number (Marsaglia 2003), near-normal
 * and much cheaper than normal.
 * @param sigma in grey levels
 * @param seed not 0
 */
export function addNoise(levels: Float32Array, sigma: number, seed: number): void {
  // The sum of four uniform bytes has mean 510 and variance 4·(256² − 1)/12.
  const factor = sigma / Math.sqrt((4 * (256 ** 2 - 1)) / 12);
  let bits = seed | 0;
  for (let i = 0; i < levels.length; i++) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
    levels[i] += (sum - 510) * factor;
  }
}

/** Rounds to bytes, as a photo has them. */
export function quantise(levels: Float32Array): void {
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i];
    levels[i] = level <= 0 ? 0 : level >= 255 ? 255 : (level + 0.5) | 0;
  }
}

/** Variance of the widest pass: 1/4, 1/2, 1/4. */
const widestPass = 0.5;

/**
 * Gaussian blur of 64×64 levels, clamped at the border: passes of (a, 1 − 2a, a) along the rows and the columns, as
 * many as give the variance σ² together. Near enough to a Gaussian, and a fraction of the work of wide kernels.
 */
export function blur(levels: Float32Array, sigma: number): void {
  const passes = Math.ceil(sigma ** 2 / widestPass);
  const beside = sigma ** 2 / passes / 2;
  for (let pass = 0; pass < passes; pass++) {
    blurLines(levels, beside, 1, storedSide);
    blurLines(levels, beside, storedSide, 1);
  }
}

/** One pass along lines whose pixels are `step` apart, from one line to the next `lineStep`. */
function blurLines(levels: Float32Array, beside: number, step: number, lineStep: number): void {
  const middle = 1 - 2 * beside;
  const last = (storedSide - 1) * step;
  for (let line = 0; line < storedSide; line++) {
    const start = line * lineStep;
    let before = levels[start];
    let here = before;
    for (let at = start; at < start + last; at += step) {
      const after = levels[at + step];
      levels[at] = middle * here + beside * (before + after);
      before = here;
      here = after;
    }
    levels[start + last] = middle * here + beside * (before + here);
  }
}
