import { describe, expect, test } from 'vitest';
import { isSure } from '../../../src/geometry/estimate-pair.ts';
import { epipolarEvidence, homographyEvidence, offPlaneEvidence } from '../../../src/geometry/evidence.ts';
import { fundamentalFromEssential } from '../../../src/geometry/pinhole.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { syntheticMatches, unrelatedMatches } from './synthetic-matches.ts';
import { camera, deepPair, planeOf, size, turnedCamera } from './synthetic-pair.ts';

const sizes = { size1: size, size2: size };
const samplesOfSeven = { size: 7, models: 3 };
const offPlanePx = 15;
const firstOf = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);
const joined = (...parts: Float64Array[]): Float64Array => Float64Array.from(parts.flatMap((part) => [...part]));

const h = turnedCamera(1);
const rightOf = (homography: Matrix3, count: number): Float64Array =>
  syntheticMatches(homography, { right: count, wrong: 0 }, 0.5, createRandom(3), size).points;
const wrong = (count: number): Float64Array => unrelatedMatches(count, createRandom(4), size);
const truth = (seed: number): Matrix3 =>
  fundamentalFromEssential(deepPair(seed, { right: 1 }).views.essential, camera, camera);

describe('of a homography', () => {
  const evidenceOf = (points: Float64Array, agreeing: number) =>
    homographyEvidence(points, { image2FromImage1: h, inliers: firstOf(agreeing), inlierErrorPx: 4 }, sizes);

  test('twenty agreeing matches among a hundred wrong ones are no chance, five are', () => {
    const many = evidenceOf(joined(rightOf(h, 20), wrong(100)), 20);
    const few = evidenceOf(joined(rightOf(h, 5), wrong(100)), 5);
    expect(many.independent).toBe(20);
    expect(isSure(many)).toBe(true);
    expect(isSure(few)).toBe(false);
  });

  test('it grows with every agreeing match and fades among wrong ones', () => {
    const logOf = (right: number, others: number): number =>
      evidenceOf(joined(rightOf(h, right), wrong(others)), right).logFalseAlarms;
    expect(logOf(20, 50)).toBeLessThan(logOf(15, 50));
    expect(logOf(20, 50)).toBeLessThan(logOf(20, 500));
  });

  test('agreement means less where partners were looked for only near the place expected', () => {
    const plane = { image2FromImage1: h, inliers: firstOf(20), inlierErrorPx: 4 };
    const points = joined(rightOf(h, 20), wrong(40));
    expect(isSure(homographyEvidence(points, plane, sizes))).toBe(true);
    expect(isSure(homographyEvidence(points, plane, sizes, 20))).toBe(true);
    expect(isSure(homographyEvidence(points, plane, sizes, 6))).toBe(false);
  });

  test('keypoints found many times at one place say the same thing once', () => {
    const place = rightOf(h, 1);
    const points = joined(...Array.from({ length: 30 }, () => place), wrong(50));
    expect(evidenceOf(points, 30).independent).toBe(1);
    expect(isSure(evidenceOf(points, 30))).toBe(false);
  });
});

describe('of an epipolar geometry', () => {
  const evidenceOf = (points: Float64Array, agreeing: number) =>
    epipolarEvidence(
      points,
      { fundamental: truth(1), inliers: firstOf(agreeing), inlierErrorPx: 2 },
      samplesOfSeven,
      sizes,
    );

  test('thirty agreeing matches among a hundred wrong ones are no chance, nine are', () => {
    const { points } = deepPair(1, { right: 30, noise: 0.5 });
    expect(isSure(evidenceOf(joined(points, wrong(100)), 30))).toBe(true);
    expect(isSure(evidenceOf(joined(points.subarray(0, 36), wrong(100)), 9))).toBe(false);
  });

  test('a line is met by chance more easily than a point', () => {
    const { points } = deepPair(1, { right: 12 });
    const homography = homographyEvidence(
      joined(rightOf(h, 12), wrong(40)),
      { image2FromImage1: h, inliers: firstOf(12), inlierErrorPx: 2 },
      sizes,
    );
    const epipolar = evidenceOf(joined(points, wrong(40)), 12);
    expect(epipolar.logFalseAlarms).toBeGreaterThan(homography.logFalseAlarms);
  });
});

describe('of more than one plane', () => {
  const evidenceOf = (points: Float64Array, agreeing: number, plane = planeOf(2)) =>
    offPlaneEvidence(
      points,
      plane,
      { fundamental: truth(2), inliers: firstOf(agreeing), inlierErrorPx: 2 },
      offPlanePx,
      sizes,
    );
  const plane = rightOf(planeOf(2), 100);

  test('matches of the plane are none, however many', () => {
    const evidence = evidenceOf(joined(plane, wrong(30)), 100);
    expect(evidence.independent).toBe(0);
    expect(isSure(evidence)).toBe(false);
  });

  test('matches in front of it and behind it are', () => {
    const { points } = deepPair(2, { right: 40 });
    const evidence = evidenceOf(joined(points, plane, wrong(30)), 140);
    expect(isSure(evidence)).toBe(true);
    // Some of the scene lies close to the plane.
    expect(evidence.independent).toBeGreaterThan(10);
    expect(evidence.independent).toBeLessThanOrEqual(40);
  });

  test('a matrix that is no view of a plane proves nothing', () => {
    const singular: Matrix3 = [1, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(isSure(evidenceOf(plane, 100, singular))).toBe(false);
  });
});
