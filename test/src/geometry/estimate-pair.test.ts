import { describe, expect, test } from 'vitest';
import { estimatePair, type EstimatePairOptions, geometryOfPlane } from '../../../src/geometry/estimate-pair.ts';
import { swapColumns } from '../../../src/geometry/homography.ts';
import type { PairGeometry } from '../../../src/geometry/pair-geometry.ts';
import { swapGeometry } from '../../../src/geometry/swap-geometry.ts';
import { transformPoint, type Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { angleBetweenRotations } from '../../../src/math/rotation.ts';
import { cornerError, syntheticMatches } from './synthetic-matches.ts';
import {
  angleBetween,
  camera,
  deepPair,
  epipolarError,
  flatPair,
  planeOf,
  size,
  turnedCamera,
} from './synthetic-pair.ts';

const cameras = [camera, camera] as const;
const unknown: EstimatePairOptions = { size1: size, size2: size, request: 'auto', cameras: null, seed: 1 };
const known: EstimatePairOptions = { ...unknown, cameras };
const seeds = [1, 2, 3, 4, 5];

const noisyPair = (seed: number, noise = 0.5) => deepPair(seed, { right: 100, wrong: 50, noise });
const errorAtCorners = (a: Matrix3, b: Matrix3): number => cornerError(a, b, size.width, size.height);
/** Of new, exact points of the same scene. */
const epipolarErrorOf = (matrix: Matrix3, seed: number): number =>
  epipolarError(matrix, deepPair(seed, { right: 200 }).points);

/** Expects a kind. */
function as<K extends PairGeometry['kind']>(kind: K, geometry: PairGeometry): PairGeometry & { readonly kind: K } {
  if (geometry.kind !== kind) throw new Error(`expected ${kind}, got ${geometry.kind}: ${geometry.reason}`);
  return geometry as PairGeometry & { readonly kind: K };
}

function expectRight(inliers: Uint32Array): void {
  const hits = inliers.filter((i) => i < 100).length;
  expect(hits).toBeGreaterThan(92);
  // A wrong match lies near its epipolar line by chance once in a while.
  expect(inliers.length - hits).toBeLessThan(5);
}

describe('nominal: a third of the matches wrong, half a pixel of noise', () => {
  test.each(seeds)('a plane gives its homography (scene %i)', (seed) => {
    const { matrix, inliers, scene } = as('homography', estimatePair(flatPair(planeOf(seed), seed), unknown));
    expect(scene).toBe('flat');
    expect(errorAtCorners(matrix, planeOf(seed))).toBeLessThan(3);
    expect(inliers.length).toBeGreaterThan(95);
    expect(inliers.length).toBeLessThan(105);
  });

  test.each(seeds)('a camera that only turned gives a homography, and is known by it (scene %i)', (seed) => {
    const points = flatPair(turnedCamera(seed), seed);
    const { matrix, scene, reason } = as('homography', estimatePair(points, known));
    expect(scene).toBe('panoramic');
    expect(reason).toContain('the camera only turned');
    expect(errorAtCorners(matrix, turnedCamera(seed))).toBeLessThan(3);
    // Without focal lengths it may as well be a plane.
    expect(as('homography', estimatePair(points, unknown)).scene).toBe('flat');
  });

  test.each(seeds)('a scene with depth gives a fundamental matrix, which new points obey (scene %i)', (seed) => {
    const { matrix, inliers, scene } = as('fundamental', estimatePair(noisyPair(seed).points, unknown));
    expect(scene).toBe('general');
    expect(epipolarErrorOf(matrix, seed)).toBeLessThan(4);
    expectRight(inliers);
  });

  test.each(seeds)('with known cameras it gives the pose (scene %i)', (seed) => {
    const { points, views } = noisyPair(seed);
    const { R, t, inliers, camera1, camera2 } = as('essential', estimatePair(points, known));
    expect(angleBetweenRotations(R, views.camera2FromCamera1.R)).toBeLessThan(0.01);
    expect(angleBetween(t, views.camera2FromCamera1.t)).toBeLessThan(0.03);
    expect(Math.hypot(...t)).toBeCloseTo(1, 9);
    expectRight(inliers);
    expect([camera1, camera2]).toEqual(cameras);
  });

  test('the pose is the same where it is asked for', () => {
    const { points } = noisyPair(1);
    expect(estimatePair(points, { ...known, request: 'essential' })).toEqual(estimatePair(points, known));
  });

  test('a fundamental matrix is given where it is asked for, though the cameras are known', () => {
    const { matrix } = as('fundamental', estimatePair(noisyPair(1).points, { ...known, request: 'fundamental' }));
    expect(epipolarErrorOf(matrix, 1)).toBeLessThan(4);
  });

  test('known cameras that moved show it on a plane: as a pose, or as its homography where that is asked for', () => {
    const points = flatPair(planeOf(1), 1);
    as('essential', estimatePair(points, known));
    expect(as('homography', estimatePair(points, { ...known, request: 'homography' })).scene).toBe('planar');
  });
});

describe('a plane and something in front of it', () => {
  const pair = (seed: number, inFront: number): Float64Array =>
    Float64Array.from([...deepPair(seed, { right: inFront, noise: 0.5 }).points, ...flatPair(planeOf(seed), seed)]);

  test.each(seeds)('are a scene with depth, whose geometry is not that of the plane alone (scene %i)', (seed) => {
    const { matrix, inliers } = as('fundamental', estimatePair(pair(seed, 60), unknown));
    expect(epipolarErrorOf(matrix, seed)).toBeLessThan(6);
    expect(inliers.filter((i) => i < 60).length).toBeGreaterThan(50);
  });

  test.each(seeds)('are a plane where that is next to nothing (scene %i)', (seed) => {
    expect(as('homography', estimatePair(pair(seed, 3), unknown)).scene).toBe('flat');
  });
});

describe('stability', () => {
  test.each([
    ['homography', flatPair(turnedCamera(1), 1), unknown],
    ['fundamental', noisyPair(1).points, unknown],
    ['essential', noisyPair(1).points, known],
  ] as const)('the same seed gives the same %s', (kind, points, options) => {
    const geometry = as(kind, estimatePair(points, options));
    expect(estimatePair(points, options)).toEqual(geometry);
  });

  test.each(seeds)('swapped photos give the swapped homography (scene %i)', (seed) => {
    const points = flatPair(turnedCamera(seed), seed);
    const forth = as('homography', estimatePair(points, unknown));
    const back = as('homography', swapGeometry(estimatePair(swapColumns(points), unknown)));
    expect(errorAtCorners(back.matrix, forth.matrix)).toBeLessThan(0.2);
    expect(back.inliers).toEqual(forth.inliers);
  });

  test('swapped photos give the swapped fundamental matrix', () => {
    const { points } = noisyPair(2);
    const forth = as('fundamental', estimatePair(points, unknown));
    const back = as('fundamental', swapGeometry(estimatePair(swapColumns(points), unknown)));
    expect(Math.abs(epipolarErrorOf(back.matrix, 2) - epipolarErrorOf(forth.matrix, 2))).toBeLessThan(0.2);
    expect(back.inliers).toEqual(forth.inliers);
  });

  test('swapped photos give the swapped pose', () => {
    const { points } = noisyPair(2);
    const forth = as('essential', estimatePair(points, known));
    const back = as('essential', swapGeometry(estimatePair(swapColumns(points), known)));
    expect(angleBetweenRotations(back.R, forth.R)).toBeLessThan(0.001);
    expect(angleBetween(back.t, forth.t)).toBeLessThan(0.005);
  });
});

describe('noise', () => {
  const mean = (errorOf: (seed: number) => number): number =>
    [1, 2, 3].reduce((sum, seed) => sum + errorOf(seed) / 3, 0);
  const homographyError = (noise: number): number =>
    mean((seed) => {
      const { matrix } = as('homography', estimatePair(flatPair(turnedCamera(seed), seed, noise), unknown));
      return errorAtCorners(matrix, turnedCamera(seed));
    });
  const fundamentalError = (noise: number): number =>
    mean((seed) => {
      const { matrix } = as('fundamental', estimatePair(noisyPair(seed, noise).points, unknown));
      return epipolarErrorOf(matrix, seed);
    });
  const rotationError = (noise: number): number =>
    mean((seed) => {
      const { points, views } = noisyPair(seed, noise);
      return angleBetweenRotations(as('essential', estimatePair(points, known)).R, views.camera2FromCamera1.R);
    });

  test('errors of a homography, px, grow with it and no faster', () => {
    expect(homographyError(0)).toBeLessThan(1e-6);
    expect(homographyError(1)).toBeLessThan(6 * homographyError(0.25));
    expect(homographyError(1)).toBeLessThan(3);
  });

  test('errors of a fundamental matrix, px, grow with it, and somewhat faster as matches are lost', () => {
    expect(fundamentalError(0)).toBeLessThan(0.05);
    expect(fundamentalError(1)).toBeLessThan(15 * fundamentalError(0.25));
    expect(fundamentalError(1)).toBeLessThan(5);
  });

  test('errors of a pose, radians, grow with it, and somewhat faster as matches are lost', () => {
    expect(rotationError(0)).toBeLessThan(1e-6);
    expect(rotationError(1)).toBeLessThan(15 * rotationError(0.25));
    expect(rotationError(1)).toBeLessThan(0.01);
  });
});

test('matches on the very border of the overlap do not cost the others their evidence', () => {
  const rows: number[] = [299, 100, 0, 100, 299, 300, 0, 300];
  for (let x = 320; x < 1000; x += 70) for (let y = 30; y < 740; y += 75) rows.push(x, y, x - 300, y);
  const size = { width: 1000, height: 750 };
  const settings = { size1: size, size2: size, request: 'auto', cameras: null, seed: 1 } as const;
  expect(estimatePair(Float64Array.from(rows), settings)).toMatchObject({ kind: 'homography', scene: 'flat' });
});

describe('a homography found elsewhere', () => {
  const sizes = { size1: { width: 1000, height: 750 }, size2: { width: 1000, height: 750 }, cameras: null };
  const grid = Array.from({ length: 30 }, (_, i) => [50 + 180 * (i % 6), 100 + 110 * Math.floor(i / 6)]);
  const of = (h: Matrix3): PairGeometry => {
    const points = Float64Array.from(grid.flatMap(([x, y]) => [x, y, ...transformPoint(h, x, y)]));
    return geometryOfPlane(points, h, Uint32Array.from(grid.keys()), sizes);
  };

  test('is the geometry of the photos, however obliquely they see the plane', () => {
    const oblique: Matrix3 = [0.02, 0, 480, 0, 0.8, 60, 0, 0, 1];
    expect(of(oblique)).toMatchObject({ kind: 'homography', matrix: oblique, scene: 'flat' });
  });

  test('is none where no two cameras could see it', () => {
    expect(of([-1, 0, 1000, 0, 1, 0, 0, 0, 1])).toMatchObject({ kind: 'none', verdict: 'degenerate' });
    expect(of([0.001, 0, 500, 0, 0.8, 60, 0, 0, 1])).toMatchObject({ kind: 'none', verdict: 'degenerate' });
  });
});

describe('known cameras before a plane', () => {
  const wide = { size1: size, size2: size, request: 'essential', cameras: [camera, camera], seed: 1 } as const;
  const near = (points: Float64Array): Float64Array => {
    const rows: number[] = [];
    for (let k = 0; k < points.length; k += 4) {
      const [x, y] = points.subarray(k, k + 2);
      if (Math.hypot(x - 600, y - 600) < 250) rows.push(...points.subarray(k, k + 4));
    }
    return Float64Array.from(rows);
  };

  test('seen in the middle of the photo only, it has two poses, and the verdict says so', () => {
    const verdicts = [1, 2, 3, 4].map((seed) => {
      const points = near(
        syntheticMatches(planeOf(seed), { right: 600, wrong: 0 }, 0.3, createRandom(seed), size).points,
      );
      const pair = estimatePair(points, wide);
      expect(pair).toMatchObject({ kind: 'essential', scene: 'planar' });
      return pair.kind === 'none' ? '' : pair.verdict;
    });
    expect(verdicts.filter((verdict) => verdict === 'ambiguous').length).toBeGreaterThanOrEqual(3);
  });

  test('a scene with depth has one pose', () => {
    const { points } = deepPair(1, { right: 100, noise: 0.3 });
    expect(estimatePair(points, wide)).toMatchObject({ kind: 'essential', scene: 'general', verdict: 'ok' });
  });
});
