import type { Keypoints } from '../features/keypoints.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { createRandom, type Random } from '../math/random.ts';
import { keypointPatchScale } from './keypoint-benchmark.ts';
import { type CarriedKeypoint, carryKeypoint } from './carry-keypoint.ts';
import { matchByHomography } from './match-by-homography.ts';

/** Keypoints as a benchmark's files have them. */
export type BenchmarkKeypoints = Pick<Keypoints, 'count' | 'x' | 'y' | 'size' | 'angle'>;

/** A photo's keypoints with what says how alike their patches look. */
export interface DescribedKeypoints {
  readonly keypoints: BenchmarkKeypoints;
  /** Compared by Euclidean distance; `count` of one length, row-major. */
  readonly descriptors: Float32Array;
}

/** A keypoint of photo 1, its true partner in photo 2, and wrong ones of photo 2. */
export interface BenchmarkAnchor {
  readonly keypoint1: number;
  readonly true2: number;
  readonly random2: number;
  /** Those that look most like it, nearest first. */
  readonly hard2: readonly number[];
}

export interface AnchorOptions {
  /** If there are more true pairs, so many of them are drawn. */
  readonly mostAnchors: number;
  /** Look-alikes an anchor. */
  readonly hardPerAnchor: number;
  readonly seed: number;
}

/** Decimals of a pixel, and of a degree, in the files. */
export const keypointDecimals = { px: 3, degrees: 2 } as const;

/**
 * Keypoints rounded to what is written, so that the files keep the rules to the last digit. Sizes are such that the
 * benchmark's k cuts the patch that the detector's own k would.
 */
export function benchmarkKeypoints(
  { count, x, y, size, angle }: BenchmarkKeypoints,
  patchScale: number,
): BenchmarkKeypoints {
  const round = (value: number, decimals: number): number => Math.round(value * 10 ** decimals) / 10 ** decimals;
  const px = (values: Float32Array, factor = 1): Float32Array =>
    values.map((value) => round(value * factor, keypointDecimals.px));
  return {
    count,
    x: px(x),
    y: px(y),
    size: px(size, patchScale / keypointPatchScale),
    angle: angle.map((radians) => {
      const degrees = round((((radians * 180) / Math.PI) % 360) + 360, keypointDecimals.degrees) % 360;
      return (degrees * Math.PI) / 180;
    }),
  };
}

/**
 * The anchors of two photos, by keypoint of photo 1: true pairs (`matchByHomography`), each with a wrong keypoint of photo 2
 * drawn by chance and the wrong ones whose patches look most alike. Wrong is what lies further than 10 px, and than a third
 * of the true partner's patch, from where the homography takes the anchor. Anchors with too few wrong ones are left out.
 * The seed alone decides the draws, so the anchors of other photos change nothing.
 */
export function benchmarkAnchors(
  photo1: DescribedKeypoints,
  photo2: DescribedKeypoints,
  image2FromImage1: Matrix3,
  { mostAnchors, hardPerAnchor, seed }: AnchorOptions,
): BenchmarkAnchor[] {
  const random = createRandom(seed);
  const { keypoint1, keypoint2 } = matchByHomography(photo1.keypoints, photo2.keypoints, image2FromImage1);
  return drawInOrder(keypoint1.length, mostAnchors, random).flatMap((pair): BenchmarkAnchor[] => {
    const [i, true2] = [keypoint1[pair], keypoint2[pair]];
    const wrong = wrongKeypoints(photo2.keypoints, carryKeypoint(image2FromImage1, photo1.keypoints, i)!, true2);
    if (wrong.length < hardPerAnchor) return [];
    const random2 = wrong[random.integer(wrong.length)];
    return [{ keypoint1: i, true2, random2, hard2: nearest(photo1, i, photo2, wrong, hardPerAnchor) }];
  });
}

/** Ascending indices below `total`, `most` of them if there are more (Knuth's selection sampling). */
function drawInOrder(total: number, most: number, random: Random): number[] {
  const drawn: number[] = [];
  for (let i = 0; i < total; i++) {
    const wanted = Math.min(most, total) - drawn.length;
    if (random.next() * (total - i) < wanted) drawn.push(i);
  }
  return drawn;
}

function wrongKeypoints({ count, x, y, size }: BenchmarkKeypoints, at: CarriedKeypoint, true2: number): number[] {
  const clearance = Math.max(10, (keypointPatchScale * size[true2]) / 3);
  const wrong: number[] = [];
  for (let j = 0; j < count; j++) if (Math.hypot(x[j] - at.x, y[j] - at.y) > clearance) wrong.push(j);
  return wrong;
}

/** The candidates with the nearest descriptors, nearest first; equally near ones by index. */
function nearest(
  photo1: DescribedKeypoints,
  i: number,
  photo2: DescribedKeypoints,
  candidates: readonly number[],
  wanted: number,
): number[] {
  const length = photo1.descriptors.length / photo1.keypoints.count;
  const squares = new Float64Array(photo2.keypoints.count);
  for (const j of candidates) {
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const difference = photo1.descriptors[i * length + k] - photo2.descriptors[j * length + k];
      sum += difference * difference;
    }
    squares[j] = sum;
  }
  return candidates.toSorted((a, b) => squares[a] - squares[b] || a - b).slice(0, wanted);
}
