import { describe, expect, it } from 'vitest';
import { foldRadius, isMonotone, undistortRadius, undistortRadiusOrFold } from '../../../src/stitching/lens.ts';

describe('distortion', () => {
  it('is undone to rounding over the picture', () => {
    for (const [k1, k2] of [
      [-0.15, 0],
      [0.05, 0.02],
      [-0.3, 0.1],
    ]) {
      for (const r of [0, 0.1, 0.5, 0.8]) {
        const rd = r * (1 + k1 * r ** 2 + k2 * r ** 4);
        expect(undistortRadius(rd, k1, k2)).toBeCloseTo(r, 10);
        expect(undistortRadiusOrFold(rd, k1, k2)).toBeCloseTo(r, 10);
      }
    }
  });

  it('never reaches what lies beyond the radius where it turns back', () => {
    // r (1 − 0.3 r²) peaks at r = 1.054 with 0.703.
    expect(undistortRadius(0.9, -0.3, 0)).toBeNaN();
    expect(undistortRadiusOrFold(0.9, -0.3, 0)).toBeCloseTo(1.0541, 4);
    expect(undistortRadiusOrFold(0.7027, -0.3, 0)).toBeLessThan(foldRadius(-0.3, 0));
    expect(isMonotone(-0.3, 0, 0.9)).toBe(true);
    expect(isMonotone(-0.3, 0, 1.1)).toBe(false);
  });
});
