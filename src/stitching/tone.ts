import { linearFromSrgb, srgbFromLinear } from '../image/srgb.ts';

/**
 * What makes a photo's pixels comparable with its neighbours': linear-light values are multiplied by a gain for each
 * channel and divided by the vignetting v(r), log v = a r² + b r⁴ + c r⁶, r from the photo's centre, 1 at its corners;
 * white that is cut off stays white.
 */
export interface Tone {
  readonly gain: readonly [number, number, number];
  readonly vignetting: readonly [number, number, number];
}

export const neutralTone: Tone = { gain: [1, 1, 1], vignetting: [0, 0, 0] };

/**
 * Between these sRGB values of the darkest channel a pixel turns from measured to cut off: what is brighter is white of
 * unknown brightness, and darkening it would give grey skies and lamps. Such pixels are not darkened.
 */
const cutOffFrom = 0.85;
const cutOffTo = 0.985;

/** How surely a pixel is cut off (0…1), from its darkest channel. */
export function cutOff(darkest: number): number {
  if (darkest <= cutOffFrom) return 0;
  const t = Math.min(1, (darkest - cutOffFrom) / (cutOffTo - cutOffFrom));
  return t * t * (3 - 2 * t);
}

/** Entries of the tables between 0 and 1 (decode) and between 0 and 2 (encode). */
const decodeSteps = 4096;
const encodeSteps = 8192;
const falloffSteps = 512;

/** sRGB value (0…1) → linear light, in `decodeSteps` steps with one entry more for interpolation. */
export const decodeTable = makeTable(decodeSteps, 1, linearFromSrgb);
/** Square root of linear light (0…2, that is up to four times white) → sRGB value: nearly straight, so steps hardly err. */
export const encodeTable = makeTable(encodeSteps, 2, (root) => srgbFromLinear(root * root));

/** Position of an sRGB value in the decode table. */
export const decodeScale = decodeSteps;
/** Position of the square root of a linear value in the encode table. */
export const encodeScale = encodeSteps / 2;
/** Largest root of a linear value in the encode table. */
export const encodeLimit = 2 - 1e-6;

/** 1 / v(r) against r² from 0 to 1 (clamped beyond), with one entry more for interpolation. */
export function falloffTable(vignetting: Tone['vignetting']): Float64Array {
  return makeTable(falloffSteps, 1, (r2) => Math.exp(-logVignetting(vignetting, Math.min(1, r2))));
}
export const falloffScale = falloffSteps;

/** log v at squared radius r2. */
export function logVignetting([a, b, c]: Tone['vignetting'], r2: number): number {
  return r2 * (a + r2 * (b + r2 * c));
}

export function isNeutral({ gain, vignetting }: Tone): boolean {
  return gain.every((g) => g === 1) && vignetting.every((v) => v === 0);
}

function makeTable(steps: number, end: number, f: (x: number) => number): Float64Array {
  const table = new Float64Array(steps + 2);
  for (let i = 0; i < table.length; i++) table[i] = f((i / steps) * end);
  return table;
}
