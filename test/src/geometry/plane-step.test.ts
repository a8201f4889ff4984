import { describe, expect, test } from 'vitest';
import { photoFrame, homographyInPixels } from '../../../src/geometry/plane-pairs.ts';
import { planeStep } from '../../../src/geometry/plane-step.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { invert3, multiply3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { cornerError } from './synthetic-matches.ts';

const frame = photoFrame({ width: 1000, height: 750 });
const inPixels = (step: Matrix3): Matrix3 => homographyInPixels(step, frame, frame);

/** A plane seen obliquely, moved along itself by (dx, dy). */
function movedPlane(view: Matrix3, dx: number, dy: number): Matrix3 {
  return multiply3(view, multiply3([1, 0, dx, 0, 1, dy, 0, 0, 1], invert3(view)!));
}

const frontal: Matrix3 = [0.9, 0.1, 0.05, -0.1, 0.9, 0.1, 0, 0, 1];
const oblique: Matrix3 = [0.8, 0.1, 0.1, -0.05, 0.9, -0.1, 0.35, -0.2, 1];
const places = [
  [-0.4, -0.2],
  [0.5, 0.3],
] as const;

/** From the two places, which are found with noise. */
function stepOf(truth: Matrix3, noise = 0, seed = 1): Matrix3 | null {
  const random = createRandom(seed);
  const found = (x: number, y: number): [number, number] => [x + noise * random.normal(), y + noise * random.normal()];
  const [a, b] = places;
  return planeStep(
    found(...a),
    found(...transformPoint(truth, ...a)),
    found(...b),
    found(...transformPoint(truth, ...b)),
  );
}

describe('planeStep', () => {
  test.each([
    ['from in front', frontal],
    ['from the side', oblique],
  ])('a plane seen %s: the step, all over the photo', (_, view) => {
    for (const [dx, dy] of [
      [0.3, 0],
      [0, -0.25],
      [-0.02, 0.01],
    ]) {
      const truth = movedPlane(view, dx, dy);
      expect(cornerError(inPixels(stepOf(truth)!), inPixels(truth))).toBeLessThan(1e-6);
    }
  });

  test('noise: the error grows with it and no faster', () => {
    const truth = movedPlane(oblique, 0.3, 0.1);
    const errorAt = (noise: number): number =>
      [1, 2, 3, 4, 5].reduce(
        (sum, seed) => sum + cornerError(inPixels(stepOf(truth, noise, seed)!), inPixels(truth)),
        0,
      );
    expect(errorAt(2e-3)).toBeLessThan(6 * errorAt(5e-4));
    // Half a pixel of noise, extrapolated from two places to the corners.
    expect(errorAt(1e-3) / 5).toBeLessThan(25);
  });

  test('degenerate: places that did not move, or are one, leave it open', () => {
    const [a, b] = [
      [0.1, 0.2],
      [0.4, -0.3],
    ] as const;
    expect(planeStep(a, a, b, b)).toBeNull();
    expect(planeStep(a, [0.3, 0.2], a, [0.3, 0.2])).toBeNull();
  });

  test('degenerate: two places on the line of their way leave it open', () => {
    expect(planeStep([0, 0], [0.1, 0], [0.4, 0], [0.5, 0])).toBeNull();
  });
});
