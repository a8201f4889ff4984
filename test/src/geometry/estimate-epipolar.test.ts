import { describe, expect, it, test } from 'vitest';
import type { EpipolarEstimate } from '../../../src/geometry/estimate-epipolar.ts';
import type { PinholeCamera } from '../../../src/geometry/pinhole.ts';
import { calibratedPairs, estimateEssential, estimateFundamental } from '../../../src/geometry/estimate-epipolar.ts';
import { homographyFromPoints } from '../../../src/geometry/homography.ts';
import { poseFromEssential } from '../../../src/geometry/relative-pose.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import { angleBetweenRotations } from '../../../src/math/rotation.ts';
import { matrixDistance, syntheticViews, type SyntheticViews, type ViewOptions } from './synthetic-views.ts';

const camera: PinholeCamera = { fx: 900, fy: 900, cx: 511.5, cy: 383.5 };
const size = { width: 1024, height: 768 };
const options = { maxErrorPx: 4, size1: size, size2: size, bestFirst: false };

/** x1, y1, x2, y2 in px of a scene made in focal lengths. */
function pixels({ pairs }: SyntheticViews): Float64Array {
  const { fx, fy, cx, cy } = camera;
  const points = new Float64Array(4 * pairs.count);
  for (let i = 0; i < pairs.count; i++) {
    points.set([fx * pairs.x1[i] + cx, fy * pairs.y1[i] + cy, fx * pairs.x2[i] + cx, fy * pairs.y2[i] + cy], 4 * i);
  }
  return points;
}

/** The essential matrix of what was estimated, unit length. */
const kinds: [string, (points: Float64Array, seed: number, plane?: Matrix3 | null) => EpipolarEstimate | null][] = [
  ['fundamental', (points, seed, plane) => estimateFundamental(points, { ...options, seed }, plane)],
  ['essential', (points, seed) => estimateEssential(points, camera, camera, { ...options, seed })],
];

function essentialOf(kind: string, { matrix }: EpipolarEstimate): Matrix3 {
  if (kind === 'essential') return matrix;
  const k: Matrix3 = [camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1];
  const e = multiply3(multiply3(transpose3(k), matrix), k);
  const length = Math.hypot(...e);
  return e.map((v) => v / length) as unknown as Matrix3;
}

function errorOf(kind: string, found: EpipolarEstimate, views: SyntheticViews): number {
  return matrixDistance(essentialOf(kind, found), views.essential);
}

const noise = 0.5 / 900;

describe.each(kinds)('%s', (kind, estimateFrom) => {
  test('nominal: exact matches give the exact matrix and every inlier', () => {
    const views = syntheticViews(1, { right: 100 });
    const found = estimateFrom(pixels(views), 1)!;
    expect(errorOf(kind, found, views)).toBeLessThan(1e-6);
    expect(found.inliers).toEqual(Uint32Array.from({ length: 100 }, (_, i) => i));
  });

  test.each([
    [300, 100],
    [150, 150],
    [100, 200],
  ])('nominal: %i right among %i wrong matches with half a pixel of noise, twenty scenes', (right, wrong) => {
    for (let seed = 1; seed <= 20; seed++) {
      const views = syntheticViews(seed, { right, wrong, noise });
      const found = estimateFrom(pixels(views), seed)!;
      // Of a shallow scene a fundamental matrix may be far from the truth and still fit every match.
      if (kind === 'essential') expect(errorOf(kind, found, views)).toBeLessThan(0.06);
      const hits = found.inliers.filter((i) => i < right).length;
      expect(hits).toBeGreaterThan(0.92 * right);
      // A wrong match lies near its epipolar line by chance once in a while.
      expect(found.inliers.length - hits).toBeLessThan(0.08 * wrong + 3);
    }
  });

  test('stability: the same seed gives the same result, and units do not matter', () => {
    const views = syntheticViews(9, { right: 100, wrong: 50, noise });
    const points = pixels(views);
    const [a, b] = [estimateFrom(points, 3)!, estimateFrom(points, 3)!];
    expect(a).toEqual(b);
    if (kind === 'essential') return;
    const large = { width: 1024e3, height: 768e3 };
    const scaled = estimateFundamental(
      points.map((v) => 1000 * v),
      { ...options, maxErrorPx: 4000, size1: large, size2: large, seed: 3 },
    )!;
    expect(scaled.inliers).toEqual(a.inliers);
  });

  test('noise: errors grow with the noise, give or take the luck of a scene', () => {
    const mean = (options: ViewOptions): number => {
      let sum = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const views = syntheticViews(seed, options);
        sum += errorOf(kind, estimateFrom(pixels(views), seed)!, views) / 20;
      }
      return sum;
    };
    const base = { right: 200, wrong: 100 };
    expect(mean({ ...base, noise: 1 / 900 })).toBeLessThan(8 * mean({ ...base, noise: 0.25 / 900 }));
  });

  it('degenerate: too few matches, or all in one place', () => {
    const views = syntheticViews(1, { right: 4 });
    expect(estimateFrom(pixels(views), 1)).toBeNull();
    expect(estimateFrom(new Float64Array(80).fill(5), 1)).toBeNull();
  });
});

test('a plane that nine tenths lie on does not mislead: the pose is found with it', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const flat = syntheticViews(seed, { right: 180, depth: 0, noise });
    const rest = syntheticViews(seed, { right: 20, depth: 1, noise });
    const points = Float64Array.from([...pixels(flat), ...pixels(rest)]);
    const plane = homographyFromPoints(pixels(flat));
    const found = estimateFundamental(points, { ...options, seed }, plane)!;
    expect(errorOf('fundamental', found, flat)).toBeLessThan(0.15);
    expect(found.inliers.filter((i) => i >= 180).length).toBeGreaterThan(16);
  }
});

test('the pose of a plane alone is found where focal lengths are known', () => {
  let good = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const views = syntheticViews(seed, { right: 200, wrong: 100, depth: 0, noise });
    const points = pixels(views);
    const found = estimateEssential(points, camera, camera, { ...options, seed })!;
    const pose = poseFromEssential(found.matrix, calibratedPairs(points, camera, camera, size, size), found.inliers);
    if (angleBetweenRotations(pose.R, views.camera2FromCamera1.R) < 0.03) good++;
  }
  // A plane allows two poses, and what lies in front of the cameras does not always tell them apart.
  expect(good).toBeGreaterThanOrEqual(12);
});
