import { describe, expect, it } from 'vitest';
import { areaUnderCurve, cornerError, overlapError, poseError } from '../../../src/evaluation/pair-errors.ts';
import { identity3, type Matrix3, multiply3 } from '../../../src/math/matrix3.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';

const degrees = Math.PI / 180;
const shift = (x: number, y: number): Matrix3 => [1, 0, x, 0, 1, y, 0, 0, 1];
const oblique: Matrix3 = [0.9, -0.2, 60, 0.15, 1.1, -20, 2e-4, -1e-4, 1];
const size = { width: 50, height: 50 };
/** Photo 2 shows columns 20 to 49 of photo 1 nowhere. */
const truth = shift(30, 0);
/** A tenth too wide: x/10 px off. */
const wide: Matrix3 = [1.1, 0, 30, 0, 1, 0, 0, 0, 1];

describe('cornerError', () => {
  it('is 0 for the same homography, whatever its scale, and the length of a shift', () => {
    const scaled = oblique.map((v) => -3 * v) as unknown as Matrix3;
    expect(cornerError(oblique, scaled, { width: 640, height: 480 })).toBeCloseTo(0, 9);
    const shifted = multiply3(shift(3, -4), oblique);
    expect(cornerError(oblique, shifted, { width: 640, height: 480 })).toBeCloseTo(5, 9);
  });

  it('is the mean over the centres of the corner pixels', () => {
    expect(cornerError(truth, wide, size)).toBeCloseTo((0 + 4.9 + 0 + 4.9) / 4, 12);
    expect(cornerError(identity3, [1, 0, 0, 0, 2, 0, 0, 0, 1], { width: 50, height: 31 })).toBeCloseTo(15, 12);
  });

  it('is infinite where the estimate puts a corner on the horizon', () => {
    // 1 − 64/64 is exactly 0.
    const error = cornerError(identity3, [1, 0, 0, 0, 1, 0, -1 / 64, 0, 1], { width: 65, height: 50 });
    expect(error).toBe(Infinity);
  });
});

describe('overlapError', () => {
  it('is 0 for the same homography, and the length of a shift', () => {
    expect(overlapError(oblique, oblique, size, { width: 200, height: 200 })).toBe(0);
    const shifted = multiply3(shift(3, -4), oblique);
    expect(overlapError(oblique, shifted, size, { width: 200, height: 200 })).toBeCloseTo(5, 9);
  });

  it('counts only what the truth puts inside photo 2', () => {
    // Columns 0 to 19, which are 0 to 1.9 px off; of a narrower photo 2 columns 0 to 9.
    expect(overlapError(truth, wide, size, size)).toBeCloseTo(0.95, 9);
    expect(overlapError(truth, wide, size, { width: 40, height: 50 })).toBeCloseTo(0.45, 9);
  });

  it('is infinite where the photos share nothing', () => {
    for (const [x, y] of [
      [60, 0],
      [-60, 0],
      [0, 60],
      [0, -60],
    ]) {
      expect(overlapError(shift(x, y), shift(x, y), size, size)).toBe(Infinity);
    }
  });
});

describe('poseError', () => {
  const motion = { R: rotationFromVector(0.3, -0.2, 0.1), t: [3, 0, 0] as const };
  const turnedBy = (angle: number): Matrix3 => multiply3(rotationFromVector(0, angle * degrees, 0), motion.R);
  const movedBy = (angle: number) => [Math.cos(angle * degrees), 0, Math.sin(angle * degrees)] as const;

  it('is 0 for the same motion, whatever the length of its translation', () => {
    expect(poseError(motion, { R: motion.R, t: [0.01, 0, 0] })).toBeCloseTo(0, 6);
  });

  it('is the larger of both angles, in degrees', () => {
    expect(poseError(motion, { R: turnedBy(10), t: [1, 0, 0] })).toBeCloseTo(10, 9);
    expect(poseError(motion, { R: motion.R, t: movedBy(30) })).toBeCloseTo(30, 9);
    expect(poseError(motion, { R: turnedBy(10), t: movedBy(30) })).toBeCloseTo(30, 9);
    expect(poseError(motion, { R: turnedBy(170), t: movedBy(90) })).toBeCloseTo(170, 9);
  });

  it('takes both signs of the translation for one', () => {
    expect(poseError(motion, { R: motion.R, t: [-3, 0, 0] })).toBeCloseTo(0, 6);
    expect(poseError(motion, { R: motion.R, t: movedBy(150) })).toBeCloseTo(30, 9);
  });
});

describe('areaUnderCurve', () => {
  it('counts a perfect pair in full, one at the threshold or beyond not at all, and others by how near they come', () => {
    expect(areaUnderCurve([0, Infinity], 5)).toBe(50);
    expect(areaUnderCurve([0, 0], 5)).toBe(100);
    expect(areaUnderCurve([5, 6, Infinity], 5)).toBe(0);
    expect(areaUnderCurve([1, 4], 10)).toBeCloseTo(75, 12);
    expect(areaUnderCurve([1, 4], 5)).toBeCloseTo(50, 12);
  });

  it('of no pairs is not a number', () => {
    expect(areaUnderCurve([], 5)).toBeNaN();
  });
});
