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

/** Gaussian blur of 64×64 levels, clamped at the border. */
export function createBlur(): (levels: Float32Array, sigma: number) => void {
  const reach = 8;
  const padded = new Float32Array(storedSide + 2 * reach);
  const rows = new Float32Array((storedSide + 2 * reach) * storedSide);
  return (levels, sigma) => {
    const radius = Math.min(reach, Math.max(1, Math.ceil(2.5 * sigma)));
    const weights = gaussianWeights(sigma, radius);
    for (let v = 0; v < storedSide; v++) {
      const row = v * storedSide;
      padded.fill(levels[row], 0, reach);
      for (let u = 0; u < storedSide; u++) padded[reach + u] = levels[row + u];
      padded.fill(levels[row + storedSide - 1], reach + storedSide);
      const to = (v + reach) * storedSide;
      for (let u = 0; u < storedSide; u++) {
        const at = reach + u;
        let sum = weights[0] * padded[at];
        for (let t = 1; t <= radius; t++) sum += weights[t] * (padded[at - t] + padded[at + t]);
        rows[to + u] = sum;
      }
    }
    for (let t = 0; t < reach; t++) {
      rows.copyWithin(t * storedSide, reach * storedSide, (reach + 1) * storedSide);
      const last = (reach + storedSide - 1) * storedSide;
      rows.copyWithin((reach + storedSide + t) * storedSide, last, last + storedSide);
    }
    for (let v = 0, at = 0; v < storedSide; v++) {
      for (let u = 0; u < storedSide; u++) {
        const from = (v + reach) * storedSide + u;
        let sum = weights[0] * rows[from];
        for (let t = 1; t <= radius; t++) {
          sum += weights[t] * (rows[from - t * storedSide] + rows[from + t * storedSide]);
        }
        levels[at++] = sum;
      }
    }
  };
}

/** Weights of the centre and of 1 … radius pixels beside it; they and their mirror image sum to 1. */
function gaussianWeights(sigma: number, radius: number): Float64Array {
  const weights = new Float64Array(radius + 1);
  let sum = 0;
  for (let t = 0; t <= radius; t++) {
    weights[t] = Math.exp((-t * t) / (2 * sigma * sigma));
    sum += t === 0 ? weights[t] : 2 * weights[t];
  }
  return weights.map((weight) => weight / sum);
}
