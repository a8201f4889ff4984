import { describe, expect, it } from 'vitest';
import { mergePlaces, oncePerPlace } from '../../../src/scene/merge-places.ts';

/** Keypoints 0, 2 and 3 differ in angle alone, as do 1 and 5. */
const location = Uint32Array.from([40, 7, 40, 40, 9, 7]);
const merged = mergePlaces({ count: location.length, location });

describe('mergePlaces', () => {
  it('numbers places by their first keypoints, whatever the detector calls them', () => {
    expect(merged.count).toBe(3);
    expect([...merged.placeOf]).toEqual([0, 1, 0, 0, 2, 1]);
    expect([...merged.keypointOf]).toEqual([0, 1, 4]);
  });

  it('no keypoints, no places', () => {
    expect(mergePlaces({ count: 0, location: new Uint32Array() })).toMatchObject({ count: 0 });
  });
});

describe('oncePerPlace', () => {
  const apart = mergePlaces({ count: 6, location: Uint32Array.from([0, 1, 2, 3, 4, 5]) });

  it('keeps the best match of both places and no other', () => {
    // The second match has the place of the first in photo 1, the fourth that of the third in photo 2.
    expect([...oncePerPlace([0, 2, 1, 4], [0, 1, 5, 5], merged, apart)]).toEqual([0, 2]);
    expect([...oncePerPlace([0, 1, 5, 5], [0, 2, 1, 4], apart, merged)]).toEqual([0, 2]);
  });

  it('a match that was left out takes no place from later ones', () => {
    expect([...oncePerPlace([0, 3, 4], [0, 1, 1], merged, apart)]).toEqual([0, 2]);
  });
});
