import type { Image } from '../image/image.ts';
import type { Keypoints } from './keypoints.ts';

/** Side of a patch in pixels, as the networks take it. */
export const patchSide = 64;

export interface PatchOptions {
  /** Pixels of a side of the patch. */
  readonly side: number;
  /** Side of the patch in the photo, in keypoint sizes; stands with the detector and the network (6 for ours). */
  readonly k: number;
}

type PlacedKeypoints = Pick<Keypoints, 'count' | 'x' | 'y' | 'size' | 'angle'>;

/**
 * Cuts a square patch around each keypoint. Pixel (u, v) of an n×n patch shows the photo at
 * `p + R(angle) · (k·size/n) · (u − (n−1)/2, v − (n−1)/2)`, `R = [[cos, −sin], [sin, cos]]`, so that a photo turned
 * by 90° gives the same patches. Each pixel is the mean of bilinear samples no further apart than one pixel of the
 * pyramid level they come from, so nothing aliases; beyond the border the photo goes on with its border pixels.
 * @param pyramid grey levels, each half the size of the one before: level l pixel x shows base pixel (x + 0.5)·2^l − 0.5
 * @param keypoints in pixels of the pyramid's base; the centre of the top-left pixel is (0, 0)
 * @returns `count × side × side` grey values, row-major
 */
export function cutPatches(
  pyramid: readonly Image[],
  keypoints: PlacedKeypoints,
  { side, k }: PatchOptions,
): Uint8Array {
  const pixels = side * side;
  const patches = new Uint8Array(keypoints.count * pixels);
  const sums = new Float64Array(pixels);
  for (let i = 0; i < keypoints.count; i++) {
    const step = (k * keypoints.size[i]) / side;
    // A patch pixel is 0.7 to 1.4 pixels of the level: neither samples wasted nor detail lost.
    const level = Math.min(Math.max(0, Math.round(Math.log2(step))), pyramid.length - 1);
    const shrink = 2 ** -level;
    const frame: Frame = {
      x: (keypoints.x[i] + 0.5) * shrink - 0.5,
      y: (keypoints.y[i] + 0.5) * shrink - 0.5,
      dx: Math.cos(keypoints.angle[i]) * step * shrink,
      dy: Math.sin(keypoints.angle[i]) * step * shrink,
    };
    const samplesPerSide = Math.max(1, Math.ceil(step * shrink));
    sums.fill(0.5);
    addSamples(greyBytes(pyramid[level]), frame, side, samplesPerSide, sums);
    const offset = i * pixels;
    for (let j = 0; j < pixels; j++) patches[offset + j] = sums[j];
  }
  return patches;
}

/**
 * Averages 2×2 pixels of 64×64 patches: the descriptor network's input, 32×32 floats in [0, 1] a patch.
 * @param white the level that is 1 there
 */
export function halvePatches(patches: Uint8Array | Float32Array, white = 255): Float32Array {
  const half = patchSide / 2;
  const count = patches.length / (patchSide * patchSide);
  const result = new Float32Array(count * half * half);
  for (let row = 0, to = 0; row < count * half; row++) {
    let from = row * 2 * patchSide;
    for (let u = 0; u < half; u++, from += 2) {
      const sum = patches[from] + patches[from + 1] + patches[from + patchSide] + patches[from + patchSide + 1];
      result[to++] = sum / (4 * white);
    }
  }
  return result;
}

/** A patch's centre and the step to its next pixel (in u: (dx, dy); in v: (−dy, dx)), in pixels of a pyramid level. */
interface Frame {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

function greyBytes(level: Image): Image & { data: Uint8Array } {
  if (level.channels !== 1 || !(level.data instanceof Uint8Array)) {
    throw new TypeError(`expected a grey 8-bit pyramid but received ${level.channels} channels`);
  }
  return level as Image & { data: Uint8Array };
}

/** Adds the mean of `samplesPerSide²` samples around each patch pixel to `sums`. */
function addSamples(
  level: Image & { data: Uint8Array },
  { x, y, dx, dy }: Frame,
  side: number,
  samplesPerSide: number,
  sums: Float64Array,
): void {
  const weight = 1 / (samplesPerSide * samplesPerSide);
  const half = (side - 1) / 2;
  // Half the patch's diagonal, one pixel more for the bilinear neighbours.
  const reach = (Math.abs(dx) + Math.abs(dy)) * (half + 0.5) + 1;
  const inside = x - reach > 0 && y - reach > 0 && x + reach < level.width - 1 && y + reach < level.height - 1;
  const add = inside ? addGridInside : addGridClamped;
  for (let b = 0; b < samplesPerSide; b++) {
    for (let a = 0; a < samplesPerSide; a++) {
      const u = (a + 0.5) / samplesPerSide - 0.5 - half;
      const v = (b + 0.5) / samplesPerSide - 0.5 - half;
      add(level, x + u * dx - v * dy, y + u * dy + v * dx, dx, dy, side, weight, sums);
    }
  }
}

/** Adds `weight` times one bilinear sample a patch pixel, the first at (x0, y0); none may touch the border. */
function addGridInside(
  level: Image & { data: Uint8Array },
  x0: number,
  y0: number,
  dx: number,
  dy: number,
  side: number,
  weight: number,
  sums: Float64Array,
): void {
  const { data, width } = level;
  for (let v = 0, to = 0; v < side; v++) {
    let x = x0 - v * dy;
    let y = y0 + v * dx;
    for (let u = 0; u < side; u++, x += dx, y += dy) {
      const column = x | 0;
      const row = y | 0;
      const at = row * width + column;
      const fx = x - column;
      const top = data[at] + fx * (data[at + 1] - data[at]);
      const bottom = data[at + width] + fx * (data[at + width + 1] - data[at + width]);
      sums[to++] += weight * (top + (y - row) * (bottom - top));
    }
  }
}

/** As `addGridInside`, with coordinates clamped to the picture. */
function addGridClamped(
  level: Image & { data: Uint8Array },
  x0: number,
  y0: number,
  dx: number,
  dy: number,
  side: number,
  weight: number,
  sums: Float64Array,
): void {
  const { data, width, height } = level;
  for (let v = 0, to = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const x = Math.min(Math.max(x0 + u * dx - v * dy, 0), width - 1);
      const y = Math.min(Math.max(y0 + u * dy + v * dx, 0), height - 1);
      const column = Math.min(x | 0, Math.max(0, width - 2));
      const row = Math.min(y | 0, Math.max(0, height - 2));
      const at = row * width + column;
      const right = width > 1 ? 1 : 0;
      const below = height > 1 ? width : 0;
      const fx = x - column;
      const top = data[at] + fx * (data[at + right] - data[at]);
      const bottom = data[at + below] + fx * (data[at + below + right] - data[at + below]);
      sums[to++] += weight * (top + (y - row) * (bottom - top));
    }
  }
}
