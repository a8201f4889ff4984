import { describe, expect, it } from 'vitest';
import { carryKeypoint } from '../../../src/dataset/carry-keypoint.ts';
import { matchByHomography } from '../../../src/dataset/match-by-homography.ts';
import { type Matrix3, transformPoint } from '../../../src/math/matrix3.ts';
import { placedKeypoints } from '../features/analytic-picture.ts';

/** Turns by 90° clockwise as seen (y down), doubles and shifts. */
const turned: Matrix3 = [0, -2, 300, 2, 0, 10, 0, 0, 1];
const oblique: Matrix3 = [1.5, 0.05, -14, 0.5, 1.4, -160, 0.0015, -0.0001, 1];

describe('carryKeypoint', () => {
  it('takes size and angle along as the homography changes its surroundings', () => {
    const carried = carryKeypoint(turned, placedKeypoints([[20, 30, 4, 0.25]]), 0)!;
    expect([carried.x, carried.y, carried.size]).toEqual([240, 50, 8]);
    expect(carried.angle).toBeCloseTo(0.25 + Math.PI / 2, 6);
  });

  it('agrees with a small square that is carried corner by corner', () => {
    const [x, y, angle, step] = [120, 80, 0.7, 1e-3];
    const carried = carryKeypoint(oblique, placedKeypoints([[x, y, 5, angle]]), 0)!;
    const at = (u: number, v: number): [number, number] =>
      transformPoint(
        oblique,
        x + step * (u * Math.cos(angle) - v * Math.sin(angle)),
        y + step * (u * Math.sin(angle) + v * Math.cos(angle)),
      );
    const [[x0, y0], [x1, y1], [x2, y2]] = [at(0, 0), at(1, 0), at(0, 1)];
    const area = ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / step ** 2;
    expect(carried.size).toBeCloseTo(5 * Math.sqrt(area), 2);
    expect(carried.angle).toBeCloseTo(Math.atan2(y1 - y0, x1 - x0), 3);
  });

  it('takes nothing along that lies beyond the horizon', () => {
    expect(carryKeypoint(oblique, placedKeypoints([[-900, 0, 5, 0]]), 0)).toBeNull();
    // The same homography with another sign.
    const negative = oblique.map((value) => -value) as unknown as Matrix3;
    expect(carryKeypoint(negative, placedKeypoints([[120, 80, 5, 0]]), 0)!.size).toBeCloseTo(
      carryKeypoint(oblique, placedKeypoints([[120, 80, 5, 0]]), 0)!.size,
      9,
    );
    expect(carryKeypoint(negative, placedKeypoints([[-900, 0, 5, 0]]), 0)).toBeNull();
  });
});

describe('matchByHomography', () => {
  /** What photo 2 has of a keypoint at (20, 30) of size 4 and angle 0.25 in photo 1. */
  const partner = [240, 50, 8, 0.25 + Math.PI / 2] as const;
  const pairsWith = (...rows: (readonly [number, number, number, number])[]) => {
    const { keypoint1, keypoint2 } = matchByHomography(
      placedKeypoints([[20, 30, 4, 0.25]]),
      placedKeypoints(rows),
      turned,
    );
    return keypoint1.map((i, pair) => [i, keypoint2[pair]]);
  };
  const [x, y, size, angle] = partner;

  it.each([
    ['the place', [x + 2.4, y, size, angle], [x + 2.6, y, size, angle]],
    ['a larger size', [x, y, size * 1.4, angle], [x, y, size * 1.43, angle]],
    ['a smaller size', [x, y, size / 1.4, angle], [x, y, size / 1.43, angle]],
    ['a turn on', [x, y, size, angle + 0.52], [x, y, size, angle + 0.53]],
    ['a turn back, past the full turn', [x, y, size, angle - 0.52 + 2 * Math.PI], [x, y, size, angle - 0.53]],
  ] as const)('is exact to the bound in %s', (_, inside, outside) => {
    expect(pairsWith(inside)).toEqual([[0, 0]]);
    expect(pairsWith(outside)).toEqual([]);
  });

  it('pairs the nearest of those that agree, not what lies nearer and disagrees', () => {
    expect(pairsWith([x + 2, y, size, angle], [x + 1, y, size, angle], [x, y, size, angle + 2])).toEqual([[0, 1]]);
  });

  it('pairs one to one', () => {
    const two = placedKeypoints([
      [20, 30, 4, 0.25],
      [20.5, 30, 4, 0.25],
    ]);
    // The second of photo 1 lies nearer; the first has no other.
    expect(matchByHomography(two, placedKeypoints([[x, y + 0.8, size, angle]]), turned)).toEqual({
      keypoint1: [1],
      keypoint2: [0],
    });
  });
});
