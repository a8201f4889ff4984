import { describe, expect, test } from 'vitest';
import { commonFrame } from '../../../src/geometry/common-frame.ts';
import { transferErrors } from '../../../src/geometry/homography.ts';
import { matchInFrame, type FrameMatches } from '../../../src/matching/frame-matching.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, invert3, multiply3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { cornerError } from '../geometry/synthetic-matches.ts';
import { featuresOf, noisyLook, randomLook, type Spot } from './synthetic-features.ts';

const size = { width: 1000, height: 750 };
const calibration = { bias: 4.82, score: 0, similarity: 3.81, ratio: -9.09, minScore: -0.75 };
/** A plane seen from the front, then far from the side. */
const oblique: Matrix3 = [0.25, 0.03, 200, -0.05, 0.9, 60, -2e-4, 1e-5, 1];
const frame = commonFrame(oblique, size, size)!;

interface Views {
  /** Of the places that both photos show. */
  readonly shared: number;
  /** Keypoints found in only one of the photos, in either. */
  readonly alone: number;
  /** Where a place of photo 1 is seen in photo 2's picture, for a frame that is a little off. */
  readonly slip?: Matrix3;
  readonly noisePx?: number;
}

/** Keypoints of both photos in their common frame. */
function spotsInFrame(seed: number, { shared, alone, slip = identity3, noisePx = 0.5 }: Views): [Spot[], Spot[]] {
  const random = createRandom(seed);
  const margin = 20;
  const place = (): { x: number; y: number } => ({
    x: margin + (frame.width - 2 * margin) * random.next(),
    y: margin + (frame.height - 2 * margin) * random.next(),
  });
  const any = (): Spot => ({ ...place(), look: randomLook(random) });
  const spots1 = Array.from({ length: shared + alone }, any);
  const spots2 = spots1.map((spot, i) => {
    const [x, y] = transformPoint(slip, spot.x, spot.y);
    const isInside = x > margin && x < frame.width - margin && y > margin && y < frame.height - margin;
    if (i >= shared || !isInside) return any();
    const noise = (): number => noisePx * random.normal();
    return { x: x + noise(), y: y + noise(), look: noisyLook(spot.look, 0.4, random) };
  });
  return [spots1, spots2];
}

const match = (seed: number, views: Views): FrameMatches | null => {
  const [spots1, spots2] = spotsInFrame(seed, views);
  return matchInFrame(featuresOf(spots1), featuresOf(spots2), frame, 'fine', calibration, seed);
};

function found(seed: number, views: Views): FrameMatches {
  const matches = match(seed, views);
  if (matches === null) throw new Error('expected matches');
  return matches;
}

const seeds = [1, 2, 3, 4, 5];
const usual: Views = { shared: 100, alone: 150 };

describe('a plane seen from the front and far from the side', () => {
  test.each(seeds)('the homography between the photos is found, and most of the shared places (scene %i)', (seed) => {
    const { points, image2FromImage1, inliers } = found(seed, usual);
    expect(cornerError(image2FromImage1, oblique)).toBeLessThan(3);
    expect(inliers.length).toBeGreaterThan(90);
    expect(points.length / 4).toBeLessThan(120);
  });

  test('matches are in px of the photos, where the homography says', () => {
    const { points, inliers } = found(1, usual);
    const errors = transferErrors(oblique, points);
    expect(Math.max(...inliers.map((i) => errors[i]))).toBeLessThan(5);
    // Photo 2 shows the plane a quarter as wide: in its own px the noise of the frame stays small.
    const sorted = Float64Array.from(inliers, (i) => errors[i]).sort();
    expect(sorted[sorted.length >> 1]).toBeLessThan(1.5);
  });

  test('best first, with probabilities', () => {
    const { points, probability } = found(1, usual);
    expect(probability).toHaveLength(points.length / 4);
    expect([...probability]).toEqual([...probability].sort((p, q) => q - p));
    expect(probability.every((p) => p > 0 && p < 1)).toBe(true);
  });

  test.each(seeds)('a frame that is some px off still leads to the homography (scene %i)', (seed) => {
    const slip: Matrix3 = [1.004, 0.003, 3, -0.002, 0.997, -2, 0, 0, 1];
    const matches = found(seed, { ...usual, slip });
    const truth = multiply3(invert3(frame.frameFromImage2)!, multiply3(slip, frame.frameFromImage1));
    expect(cornerError(matches.image2FromImage1, truth)).toBeLessThan(3);
    expect(cornerError(matches.image2FromImage1, truth)).toBeLessThan(cornerError(oblique, truth));
    expect(matches.inliers.length).toBeGreaterThan(85);
  });

  test('noise: the error grows with it and no faster', () => {
    const errorAt = (noisePx: number): number =>
      seeds.reduce(
        (sum, seed) => sum + cornerError(found(seed, { ...usual, noisePx }).image2FromImage1, oblique) / seeds.length,
        0,
      );
    expect(errorAt(0)).toBeLessThan(1e-3);
    expect(errorAt(1)).toBeLessThan(6 * errorAt(0.25));
  });

  test('stability: the same seed gives the same matches', () => {
    expect(match(1, usual)).toEqual(match(1, usual));
  });

  test('swapped photos give the same matches and the inverse homography', () => {
    const forth = found(1, usual);
    const [spots1, spots2] = spotsInFrame(1, usual);
    const swapped = { ...frame, frameFromImage1: frame.frameFromImage2, frameFromImage2: frame.frameFromImage1 };
    const back = matchInFrame(featuresOf(spots2), featuresOf(spots1), swapped, 'fine', calibration, 1)!;
    expect(back.points).toHaveLength(forth.points.length);
    expect(cornerError(invert3(back.image2FromImage1)!, forth.image2FromImage1)).toBeLessThan(0.5);
  });
});

describe('no geometry', () => {
  test.each(seeds)('where the photos show different things (scene %i)', (seed) => {
    expect(match(seed, { shared: 0, alone: 400 })).toBeNull();
  });

  test('where too few places are shared, or none', () => {
    expect(match(1, { shared: 5, alone: 100 })).toBeNull();
    expect(match(1, { shared: 0, alone: 0 })).toBeNull();
  });

  test('where the frame is so far off that partners are out of reach', () => {
    const down = (y: number): Matrix3 => [1, 0, 0, 0, 1, y, 0, 0, 1];
    expect(match(1, { ...usual, slip: down(8) })).not.toBeNull();
    expect(match(1, { ...usual, slip: down(60) })).toBeNull();
  });
});
