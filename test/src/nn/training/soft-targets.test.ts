import { describe, expect, test } from 'vitest';
import { softTargets } from '../../../../src/nn/training/soft-targets.ts';

describe('softTargets', () => {
  const scores = Float32Array.of(Math.log(2), 0, 0, 0, Math.log(3), 0);

  test('a teacher alone gives the softmax of each group', () => {
    const targets = softTargets(scores, 3, { share: 1, sharpness: 1 });
    expect([...targets].map((share) => +share.toFixed(6))).toEqual([0.5, 0.25, 0.25, 0.2, 0.6, 0.2]);
  });

  test('the truth alone is the first of each group', () => {
    expect([...softTargets(scores, 3, { share: 0, sharpness: 1 })]).toEqual([1, 0, 0, 1, 0, 0]);
  });

  test('mixed shares add up to one, and a sharper teacher is surer', () => {
    const [blunt, sharp] = [1, 4].map((sharpness) => softTargets(scores, 3, { share: 0.5, sharpness }));
    for (const targets of [blunt, sharp]) expect(targets[0] + targets[1] + targets[2]).toBeCloseTo(1, 6);
    expect(sharp[4]).toBeGreaterThan(blunt[4]);
    expect(sharp[4]).toBeLessThan(0.5);
  });

  test('large scores stay finite', () => {
    expect([...softTargets(Float32Array.of(900, -900), 2, { share: 1, sharpness: 10 })]).toEqual([1, 0]);
  });
});
