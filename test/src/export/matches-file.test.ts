import { describe, expect, it } from 'vitest';
import { matchesCsv, matchesFile, matchesFileSchema } from '../../../src/export/matches-file.ts';
import type { PairGeometry } from '../../../src/geometry/pair-geometry.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';

const image1 = { path: 'set/a.jpg', width: 1200, height: 800 };
const image2 = { path: 'set/b.jpg', width: 900, height: 600 };
const points = Float64Array.of(10.12345, 20, 30.9996, 40.0004, 1, 2, 3, 4, 599.5, 1 / 3, 2 / 3, 0.125);
const probability = Float32Array.of(0.987654, 0.5, 0.00004);

const matrix: Matrix3 = [1, 0, 3, 0, 1, -4, 0, 0.001, 1];
const found = { matrix, inliers: Uint32Array.of(0, 2), verdict: 'ok' as const, reason: 'why' };
const geometries: Readonly<Record<PairGeometry['kind'], PairGeometry>> = {
  none: { kind: 'none', verdict: 'no-overlap', reason: 'shows another place', agreeing: 3 },
  homography: { ...found, kind: 'homography', scene: 'planar' },
  fundamental: { ...found, kind: 'fundamental', scene: 'general' },
  essential: {
    ...found,
    kind: 'essential',
    scene: 'general',
    camera1: { fx: 1000, fy: 1001, cx: 599, cy: 399 },
    camera2: { fx: 800, fy: 801, cx: 449, cy: 299 },
    R: [0, -1, 0, 1, 0, 0, 0, 0, 1],
    t: [0.6, 0, -0.8],
  },
};
const fileOf = (kind: PairGeometry['kind']) => matchesFile(image1, image2, points, probability, geometries[kind]);

describe('matchesFile', () => {
  it.each(Object.keys(geometries) as PairGeometry['kind'][])('of %s comes back from JSON as it was', (kind) => {
    const file = fileOf(kind);
    expect(matchesFileSchema.parse(JSON.parse(JSON.stringify(file)))).toEqual(file);
  });

  // Written out, so that a change of the file that scripts rely on cannot pass unseen.
  it('writes what matches.json promises', () => {
    expect(JSON.parse(JSON.stringify(fileOf('essential')))).toEqual({
      version: 1,
      pixelOrigin: 'centre of the top-left pixel is (0, 0)',
      image1,
      image2,
      matches: [
        [10.123, 20, 31, 40, 0.9877],
        [1, 2, 3, 4, 0.5],
        [599.5, 0.333, 0.667, 0.125, 0],
      ],
      geometry: {
        kind: 'essential',
        matrix: [1, 0, 3, 0, 1, -4, 0, 0.001, 1],
        R: [0, -1, 0, 1, 0, 0, 0, 0, 1],
        t: [0.6, 0, -0.8],
        K1: [1000, 0, 599, 0, 1001, 399, 0, 0, 1],
        K2: [800, 0, 449, 0, 801, 299, 0, 0, 1],
        inliers: [0, 2],
        verdict: 'ok',
        reason: 'why',
      },
    });
  });

  it('gives each geometry its own fields only', () => {
    expect(fileOf('none').geometry).toEqual({
      kind: 'none',
      inliers: [],
      verdict: 'no-overlap',
      reason: 'shows another place',
    });
    for (const kind of ['homography', 'fundamental'] as const) {
      expect(fileOf(kind).geometry).toEqual({ kind, matrix, inliers: [0, 2], verdict: 'ok', reason: 'why' });
    }
  });

  it('says so where nothing matches', () => {
    const file = matchesFile(image1, image2, new Float64Array(0), [], geometries.none);
    expect(matchesFileSchema.parse(file).matches).toEqual([]);
  });
});

describe('matchesFileSchema', () => {
  it.each([
    ['another version', { version: 2 }],
    ['pixels counted from a corner', { pixelOrigin: 'corner of the top-left pixel is (0, 0)' }],
    ['a match without probability', { matches: [[1, 2, 3, 4]] }],
    ['a photo without pixels', { image1: { ...image1, width: 0 } }],
    ['a geometry that is asked for only', { geometry: { ...fileOf('none').geometry, kind: 'auto' } }],
    ['a matrix of eight', { geometry: { ...fileOf('homography').geometry, matrix: matrix.slice(0, 8) } }],
  ])('refuses %s', (_, changes) => {
    expect(matchesFileSchema.safeParse({ ...fileOf('homography'), ...changes }).success).toBe(false);
  });
});

describe('matchesCsv', () => {
  it('has a header, and a line a match that says whether it is an inlier', () => {
    expect(matchesCsv(fileOf('fundamental'))).toBe(
      'x1,y1,x2,y2,probability,inlier\n' +
        '10.123,20,31,40,0.9877,1\n' +
        '1,2,3,4,0.5,0\n' +
        '599.5,0.333,0.667,0.125,0,1\n',
    );
  });

  it('has no inliers without geometry, and only a header without matches', () => {
    const lines = matchesCsv(fileOf('none')).trimEnd().split('\n').slice(1);
    expect(lines.map((line) => line.at(-1))).toEqual(['0', '0', '0']);
    expect(matchesCsv({ ...fileOf('none'), matches: [] })).toBe('x1,y1,x2,y2,probability,inlier\n');
  });
});
