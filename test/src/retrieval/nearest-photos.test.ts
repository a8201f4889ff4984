import { expect, test } from 'vitest';
import { createRandom } from '../../../src/math/random.ts';
import type { PhotoDescriptors } from '../../../src/retrieval/describe-photos.ts';
import { nearestPhotos } from '../../../src/retrieval/nearest-photos.ts';

function randomPhotos(seed: number, count: number, length: number): PhotoDescriptors {
  const random = createRandom(seed);
  return { count, length, values: Int8Array.from({ length: count * length }, () => Math.round(30 * random.normal())) };
}

/** One by one, in double precision. */
function oneByOne({ count, length, values }: PhotoDescriptors, photo: number, depth: number): number[] {
  const norms = Array.from({ length: count }, (_, i) => Math.hypot(...values.subarray(i * length, (i + 1) * length)));
  const cosines = Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let d = 0; d < length; d++) sum += values[i * length + d] * values[photo * length + d];
    return sum / norms[i] / norms[photo];
  });
  const others = Array.from(cosines.keys()).filter((i) => i !== photo);
  return others.sort((i, j) => cosines[j] - cosines[i] || i - j).slice(0, depth);
}

test('finds the nearest photos, also where the set is searched in several blocks', async () => {
  const photos = randomPhotos(1, 9000, 24);
  const { index, similarity, depth } = await nearestPhotos(photos, 20, { threads: 1 });
  expect(depth).toBe(20);
  let right = 0;
  for (let photo = 0; photo < 9000; photo += 450) {
    const found = new Set(index.subarray(photo * depth, (photo + 1) * depth));
    expect(found.has(photo)).toBe(false);
    right += oneByOne(photos, photo, depth).filter((other) => found.has(other)).length;
    const similar = [...similarity.subarray(photo * depth, (photo + 1) * depth)];
    expect(similar).toEqual(similar.toSorted((p, q) => q - p));
  }
  // Rounding may swap the last with the one after it.
  expect(right / (20 * 20)).toBeGreaterThan(0.99);
});

test('equally similar photos come by index; a photo is no neighbour of itself even among copies', async () => {
  const copies = { count: 6, length: 2, values: Int8Array.from([3, 4, 3, 4, 3, 4, 3, 4, -4, 3, 3, 4]) };
  const { index, depth } = await nearestPhotos(copies, 3, { threads: 1 });
  expect([...index.subarray(0, depth)]).toEqual([1, 2, 3]);
  expect([...index.subarray(2 * depth, 3 * depth)]).toEqual([0, 1, 3]);
  expect([...index.subarray(5 * depth, 6 * depth)]).toEqual([0, 1, 2]);
});

test('is the same again; sets of none and one have no neighbours; depth is at most the other photos', async () => {
  const photos = randomPhotos(2, 700, 64);
  const twice = [await nearestPhotos(photos, 9, { threads: 1 }), await nearestPhotos(photos, 9, { threads: 1 })];
  expect(twice[1]).toEqual(twice[0]);
  expect((await nearestPhotos(randomPhotos(3, 1, 8), 5, { threads: 1 })).depth).toBe(0);
  expect((await nearestPhotos(randomPhotos(3, 0, 8), 5, { threads: 1 })).depth).toBe(0);
  expect((await nearestPhotos(randomPhotos(3, 4, 8), 50, { threads: 1 })).depth).toBe(3);
});
