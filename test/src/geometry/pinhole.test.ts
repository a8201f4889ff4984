import { describe, expect, test } from 'vitest';
import type { PinholeCamera } from '../../../src/geometry/pinhole.ts';
import { directionsFromPixels, fundamentalFromEssential, pixelsFromDirections } from '../../../src/geometry/pinhole.ts';
import { identity3, multiply3, transformPoint } from '../../../src/math/matrix3.ts';
import { epipolarError } from './synthetic-pair.ts';
import { syntheticViews } from './synthetic-views.ts';

const camera1: PinholeCamera = { fx: 900, fy: 880, cx: 511.5, cy: 383.5 };
const camera2: PinholeCamera = { fx: 2100, fy: 2150, cx: 1490, cy: 1020 };

describe('pixels and directions', () => {
  test('straight ahead is the principal point; half a focal length to the side is that many pixels off', () => {
    expect(transformPoint(pixelsFromDirections(camera1), 0, 0)).toEqual([511.5, 383.5]);
    expect(transformPoint(pixelsFromDirections(camera1), 0.5, -0.5)).toEqual([961.5, -56.5]);
  });

  test('undo each other', () => {
    multiply3(directionsFromPixels(camera2), pixelsFromDirections(camera2)).forEach((value, k) =>
      expect(value).toBeCloseTo(identity3[k], 12),
    );
  });
});

describe('fundamentalFromEssential', () => {
  test('pixels of two different cameras obey it as directions obey the essential matrix', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { pairs, essential } = syntheticViews(seed, { right: 50 });
      const { x1, y1, x2, y2 } = pairs;
      const points = Float64Array.from(
        Array.from({ length: 50 }, (_, i) => [
          ...transformPoint(pixelsFromDirections(camera1), x1[i], y1[i]),
          ...transformPoint(pixelsFromDirections(camera2), x2[i], y2[i]),
        ]).flat(),
      );
      const fundamental = fundamentalFromEssential(essential, camera1, camera2);
      expect(epipolarError(fundamental, points)).toBeLessThan(1e-6);
      expect(Math.hypot(...fundamental)).toBeCloseTo(1, 12);
      expect(epipolarError(fundamentalFromEssential(essential, camera2, camera1), points)).toBeGreaterThan(1);
    }
  });
});
