import { describe, expect, it } from 'vitest';
import { poseFromEssential } from '../../../src/geometry/relative-pose.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { angleBetweenRotations } from '../../../src/math/rotation.ts';
import { syntheticViews } from './synthetic-views.ts';

function angleBetween(a: readonly number[], b: readonly number[]): number {
  const cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / (Math.hypot(...a) * Math.hypot(...b));
  return Math.acos(Math.min(1, cosine));
}

const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('poseFromEssential', () => {
  it.each([1, -1, 7, -0.01])('finds the pose, whatever the scale and sign (%f) of the matrix', (scale) => {
    for (let seed = 1; seed <= 50; seed++) {
      const { pairs, essential, camera2FromCamera1 } = syntheticViews(seed, { right: 30 });
      const matrix = essential.map((v) => scale * v) as unknown as Matrix3;
      const pose = poseFromEssential(matrix, pairs, all(30));
      expect(angleBetweenRotations(pose.R, camera2FromCamera1.R)).toBeLessThan(1e-7);
      expect(angleBetween(pose.t, camera2FromCamera1.t)).toBeLessThan(1e-7);
      expect(Math.hypot(...pose.t)).toBeCloseTo(1, 12);
      expect(pose.inFront).toHaveLength(30);
    }
  });

  it('is decided by most of the pairs, some being wrong', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { pairs, essential, camera2FromCamera1 } = syntheticViews(seed, { right: 60, wrong: 20, noise: 0.0005 });
      const pose = poseFromEssential(essential, pairs, all(80));
      expect(angleBetweenRotations(pose.R, camera2FromCamera1.R)).toBeLessThan(1e-7);
      expect(pose.inFront.length).toBeGreaterThan(50);
    }
  });

  it('keeps its digits where the cameras hardly moved', () => {
    const { pairs, essential, camera2FromCamera1 } = syntheticViews(4, { right: 30, baseline: 1e-5 });
    const pose = poseFromEssential(essential, pairs, all(30));
    expect(angleBetweenRotations(pose.R, camera2FromCamera1.R)).toBeLessThan(1e-7);
    expect(angleBetween(pose.t, camera2FromCamera1.t)).toBeLessThan(1e-7);
  });

  it('without pairs still gives a rotation and a direction', () => {
    const { pairs, essential } = syntheticViews(5, { right: 10 });
    const { R, t, inFront } = poseFromEssential(essential, pairs, []);
    expect(inFront).toHaveLength(0);
    expect(angleBetweenRotations(R, R)).toBeCloseTo(0, 9);
    expect(Math.hypot(...t)).toBeCloseTo(1, 12);
  });
});
