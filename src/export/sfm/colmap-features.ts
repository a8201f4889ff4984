import type { SfmFeatures } from '../../scene/sfm-set.ts';
import { colmapShift } from './colmap-pixels.ts';

/** Values a keypoint that are written: x, y, scale (σ, half of our size) and orientation. */
export const keypointColumns = 4;

/** Length of SIFT's descriptor, the only one that COLMAP 3 knows. */
export const siftLength = 128;

/** x, y, scale and orientation of each keypoint, in COLMAP's pixels. */
export function keypointRows({ count, x, y, size, angle }: SfmFeatures): Float32Array {
  const rows = new Float32Array(keypointColumns * count);
  for (let i = 0; i < count; i++) {
    rows.set([x[i] + colmapShift, y[i] + colmapShift, size[i] / 2, angle[i]], keypointColumns * i);
  }
  return rows;
}

/** Whether COLMAP writes keypoints of so many columns: a place, with scale and orientation, or with an affine shape. */
export function isKeypointLayout(columns: number): boolean {
  return columns === 2 || columns === 4 || columns === 6;
}

/**
 * Keypoints of COLMAP's 2, 4 or 6 columns. As in COLMAP, a place alone has scale 1 and no turn, and an affine shape
 * [[a11, a12], [a21, a22]] has the mean length of its columns as scale and the direction of the first as orientation.
 */
export function featuresFromRows(
  rows: Float32Array,
  columns: number,
): Omit<SfmFeatures, 'descriptors' | 'descriptorLength'> {
  const count = rows.length / columns;
  const column = (value: (k: Float32Array) => number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => value(rows.subarray(columns * i, columns * (i + 1))));
  const shapes = {
    2: { scale: () => 1, turn: () => 0 },
    4: { scale: (k: Float32Array) => k[2], turn: (k: Float32Array) => k[3] },
    6: {
      scale: (k: Float32Array) => (Math.hypot(k[2], k[4]) + Math.hypot(k[3], k[5])) / 2,
      turn: (k: Float32Array) => Math.atan2(k[4], k[2]),
    },
  };
  const { scale, turn } = shapes[columns as keyof typeof shapes];
  return {
    count,
    x: column((k) => k[0] - colmapShift),
    y: column((k) => k[1] - colmapShift),
    size: column((k) => 2 * scale(k)),
    angle: column(turn),
    // COLMAP keeps none.
    response: new Float32Array(count),
  };
}

/** Descriptors of any unit, row-major, each at unit length; rows of zeros stay. */
export function unitRows(values: ArrayLike<number>, length: number): Float32Array {
  const unit = Float32Array.from(values);
  for (let at = 0; at < unit.length; at += length) {
    const row = unit.subarray(at, at + length);
    const norm = Math.hypot(...row);
    if (norm > 0) for (let k = 0; k < length; k++) row[k] /= norm;
  }
  return unit;
}

/**
 * Descriptors as COLMAP's SIFT has them, 128 bytes of 512 times the value each; zeros where ours are of another kind
 * (another length, or values below 0), which COLMAP's own matchers have no use for.
 */
export function siftBytes({ count, descriptors, descriptorLength }: SfmFeatures): Uint8Array {
  const isSift = descriptorLength === siftLength && descriptors.every((value) => value >= 0);
  if (!isSift) return new Uint8Array(siftLength * count);
  return Uint8Array.from(descriptors, (value) => Math.min(255, Math.round(512 * value)));
}
