import { describe, expect, test } from 'vitest';
import { commonFrame, type CommonFrame } from '../../../src/geometry/common-frame.ts';
import { overlapInImage1 } from '../../../src/geometry/overlap.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { invert3, multiply3, transformPoint, unitMatrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';
import { svd3 } from '../../../src/math/svd3.ts';
import { randomHomography } from './synthetic-matches.ts';
import { matrixDistance } from './synthetic-views.ts';

const size = { width: 1000, height: 750 };

function frameOf(h: Matrix3, size1 = size, size2 = size): CommonFrame {
  const frame = commonFrame(h, size1, size2);
  if (frame === null) throw new Error('expected a frame');
  return frame;
}

/** A turn about the middle, then other scales across and along, then another turn. */
function stretched(across: number, along: number, turn1: number, turn2: number): Matrix3 {
  const middle: Matrix3 = [1, 0, 500, 0, 1, 375, 0, 0, 1];
  const stretch = multiply3([across, 0, 0, 0, along, 0, 0, 0, 1], rotationFromVector(0, 0, turn1));
  return multiply3(multiply3(middle, multiply3(rotationFromVector(0, 0, turn2), stretch)), invert3(middle)!);
}

/** Singular values of the derivative of a homography at a point. */
function magnification(h: Matrix3, [x, y]: readonly [number, number]): [number, number] {
  const step = 1e-3;
  const column = (dx: number, dy: number): number[] => {
    const [u0, v0] = transformPoint(h, x - dx, y - dy);
    const [u1, v1] = transformPoint(h, x + dx, y + dy);
    return [(u1 - u0) / (2 * step), (v1 - v0) / (2 * step)];
  };
  const [a, b] = [column(step, 0), column(0, step)];
  const { s } = svd3([a[0], b[0], 0, a[1], b[1], 0, 0, 0, 0]);
  return [s[0], s[1]];
}

function centreOfOverlap(h: Matrix3): [number, number] {
  const { polygon } = overlapInImage1(h, size, size);
  const mean = (k: 0 | 1): number => polygon.reduce((sum, point) => sum + point[k], 0) / polygon.length;
  return [mean(0), mean(1)];
}

const tilted: Matrix3 = multiply3(stretched(0.2, 1.1, 0.4, -0.3), [1, 0, 0, 0, 1, 0, 2e-4, -1e-4, 1]);
const cases: [string, Matrix3][] = [
  ['stretched five times across', stretched(0.2, 1, 0.5, 1)],
  ['stretched the one way, shrunk the other', stretched(3, 0.3, 0.7, -0.4)],
  ['all of it larger in photo 2', stretched(4, 2, 0.2, 0)],
  ['all of it smaller in photo 2', stretched(0.25, 0.4, -1, 0.3)],
  ['tilted away', tilted],
];

describe.each(cases)('%s', (_, h) => {
  const frame = frameOf(h);
  const centre = centreOfOverlap(h);

  test('neither photo is magnified: no detail is made up', () => {
    expect(magnification(frame.frameFromImage1, centre)[0]).toBeLessThan(1.001);
    expect(magnification(frame.frameFromImage2, transformPoint(h, ...centre))[0]).toBeLessThan(1.001);
  });

  test('no more detail is taken away than one of the photos lacks', () => {
    const [most1, least1] = magnification(frame.frameFromImage1, centre);
    const [most2, least2] = magnification(frame.frameFromImage2, transformPoint(h, ...centre));
    expect(Math.max(most1, most2)).toBeCloseTo(1, 3);
    const [most, least] = magnification(h, centre);
    expect(least1).toBeCloseTo(Math.min(1, least), 3);
    expect(least2).toBeCloseTo(Math.min(1, 1 / most), 3);
  });

  test('a place is at the same pixel whichever photo it comes from', () => {
    const viaPhoto2 = multiply3(frame.frameFromImage2, h);
    expect(matrixDistance(unitMatrix3(viaPhoto2), unitMatrix3(frame.frameFromImage1))).toBeLessThan(1e-9);
  });

  test('the frame holds all that both photos show, and fits it closely', () => {
    const corners = overlapInImage1(h, size, size).polygon.map(([x, y]) => transformPoint(frame.frameFromImage1, x, y));
    for (const [k, side] of [
      [0, frame.width],
      [1, frame.height],
    ] as const) {
      // prettier-ignore
      const values = corners.map((corner) => corner[k]);
      expect(Math.min(...values)).toBeCloseTo(-0.5, 6);
      expect(Math.max(...values)).toBeLessThanOrEqual(side - 0.5 + 1e-6);
      expect(Math.max(...values)).toBeGreaterThan(side - 1.5);
    }
  });
});

test('fifty ordinary views: a place is at the same pixel whichever photo it comes from', () => {
  const random = createRandom(1);
  for (let trial = 0; trial < 50; trial++) {
    const h = randomHomography(random, 1000, 750);
    const frame = frameOf(h);
    const viaPhoto2 = multiply3(frame.frameFromImage2, h);
    expect(matrixDistance(unitMatrix3(viaPhoto2), unitMatrix3(frame.frameFromImage1))).toBeLessThan(1e-9);
  }
});

test('the same photo twice is shown as it is, but for a turn', () => {
  const { frameFromImage1, width, height } = frameOf([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(Math.max(width, height)).toBe(1000);
  expect(Math.min(width, height)).toBe(750);
  magnification(frameFromImage1, [10, 20]).forEach((scale) => expect(scale).toBeCloseTo(1, 6));
});

test('large photos are shown in a frame of bounded size that still holds all of the overlap', () => {
  const large = { width: 8000, height: 6000 };
  const h: Matrix3 = [1, 0, 1000, 0, 1, 0, 0, 0, 1];
  const { frameFromImage1, frameFromImage2, width, height } = frameOf(h, large, large);
  expect(Math.max(width, height)).toBe(2048);
  const [x, y] = transformPoint(frameFromImage1, 6999.5, 5999.5);
  expect(Math.max(x / (width - 0.5), y / (height - 0.5))).toBeCloseTo(1, 2);
  expect(matrixDistance(unitMatrix3(multiply3(frameFromImage2, h)), unitMatrix3(frameFromImage1))).toBeLessThan(1e-9);
});

describe('nothing to compare', () => {
  const shift = (x: number): Matrix3 => [1, 0, x, 0, 1, 0, 0, 0, 1];

  test('photos side by side, or sharing a strip too narrow for keypoints', () => {
    expect(commonFrame(shift(1200), size, size)).toBeNull();
    expect(commonFrame(shift(980), size, size)).toBeNull();
    expect(commonFrame(shift(900), size, size)).not.toBeNull();
  });

  test('a matrix that maps everything to a line', () => {
    expect(commonFrame([1, 0, 0, 1, 0, 0, 0, 0, 1], size, size)).toBeNull();
  });
});
