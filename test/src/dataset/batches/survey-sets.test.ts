import { describe, expect, it } from 'vitest';
import { surveySets } from '../../../../src/dataset/batches/survey-sets.ts';
import { prepareTrainingData } from '../../../../src/dataset/batches/training-data.ts';
import { keepPatches } from '../../../../src/dataset/keep-patches.ts';
import { syntheticSet } from './synthetic-set.ts';

/** Point 1 is in photos 7 and 5, point 2 in 5 and 9, the others in one each; photo 6 stands alone. */
const set = {
  ...syntheticSet(1, 4),
  point: Uint32Array.of(1, 1, 2, 2, 3, 4, 5, 6),
  photo: Uint32Array.of(7, 5, 5, 9, 9, 6, 7, 6),
};

describe('a survey of a whole set', () => {
  it('counts the patches with a partner, and names the scene of each photo', () => {
    const [{ anchors, sceneOf }] = surveySets([set]);
    expect(anchors).toBe(4);
    expect([...sceneOf.keys()].sort()).toEqual([5, 6, 7, 9]);
    expect(sceneOf.get(5)).toBe(sceneOf.get(7));
    expect(sceneOf.get(5)).toBe(sceneOf.get(9));
    expect(sceneOf.get(5)).not.toBe(sceneOf.get(6));
  });

  it('decides how a part of it is drawn from', () => {
    // Without point 2 nothing in the part says that photo 9 shows what 5 and 7 do.
    const part = { ...keepPatches(set, Uint32Array.of(0, 1, 4, 5)).set, patches: set.patches };
    const whole = syntheticSet(1, 2);
    const [ofPart, ofWhole] = prepareTrainingData([part, whole], undefined, surveySets([set, whole]));
    // Photo numbers go by ids: 5, 6, 7, 9.
    const [five, six, seven, nine] = ofPart.scenes;
    expect([seven, nine]).toEqual([five, five]);
    expect(six).not.toBe(five);
    expect([...ofWhole.scenes]).not.toContain(five);
    expect([ofPart.share, ofWhole.share]).toEqual([0.5, 0.5]);
  });
});
