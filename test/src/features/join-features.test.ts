import { describe, expect, it } from 'vitest';
import { joinFeatures } from '../../../src/features/join-features.ts';
import type { PhotoFeatures } from '../../../src/features/photo-features.ts';

const descriptorLength = 4;

/** Features whose every number says which part they are from. */
function part(first: number, location: readonly number[]): PhotoFeatures {
  const count = location.length;
  const floats = (from: number): Float32Array => Float32Array.from({ length: count }, (_, i) => first + from + i);
  return {
    keypoints: {
      count,
      x: floats(0),
      y: floats(10),
      size: floats(20),
      angle: floats(30),
      response: floats(40),
      octave: Int16Array.from({ length: count }, (_, i) => i - 1),
      location: Uint32Array.from(location),
    },
    patchScale: 6,
    descriptorLength,
    pixelHash: 'hash',
    descriptors: Float32Array.from({ length: descriptorLength * count }, (_, i) => first + i),
    patches: Uint8Array.from({ length: 64 * 64 * count }, () => first / 100),
  };
}

describe('joinFeatures', () => {
  const parts = [part(100, [0, 0, 1]), part(200, []), part(300, [0, 1, 1, 2]), part(400, [0])];
  const joined = joinFeatures(parts);

  it('puts keypoints, descriptors and patches one after the other, in step', () => {
    const { keypoints, descriptors, patches } = joined;
    expect(keypoints.count).toBe(8);
    expect([...keypoints.x]).toEqual([100, 101, 102, 300, 301, 302, 303, 400]);
    expect([...keypoints.y]).toEqual([110, 111, 112, 310, 311, 312, 313, 410]);
    expect([...keypoints.size]).toEqual([120, 121, 122, 320, 321, 322, 323, 420]);
    expect([...keypoints.angle]).toEqual([130, 131, 132, 330, 331, 332, 333, 430]);
    expect([...keypoints.response]).toEqual([140, 141, 142, 340, 341, 342, 343, 440]);
    expect([...keypoints.octave]).toEqual([-1, 0, 1, -1, 0, 1, 2, -1]);
    expect(descriptors).toHaveLength(8 * descriptorLength);
    expect([...descriptors.subarray(3 * descriptorLength, 4 * descriptorLength)]).toEqual([300, 301, 302, 303]);
    expect(Array.from({ length: 8 }, (_, i) => patches[4096 * i + 4095])).toEqual([1, 1, 1, 3, 3, 3, 3, 4]);
    expect(joined).toMatchObject({ patchScale: 6, descriptorLength, pixelHash: 'hash' });
  });

  it('keeps together what shared a place within a part, and apart what did not', () => {
    const { location } = joined.keypoints;
    const isShared = (i: number, j: number): boolean => location[i] === location[j];
    expect([isShared(0, 1), isShared(4, 5)]).toEqual([true, true]);
    expect(new Set(location).size).toBe(2 + 3 + 1);
    expect(isShared(0, 3) || isShared(2, 4) || isShared(3, 7)).toBe(false);
  });

  it('of one part is that part, and leaves it alone', () => {
    expect(joinFeatures([parts[2]])).toEqual(parts[2]);
    expect([...parts[2].keypoints.location]).toEqual([0, 1, 1, 2]);
  });

  it('takes views without patches', () => {
    const bare = parts.map((features) => ({ ...features, patches: new Uint8Array() }));
    expect(joinFeatures(bare).patches).toHaveLength(0);
    expect(joinFeatures(bare).keypoints).toEqual(joined.keypoints);
  });
});
