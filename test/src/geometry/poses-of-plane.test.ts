import { describe, expect, test } from 'vitest';
import { posesOfPlane } from '../../../src/geometry/poses-of-plane.ts';
import type { CameraMotion } from '../../../src/geometry/relative-pose.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { angleBetweenRotations, rotationFromVector } from '../../../src/math/rotation.ts';
import { angleBetween } from './synthetic-pair.ts';

/** Directions all over a photo of some 80°. */
const seen = Float64Array.from([-0.8, -0.6, 0.8, -0.6, -0.8, 0.6, 0.8, 0.6, 0, 0]);
const small = seen.map((value) => 0.2 * value);

function motion(seed: number): CameraMotion {
  const random = createRandom(seed);
  const t = [random.normal(), random.normal(), 0.5 * random.normal()];
  const length = Math.hypot(...t);
  const turn = (): number => 0.15 * random.normal();
  return {
    R: rotationFromVector(turn(), turn(), turn()),
    t: t.map((value) => value / length) as unknown as CameraMotion['t'],
  };
}

/** Of the plane n·X = 1. */
const homographyOf = ({ R, t }: CameraMotion, n: readonly number[], scale = 1): Matrix3 =>
  R.map((value, k) => scale * (value + t[Math.floor(k / 3)] * n[k % 3])) as unknown as Matrix3;

const distance = (a: CameraMotion, b: CameraMotion): number =>
  Math.max(angleBetweenRotations(a.R, b.R), angleBetween(a.t, b.t));
const nearest = (poses: readonly CameraMotion[], truth: CameraMotion): number =>
  Math.min(...poses.map((pose) => distance(pose, truth)));

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const oblique = [0.12, -0.05, 0.2];

describe('posesOfPlane', () => {
  test.each(seeds)('the true motion is among them, whatever the scale of the homography (motion %i)', (seed) => {
    for (const scale of [1, 0.01, 300]) {
      const poses = posesOfPlane(homographyOf(motion(seed), oblique, scale), seen);
      expect(nearest(poses, motion(seed))).toBeLessThan(1e-6);
      expect(poses.length).toBeLessThanOrEqual(2);
    }
  });

  test('a plane seen through a long lens mostly has two', () => {
    const twofold = seeds.filter((seed) => posesOfPlane(homographyOf(motion(seed), oblique), small).length === 2);
    expect(twofold.length).toBeGreaterThanOrEqual(5);
  });

  test('seen all over a wide photo, fewer do: the other plane would lie behind the camera', () => {
    const count = (places: Float64Array): number =>
      seeds.reduce((sum, seed) => sum + posesOfPlane(homographyOf(motion(seed), oblique), places).length, 0);
    expect(count(seen)).toBeLessThan(count(small));
  });

  test('noise: the pose is off by no more than some times as much', () => {
    const random = createRandom(5);
    for (const seed of seeds) {
      const h = homographyOf(motion(seed), oblique).map((value) => value + 1e-4 * random.normal());
      expect(nearest(posesOfPlane(h as unknown as Matrix3, seen), motion(seed))).toBeLessThan(0.02);
    }
  });

  test('a camera that only turned has none', () => {
    expect(posesOfPlane([1, 0, 0, 0, 1, 0, 0, 0, 1], seen)).toEqual([]);
  });
});
