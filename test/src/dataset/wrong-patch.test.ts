import { describe, expect, it } from 'vitest';
import { isWrong } from '../../../src/dataset/wrong-patch.ts';
import { syntheticSet } from './batches/synthetic-set.ts';

const set = syntheticSet(1, 20);

describe('wrong partners', () => {
  it('are of another point and far from the true place', () => {
    const other = {
      ...set,
      x: Float32Array.from(set.x!),
      y: Float32Array.from(set.y!),
      size: Float32Array.from(set.size!),
    };
    other.x[21] = other.x[20] + 11;
    other.y[21] = other.y[20];
    expect(isWrong(other, 20, 20)).toBe(false);
    other.size[20] = 6; // a third of the side is 12 px
    expect(isWrong(other, 20, 21)).toBe(false);
    other.size[20] = 5; // 10 px
    expect(isWrong(other, 20, 21)).toBe(true);
    other.x[21] = other.x[20] + 9;
    expect(isWrong(other, 20, 21)).toBe(false);
  });
});
