import { describe, expect, it } from 'vitest';
import { markSame } from '../../../../src/dataset/batches/same-place.ts';
import { prepareTrainingData } from '../../../../src/dataset/batches/training-data.ts';
import type { PatchSet } from '../../../../src/dataset/patch-set.ts';
import { syntheticSet } from './synthetic-set.ts';

/** A set of single patches: [point, photo, x] each; y is 0, the size 4. */
function setOf(
  rows: readonly (readonly [number, number, number])[],
  photoNames: readonly string[] | null = null,
): PatchSet {
  return {
    ...syntheticSet(1, rows.length / 2),
    point: Uint32Array.from(rows, ([point]) => point),
    photo: Uint32Array.from(rows, ([, photo]) => photo),
    x: Float32Array.from(rows, ([, , x]) => x),
    y: new Float32Array(rows.length),
    size: new Float32Array(rows.length).fill(4),
    photoNames,
  };
}

/** Marks of true pairs, each given by its set and its first patch. */
function marks(sets: readonly PatchSet[], pairs: readonly (readonly [number, number])[]): number[][] {
  const data = prepareTrainingData(sets);
  const same = new Float32Array(pairs.length ** 2).fill(9);
  const truePairs = pairs.map(([set, first]) => ({ from: data[set], first, second: first + 1 }));
  markSame(truePairs, same);
  return pairs.map((_, i) => Array.from(same.subarray(i * pairs.length, (i + 1) * pairs.length)));
}

describe('which pairs may show the same place', () => {
  it('those near each other in a photo they share, be it a third one', () => {
    // Point 1 in photos 0, 1 and 4; point 2 in photos 2, 3 and 4, 7 px beside it; point 3 in 2, 3 and 4, far away.
    const set = setOf([
      ...([0, 1, 4].map((photo) => [1, photo, 100]) as [number, number, number][]),
      ...([2, 3, 4].map((photo) => [2, photo, photo === 4 ? 107 : 500]) as [number, number, number][]),
      ...([2, 3, 4].map((photo) => [3, photo, 300]) as [number, number, number][]),
      [9, 4, 0],
    ]);
    expect(
      marks(
        [set],
        [
          [0, 0],
          [0, 3],
          [0, 6],
        ],
      ),
    ).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('those of one scene without a photo in common, and none of different scenes', () => {
    // Photos 0 to 3 are one scene, as point 5 joins them; 6 and 7 another.
    const set = setOf([
      [1, 0, 10],
      [1, 1, 10],
      [2, 2, 90],
      [2, 3, 90],
      [3, 6, 10],
      [3, 7, 10],
      [5, 0, 200],
      [5, 1, 200],
      [5, 2, 200],
      [5, 3, 200],
    ]);
    expect(
      marks(
        [set],
        [
          [0, 0],
          [0, 2],
          [0, 4],
          [0, 6],
        ],
      ),
    ).toEqual([
      [0, 1, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('those of photos with one name, in any set', () => {
    const rows = [
      [1, 0, 10],
      [1, 1, 10],
      [2, 2, 90],
      [2, 3, 90],
    ] as const;
    const named = setOf(rows, ['church', 'church', 'river', 'river']);
    const other = setOf(rows, ['river', 'river', 'tree', 'tree']);
    expect(
      marks(
        [named, other],
        [
          [0, 0],
          [0, 2],
          [1, 0],
          [1, 2],
        ],
      ),
    ).toEqual([
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('only those of the same point where a set has no places', () => {
    const rows = [
      [1, 0, 10],
      [1, 1, 10],
      [2, 0, 10],
      [2, 1, 10],
    ] as const;
    const bare = { ...setOf(rows), x: null, y: null, size: null };
    expect(
      marks(
        [bare],
        [
          [0, 0],
          [0, 2],
          [0, 0],
        ],
      ),
    ).toEqual([
      [0, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect(
      marks(
        [setOf(rows)],
        [
          [0, 0],
          [0, 2],
        ],
      ),
    ).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });
});
