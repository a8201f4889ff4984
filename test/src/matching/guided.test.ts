import { describe, expect, test } from 'vitest';
import { guidedPairs, type GuidedPairs, type GuidingGeometry } from '../../../src/matching/guided.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, invert3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { descriptorLength, featuresOf, keypointSize, noisyLook, randomLook, type Spot } from './synthetic-features.ts';

const options = { withinPx: 5, maxRatio: 0.8, minSimilarity: 0.5, rivalSizes: 2 };
/** A camera that moved sideways: partners lie in the same row. */
const sameRow: GuidingGeometry = { kind: 'fundamental', fundamental: [0, 0, 0, 0, 0, -1, 0, 1, 0] };
const samePlace: GuidingGeometry = { kind: 'homography', image2FromImage1: identity3 };

/** The vector with one 1. */
const axis = (k: number): number[] => Array.from({ length: descriptorLength }, (_, i) => (i === k ? 1 : 0));
/** `a` with some of the k-th axis: the larger the share, the less it looks like `a`. */
const unlike = (a: readonly number[], k: number, share: number): number[] =>
  a.map((value, i) => (1 - share) * value + (i === k ? share : 0));
const spot = (x: number, y: number, look: readonly number[] = axis(0)): Spot => ({ x, y, look });

const find = (spots1: Spot[], spots2: Spot[], geometry: GuidingGeometry = sameRow, extra = {}): GuidedPairs =>
  guidedPairs(featuresOf(spots1), featuresOf(spots2), geometry, { ...options, ...extra });
const pairsOf = ({ index1, index2 }: GuidedPairs): [number, number][] => Array.from(index1, (i, k) => [i, index2[k]]);

describe('where geometry says', () => {
  test('the partner is found along its line, though one that looks more alike lies elsewhere', () => {
    const partner = spot(300, 202, unlike(axis(0), 1, 0.3));
    const lookAlike = spot(300, 400);
    expect(pairsOf(find([spot(100, 200)], [lookAlike, partner]))).toEqual([[0, 1]]);
  });

  test('the partner is found around its place, though one that looks more alike lies in the same row', () => {
    const partner = spot(102, 199, unlike(axis(0), 1, 0.3));
    const lookAlike = spot(300, 200);
    expect(pairsOf(find([spot(100, 200)], [lookAlike, partner], samePlace))).toEqual([[0, 1]]);
  });

  test.each([
    ['its line', sameRow],
    ['its place', samePlace],
  ])('and no farther from %s than allowed', (_, geometry) => {
    expect(find([spot(100, 200)], [spot(100, 204)], geometry).count).toBe(1);
    expect(find([spot(100, 200)], [spot(100, 206)], geometry).count).toBe(0);
  });

  test('the distance from a line is in px whatever the scale and sign of the matrix', () => {
    const scaled: GuidingGeometry = { kind: 'fundamental', fundamental: [0, 0, 0, 0, 0, 700, 0, -700, 0] };
    expect(find([spot(100, 200)], [spot(300, 204)], scaled).count).toBe(1);
    expect(find([spot(100, 200)], [spot(300, 206)], scaled).count).toBe(0);
  });

  test('a keypoint at the epipole has no line, so no partner is made up', () => {
    // A camera that moved ahead, towards (500, 400).
    const ahead: GuidingGeometry = { kind: 'fundamental', fundamental: [0, -1, 400, 1, 0, -500, -400, 500, 0] };
    expect(find([spot(500, 400)], [spot(500, 400)], ahead).count).toBe(0);
    expect(find([spot(600, 500)], [spot(650, 550)], ahead).count).toBe(1);
  });
});

describe('rivals', () => {
  const one = spot(100, 200);
  const partner = spot(300, 200, unlike(axis(0), 1, 0.3));
  const rivalAt = (x: number, y: number, share = 0.31): Spot => spot(x, y, unlike(axis(0), 2, share));

  test('a rival within reach leaves the pair out, in whichever photo it is', () => {
    expect(find([one], [partner, rivalAt(600, 200)]).count).toBe(0);
    expect(find([partner, rivalAt(600, 200)], [one]).count).toBe(0);
  });

  test('a look-alike out of reach is none', () => {
    expect(pairsOf(find([one], [partner, rivalAt(600, 300)]))).toEqual([[0, 0]]);
  });

  test('keypoints next to the partner show the same place', () => {
    const { ratio, ...found } = find([one], [partner, rivalAt(300 + 1.9 * keypointSize, 200)]);
    expect(pairsOf({ ratio, ...found })).toEqual([[0, 0]]);
    expect(ratio[0]).toBe(0);
    expect(find([one], [partner, rivalAt(300 + 2.1 * keypointSize, 200)]).count).toBe(0);
  });

  test('one that looks clearly less alike is told by the ratio of the distances', () => {
    const { count, similarity, ratio } = find([one], [partner, rivalAt(600, 200, 0.6)]);
    expect(count).toBe(1);
    const rivalSimilarity = 0.4 / Math.hypot(0.4, 0.6);
    expect(similarity[0]).toBeCloseTo(0.7 / Math.hypot(0.7, 0.3), 5);
    expect(ratio[0]).toBeCloseTo(Math.sqrt((1 - similarity[0]) / (1 - rivalSimilarity)), 5);
  });

  test('pairs without rivals come before those with some', () => {
    const other = spot(100, 500, axis(5));
    const found = find([one, other], [partner, rivalAt(600, 200, 0.6), spot(300, 500, unlike(axis(5), 6, 0.3))]);
    expect(pairsOf(found)).toEqual([[1, 2], [0, 0]]); // prettier-ignore
  });

  test('the only keypoint within reach is no partner if it looks unlike', () => {
    const { count } = find([one], [spot(300, 200, unlike(axis(0), 1, 0.7))]);
    expect(count).toBe(0);
  });

  test('a partner belongs to the one that looks most like it', () => {
    const neighbours = [spot(100, 200, unlike(axis(0), 1, 0.2)), spot(103, 200)];
    expect(pairsOf(find(neighbours, [spot(300, 200)]))).toEqual([[1, 0]]);
  });
});

describe('two hundred places in both photos, and as many in only one', () => {
  const h: Matrix3 = [0.9, -0.2, 150, 0.15, 1.1, -40, 1e-4, -5e-5, 1];
  const there: GuidingGeometry = { kind: 'homography', image2FromImage1: h };
  const back: GuidingGeometry = { kind: 'homography', image2FromImage1: invert3(h)! };

  function photos(): [Spot[], Spot[]] {
    const random = createRandom(5);
    const place = (): [number, number] => [1000 * random.next(), 800 * random.next()];
    const alone = (): Spot => spot(...place(), randomLook(random));
    const spots1 = Array.from({ length: 400 }, alone);
    const spots2 = spots1.map(({ x, y, look }, i) => {
      if (i >= 200) return alone();
      const [u, v] = transformPoint(h, x, y);
      return spot(u + random.normal(), v + random.normal(), noisyLook(look, 0.4, random));
    });
    return [spots1, spots2];
  }

  const [spots1, spots2] = photos();
  const found = find(spots1, spots2, there);

  test('nearly all are found, nothing else is, and no keypoint twice', () => {
    expect(found.count).toBeGreaterThan(190);
    expect(pairsOf(found).filter(([i, j]) => i !== j)).toEqual([]);
    expect(new Set(found.index1).size).toBe(found.count);
    expect(new Set(found.index2).size).toBe(found.count);
  });

  test('the least ambiguous come first', () => {
    expect([...found.ratio]).toEqual([...found.ratio].sort((p, q) => p - q));
    expect(Math.max(...found.ratio)).toBeLessThanOrEqual(options.maxRatio);
    expect(Math.min(...found.similarity)).toBeGreaterThanOrEqual(options.minSimilarity);
  });

  test('swapped photos give the same pairs', () => {
    // Photo 1 is not at the scale of photo 2, so reach must not decide.
    const reach = { withinPx: 8 };
    const key = ([i, j]: [number, number]): number => 1000 * i + j;
    const forth = pairsOf(find(spots1, spots2, there, reach)).map(key);
    const swapped = pairsOf(find(spots2, spots1, back, reach)).map(([i, j]) => key([j, i]));
    expect(new Set(swapped)).toEqual(new Set(forth));
  });
});

test('photos without keypoints have no pairs', () => {
  expect(find([], [spot(1, 1)]).count).toBe(0);
  expect(find([spot(1, 1)], []).count).toBe(0);
});
