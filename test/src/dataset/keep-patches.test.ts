import { describe, expect, it } from 'vitest';
import { keepPatches } from '../../../src/dataset/keep-patches.ts';
import { syntheticSet } from './batches/synthetic-set.ts';

describe('keeping patches', () => {
  const anchors = {
    count: 3,
    patch1: Uint32Array.of(0, 40, 41),
    true2: Uint32Array.of(20, 60, 61),
    hard2: Uint32Array.of(21, 22, 62, 63, 62, 30),
  };
  const set = syntheticSet(2, 20, anchors);

  it('renumbers them, and the anchors all of whose patches stay', () => {
    const { set: left, numberNow } = keepPatches(
      set,
      Uint32Array.from({ length: 40 }, (_, i) => 40 + i),
    );
    expect(left.count).toBe(40);
    expect([left.point[3], left.photo[3], left.x![3], left.size![3]]).toEqual([
      set.point[43],
      set.photo[43],
      set.x![43],
      set.size![43],
    ]);
    expect([numberNow[39], numberNow[40], numberNow[79]]).toEqual([-1, 0, 39]);
    expect(left.anchors).toEqual({
      count: 1,
      patch1: Uint32Array.of(0),
      true2: Uint32Array.of(20),
      hard2: Uint32Array.of(22, 23),
    });
  });

  it('leaves a set of which all stay as it is', () => {
    const { set: left, numberNow } = keepPatches(
      set,
      Uint32Array.from({ length: 80 }, (_, i) => i),
    );
    expect(left).toEqual(set);
    expect(numberNow[79]).toBe(79);
  });
});
