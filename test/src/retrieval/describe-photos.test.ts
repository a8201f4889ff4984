import { expect, test } from 'vitest';
import { describePhotos } from '../../../src/retrieval/describe-photos.ts';
import { nearestPhotos } from '../../../src/retrieval/nearest-photos.ts';
import { scenePhotos } from './synthetic-scenes.ts';

const scenes = 6;
const photos = scenePhotos(1, scenes, 48);
const read = async (i: number) => photos[i];

test('photos of one scene are nearest to each other', async () => {
  const described = await describePhotos(photos.length, read, { seed: 0 });
  const { index, depth } = await nearestPhotos(described, 7, { threads: 1 });
  for (let i = 0; i < photos.length; i++) {
    const neighbours = [...index.subarray(i * depth, (i + 1) * depth)];
    expect(neighbours.every((other) => other % scenes === i % scenes)).toBe(true);
  }
});

test('is the same for the same seed', async () => {
  const [first, again, other] = await Promise.all(
    [7, 7, 8].map((seed) => describePhotos(photos.length, read, { seed })),
  );
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test('holds one photo at a time and a few KiB of each; reads none more than twice', async () => {
  const reads = new Uint32Array(photos.length);
  let open = 0;
  const described = await describePhotos(
    photos.length,
    async (i) => {
      expect(open++).toBe(0);
      await Promise.resolve();
      open--;
      reads[i]++;
      return photos[i];
    },
    { seed: 0 },
  );
  expect(Math.max(...reads)).toBe(2);
  expect(described.values.byteLength / described.count).toBeLessThanOrEqual(4096);
});

test('photos without keypoints are like none, and harm none', async () => {
  const blank = { descriptors: new Float32Array(), descriptorLength: 32 };
  const some = [blank, ...photos, blank];
  const described = await describePhotos(some.length, async (i) => some[i], { seed: 0 });
  const { similarity, depth } = await nearestPhotos(described, 3, { threads: 1 });
  expect([...similarity.subarray(0, depth)]).toEqual([0, 0, 0]);
  expect(similarity[depth]).toBeGreaterThan(0.3);
  const none = await describePhotos(2, async () => blank, { seed: 0 });
  expect((await nearestPhotos(none, 1, { threads: 1 })).depth).toBe(0);
  expect((await describePhotos(0, async () => blank, { seed: 0 })).count).toBe(0);
});

test('ends with the reason it is told to end for, and with what reading throws', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(describePhotos(photos.length, read, { seed: 0, signal })).rejects.toThrow('enough');
  const broken = async (): Promise<never> => {
    throw new Error('no such photo');
  };
  await expect(describePhotos(3, broken, { seed: 0 })).rejects.toThrow('no such photo');
});
