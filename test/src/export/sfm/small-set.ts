import { createRandom } from '../../../../src/math/random.ts';
import type { SfmCamera, SfmFeatures, SfmGeometry, SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';

/** A camera of every model. */
export const everyCamera: readonly SfmCamera[] = [
  { model: 'SIMPLE_PINHOLE', width: 800, height: 600, params: [700.5, 399.5, 299.5], isFocalKnown: true },
  { model: 'PINHOLE', width: 800, height: 600, params: [701, 702.25, 401, 297], isFocalKnown: true },
  { model: 'SIMPLE_RADIAL', width: 600, height: 801, params: [650, 310.25, 399, -0.0625], isFocalKnown: false },
  { model: 'RADIAL', width: 800, height: 600, params: [640, 390, 310, 0.03125, -0.015625], isFocalKnown: true },
  {
    model: 'OPENCV',
    width: 800,
    height: 600,
    params: [710, 710, 395, 301, 0.125, 0.5, 0.001, -0.002],
    isFocalKnown: true,
  },
];

/** With blanks, letters of other scripts and folders. */
export const awkwardNames = ['a b.jpg', 'été/дом 1.jpg', 'sub/IMG_1.jpg', 'sub/deep/IMG.2.JPG', '写真.png', 'z.jpg'];

const F = [0, -1e-6, 2e-3, 1e-6, 0, -3e-3, -2e-3, 3e-3, 1] as const;
const H = [1, 0.01, 30, -0.02, 1.01, -4, 1e-5, 0, 1] as const;
const R = [0, -1, 0, 1, 0, 0, 0, 0, 1] as const;

const geometries: readonly SfmGeometry[] = [
  { kind: 'calibrated', fundamental: F, essential: F, R, t: [0.6, 0, -0.8] },
  { kind: 'uncalibrated', fundamental: F },
  { kind: 'planar', homography: H },
  { kind: 'panoramic', homography: H },
  { kind: 'flat', homography: H },
];

export interface SmallSetOptions {
  readonly names?: readonly string[];
  readonly cameras?: readonly SfmCamera[];
  readonly descriptorLength?: number;
}

/**
 * A small set that holds every kind of camera, geometry and name. The last photo has no keypoints; the pair (0, 3) agrees
 * with no geometry, (1, 2) has no matches.
 */
export function smallSet(options: SmallSetOptions = {}): SfmSet {
  const { names = awkwardNames, cameras = everyCamera, descriptorLength = 128 } = options;
  const random = createRandom(11);
  const photos = names.map((name, i) => {
    const camera = i % cameras.length;
    return { name, width: cameras[camera].width, height: cameras[camera].height, camera };
  });
  const features = photos.map(({ width, height }, i): SfmFeatures => {
    const count = i === photos.length - 1 ? 0 : 20 + i;
    const column = (scale: number): Float32Array => Float32Array.from({ length: count }, () => scale * random.next());
    return {
      count,
      x: column(width - 1),
      y: column(height - 1),
      size: column(30),
      angle: column(6),
      response: column(1),
      descriptors: unitRows(count, descriptorLength, () => random.next() - 0.5),
      descriptorLength,
    };
  });
  const pairs: SfmPair[] = [];
  for (let a = 0; a < photos.length - 1; a++) {
    for (let b = a + 1; b < photos.length - 1; b++) pairs.push(pairOf(a, b));
  }
  return {
    cameras,
    photos,
    features: async (photo) => features[photo],
    async *pairs() {
      yield* pairs;
    },
  };
}

function unitRows(count: number, length: number, next: () => number): Float32Array {
  const rows = Float32Array.from({ length: count * length }, next);
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    const norm = Math.hypot(...row);
    row.forEach((value, k) => (row[k] = value / norm));
  }
  return rows;
}

function pairOf(a: number, b: number): SfmPair {
  const matches = a === 1 && b === 2 ? 0 : 12;
  const isVerified = matches > 0 && !(a === 0 && b === 3);
  return {
    a,
    b,
    matches: Uint32Array.from({ length: 2 * matches }, (_, k) =>
      k % 2 === 0 ? (7 * (k >> 1) + a) % 20 : (k >> 1) + b,
    ),
    probability: Float32Array.from({ length: matches }, (_, m) => 1 - m / 20),
    inliers: isVerified ? Uint32Array.of(0, 2, 3, 7, 11) : new Uint32Array(0),
    geometry: isVerified ? geometries[(a + 2 * b) % geometries.length] : null,
  };
}

/** What a format keeps that knows neither probabilities nor geometries, nor pairs without matches. */
export async function bareMatches(set: SfmSet): Promise<object[]> {
  const kept: object[] = [];
  for await (const { a, b, matches, inliers } of set.pairs()) {
    if (matches.length > 0) kept.push({ a, b, matches: [...matches], inliers: [...inliers] });
  }
  return kept;
}

/** The matches that agree with a geometry alone. */
export async function verifiedMatches(set: SfmSet): Promise<{ a: number; b: number; matches: number[] }[]> {
  const kept: { a: number; b: number; matches: number[] }[] = [];
  for await (const { a, b, matches, inliers } of set.pairs()) {
    const chosen = Array.from(inliers, (m) => [matches[2 * m], matches[2 * m + 1]]).flat();
    if (chosen.length > 0) kept.push({ a, b, matches: chosen });
  }
  return kept;
}

/** The largest difference between two rows of numbers; infinite where they are not as long. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}
