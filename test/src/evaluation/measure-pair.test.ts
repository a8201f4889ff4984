import { describe, expect, it } from 'vitest';
import type { PairTruth } from '../../../src/dataset/pair-truths.ts';
import { measurePair } from '../../../src/evaluation/measure-pair.ts';
import type { MatchesFile } from '../../../src/export/matches-file.ts';
import { pixelOrigin } from '../../../src/export/panorama-report.ts';
import { type Matrix3, multiply3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { syntheticMatches } from '../geometry/synthetic-matches.ts';
import { syntheticViews } from '../geometry/synthetic-views.ts';

type Geometry = MatchesFile['geometry'];
type Row = MatchesFile['matches'][number];

const size = { width: 1000, height: 750 };
const count = 60;
const homography: Matrix3 = [0.9, -0.12, 80, 0.1, 1.05, -30, 1e-4, -5e-5, 1];
const onPlane = rowsOf(syntheticMatches(homography, { right: count, wrong: 0 }, 0, createRandom(3), size).points);
const plane = pairOf({ kind: 'homography', image2FromImage1: homography });

const camera1 = { fx: 800, fy: 820, cx: 490, cy: 380 };
const camera2 = { fx: 900, fy: 890, cx: 510, cy: 370 };
const views = syntheticViews(5, { right: count });
const { R, t } = views.camera2FromCamera1;
const inSpace = Array.from({ length: count }, (_, m): Row => {
  const { x1, y1, x2, y2 } = views.pairs;
  const [u, v] = [camera1.fx * x1[m] + camera1.cx, camera1.fy * y1[m] + camera1.cy];
  return [u, v, camera2.fx * x2[m] + camera2.cx, camera2.fy * y2[m] + camera2.cy, 1];
});
const space = pairOf({ kind: 'pose', R, t, camera1, camera2 });

function rowsOf(points: Float64Array): Row[] {
  return Array.from({ length: points.length / 4 }, (_, m) => {
    const [x1, y1, x2, y2] = points.subarray(4 * m, 4 * m + 4);
    return [x1, y1, x2, y2, 1];
  });
}

function pairOf(truth: PairTruth['truth'], set = 'v'): PairTruth {
  return { name: `${set}-a 1-2`, set, path1: '1.jpg', path2: '2.jpg', truth };
}

function fileOf(matches: readonly Row[], geometry: Partial<Geometry>): MatchesFile {
  return {
    version: 1,
    pixelOrigin,
    image1: { path: '1.jpg', ...size },
    image2: { path: '2.jpg', ...size },
    matches: [...matches],
    geometry: { kind: 'none', inliers: [], verdict: 'ok', reason: '', ...geometry },
  };
}

const moved = (rows: readonly Row[], dx: readonly number[], dy = 0): Row[] =>
  rows.map(([x1, y1, x2, y2, p], m) => [x1, y1, x2 + (dx[m] ?? 0), y2 + (m < dx.length ? dy : 0), p]);
const inliers = Array.from({ length: count }, (_, m) => m);
const found = { kind: 'homography', matrix: [...homography], inliers } satisfies Partial<Geometry>;
const foundPose = { kind: 'essential', R: [...R], t: [...t], inliers } satisfies Partial<Geometry>;

describe('measurePair against a homography', () => {
  it('of exact matches and geometry has no error', () => {
    const measured = measurePair(plane, fileOf(onPlane, found), 1);
    expect(measured.error).toBe(0);
    expect(measured.errorMagsac).toBeLessThan(1e-6);
    expect(measured).toMatchObject({ matches: count, inliers: count, rightInliers: count });
    expect(measured.right).toEqual(new Uint8Array(count).fill(1));
  });

  it('takes matches for right up to 3 px from their place, and counts those among the inliers', () => {
    const matches = moved(onPlane, [2.9, 3.1, 5, -5]);
    const measured = measurePair(plane, fileOf(matches, { ...found, inliers: [0, 1, 2, 9, 10] }), 1);
    expect(measured).toMatchObject({ matches: count, inliers: 5, rightInliers: 3 });
    expect([...measured.right.subarray(0, 5)]).toEqual([1, 0, 0, 0, 1]);
    expect(measured.errorMagsac).toBeLessThan(1);
  });

  it('judges the geometry that is given, not the matches', () => {
    const matrix = [...multiply3([1, 0, 3, 0, 1, -4, 0, 0, 1], homography)] as [...Matrix3];
    const measured = measurePair(plane, fileOf(onPlane, { ...found, matrix }), 1);
    expect(measured.error).toBeCloseTo(5, 9);
    expect(measured.errorMagsac).toBeLessThan(1e-6);
  });

  it('without geometry or with one of another kind is infinitely wrong, whatever the matches show', () => {
    for (const geometry of [{}, { ...found, kind: 'fundamental' as const }, foundPose]) {
      const measured = measurePair(plane, fileOf(onPlane, geometry), 1);
      expect(measured.error).toBe(Infinity);
      expect(measured.errorMagsac).toBeLessThan(1e-6);
    }
  });

  it('compares photos of evd where they overlap only', () => {
    const truth = { kind: 'homography', image2FromImage1: [1, 0, 0.6 * size.width, 0, 1, 0, 0, 0, 1] } as const;
    const matrix: [...Matrix3] = [1.1, 0, 0.6 * size.width, 0, 1, 0, 0, 0, 1];
    const errorIn = (set: string) => measurePair(pairOf(truth, set), fileOf([], { ...found, matrix }), 1).error;
    expect(errorIn('v')).toBeCloseTo(0.05 * 999, 6);
    // 0 to a tenth of 399 px off.
    expect(Math.abs(errorIn('evd') - 0.05 * 399)).toBeLessThan(0.6);
  });
});

describe('measurePair against a pose', () => {
  it('of exact matches and geometry has no error', () => {
    const measured = measurePair(space, fileOf(inSpace, foundPose), 1);
    expect(measured.error).toBeLessThan(1e-5);
    expect(measured.errorMagsac).toBeLessThan(1e-3);
    expect(measured).toMatchObject({ matches: count, inliers: count, rightInliers: count });
  });

  it('takes matches for right up to 3 px from their epipolar line', () => {
    // A camera that moved sideways sees every point on its own row.
    const sideways = pairOf({ kind: 'pose', R: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [2, 0, 0], camera1, camera2: camera1 });
    const rows = Array.from({ length: 5 }, (_, m): Row => [100 * m, 90 * m, 100 * m + 40, 90 * m, 1]);
    const matches = rows.map(([x1, y1, x2, y2, p], m): Row => [x1, y1, x2, y2 + [0, 2.9, 3.1, -5, 0][m], p]);
    const measured = measurePair(sideways, fileOf(matches, { ...foundPose, inliers: [1, 2, 3] }), 1);
    expect([...measured.right]).toEqual([1, 1, 0, 0, 1]);
    expect(measured).toMatchObject({ matches: 5, inliers: 3, rightInliers: 1 });
    const along = measurePair(sideways, fileOf(moved(rows, [200, 200, -300, 50, 5]), foundPose), 1);
    expect([...along.right]).toEqual([1, 1, 1, 1, 1]);
  });

  it('without a pose is infinitely wrong, whatever the matches show', () => {
    for (const geometry of [{}, { ...foundPose, kind: 'fundamental' as const }, found]) {
      const measured = measurePair(space, fileOf(inSpace, geometry), 1);
      expect(measured.error).toBe(Infinity);
      expect(measured.errorMagsac).toBeLessThan(1e-3);
    }
  });
});

it.each([plane, space])('measurePair of no matches is infinitely wrong', (pair) => {
  const measured = measurePair(pair, fileOf([], {}), 1);
  expect(measured).toMatchObject({ error: Infinity, errorMagsac: Infinity, matches: 0, inliers: 0, rightInliers: 0 });
});
