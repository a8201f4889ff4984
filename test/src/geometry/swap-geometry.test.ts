import { describe, expect, test } from 'vitest';
import { swapColumns } from '../../../src/geometry/homography.ts';
import type { PairGeometry } from '../../../src/geometry/pair-geometry.ts';
import type { PinholeCamera } from '../../../src/geometry/pinhole.ts';
import { fundamentalFromEssential } from '../../../src/geometry/pinhole.ts';
import { swapGeometry } from '../../../src/geometry/swap-geometry.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { multiply3, transformPoint, unitMatrix3 } from '../../../src/math/matrix3.ts';
import { camera, deepPair, epipolarError, turnedCamera } from './synthetic-pair.ts';
import { matrixDistance } from './synthetic-views.ts';

type Swapped<K extends PairGeometry['kind']> = PairGeometry & { readonly kind: K };

const wide: PinholeCamera = { fx: 500, fy: 510, cx: 400, cy: 300 };
const common = {
  inliers: Uint32Array.of(0, 2, 5),
  scene: 'general',
  verdict: 'ok',
  reason: 'the camera moved',
} as const;
const { views, points } = deepPair(7, { right: 50 });
const { R, t } = views.camera2FromCamera1;
const homography = { kind: 'homography', matrix: turnedCamera(3), ...common } as const;
const fundamental = {
  kind: 'fundamental',
  matrix: fundamentalFromEssential(views.essential, camera, camera),
  ...common,
} as const;
const essential = {
  kind: 'essential',
  matrix: views.essential,
  camera1: camera,
  camera2: wide,
  R,
  t,
  ...common,
} as const;

const move = (r: Matrix3, shift: readonly number[], point: readonly number[]): number[] =>
  [0, 1, 2].map((k) => r[3 * k] * point[0] + r[3 * k + 1] * point[1] + r[3 * k + 2] * point[2] + shift[k]);

describe('swapGeometry', () => {
  test('a homography takes points back to where they came from, in front of the camera', () => {
    const { matrix } = swapGeometry(homography) as Swapped<'homography'>;
    for (const [x, y] of [
      [0, 0],
      [1199, 0],
      [300, 900],
    ] as const) {
      // prettier-ignore
      const [u, v] = transformPoint(homography.matrix, x, y);
      const [backX, backY] = transformPoint(matrix, u, v);
      expect(backX).toBeCloseTo(x, 6);
      expect(backY).toBeCloseTo(y, 6);
      expect(matrix[6] * u + matrix[7] * v + matrix[8]).toBeGreaterThan(0);
    }
  });

  test('points of photo 1 lie on the lines of those of photo 2', () => {
    const { matrix } = swapGeometry(fundamental) as Swapped<'fundamental'>;
    expect(epipolarError(matrix, swapColumns(points))).toBeLessThan(1e-6);
  });

  test('a pose takes points back to camera 1, and each camera goes with its photo', () => {
    const back = swapGeometry(essential) as Swapped<'essential'>;
    const point = [0.7, -0.4, 5];
    move(back.R, back.t, move(R, t, point)).forEach((value, k) => expect(value).toBeCloseTo(point[k], 9));
    expect(back.camera1).toEqual(wide);
    expect(back.camera2).toEqual(camera);
  });

  test('the essential matrix is still that of the pose', () => {
    const { matrix, R: r, t: [x, y, z] } = swapGeometry(essential) as Swapped<'essential'>; // prettier-ignore
    expect(matrixDistance(matrix, unitMatrix3(multiply3([0, -z, y, z, 0, -x, -y, x, 0], r)))).toBeLessThan(1e-9);
  });

  test.each([homography, fundamental, essential])('$kind: swapping twice changes nothing', (geometry) => {
    const once = swapGeometry(geometry);
    const twice = swapGeometry(once);
    expect(once).toMatchObject({ kind: geometry.kind, ...common });
    expect(twice).toMatchObject({ kind: geometry.kind, ...common });
    const { matrix } = twice as Swapped<'homography'>;
    expect(matrixDistance(unitMatrix3(matrix), unitMatrix3(geometry.matrix))).toBeLessThan(1e-9);
  });

  test('no geometry is none either way', () => {
    const none = { kind: 'none', verdict: 'no-overlap', reason: 'only 3 matches', agreeing: 0 } as const;
    expect(swapGeometry(none)).toEqual(none);
  });
});
