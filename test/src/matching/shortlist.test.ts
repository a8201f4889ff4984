import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Shortlister } from '../../../src/matching/shortlist.ts';
import { createShortlister } from '../../../src/matching/shortlist.ts';
import { createRandom } from '../../../src/math/random.ts';

const length = 16;
let shortlister: Shortlister;
beforeAll(async () => {
  shortlister = await createShortlister({ descriptorLength: length, threads: 1 });
});
afterAll(() => shortlister.release());

/** Unit vectors; with `levels` few distinct ones, so that many dot products are exactly equal. */
function randomDescriptors(seed: number, count: number, levels = Infinity): Float32Array {
  const random = createRandom(seed);
  const result = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    if (levels < Infinity) result[i * length + random.integer(levels)] = 1;
    else {
      const row = Array.from({ length }, () => random.normal());
      row.forEach((value, k) => (result[i * length + k] = value / Math.hypot(...row)));
    }
  }
  return result;
}

/** All pairs compared one by one: the `depth` most similar rows of b for each of a, lower index first where equal. */
function bruteForce(a: Float32Array, b: Float32Array, depth: number): number[][] {
  const dot = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += a[i * length + k] * b[j * length + k];
    return sum;
  };
  return Array.from({ length: a.length / length }, (_, i) => {
    const values = Array.from({ length: b.length / length }, (_, j) => dot(i, j));
    return [...values.keys()].sort((p, q) => values[q] - values[p] || p - q).slice(0, depth);
  });
}

function rows({ index, depth }: { index: Uint32Array; depth: number }): number[][] {
  return Array.from({ length: depth === 0 ? 0 : index.length / depth }, (_, i) => [
    ...index.subarray(i * depth, (i + 1) * depth),
  ]);
}

describe('shortlist', () => {
  // Blocks are 512 rows: sizes below, at, beyond a block, with a last block smaller than the depth.
  test.each([
    [40, 70],
    [512, 90],
    [513, 100],
    [1026, 60],
    [3, 200],
    [200, 3],
    [1, 1],
  ])('finds what comparing all pairs finds: %i × %i keypoints', async (count1, count2) => {
    const a = randomDescriptors(1, count1);
    const b = randomDescriptors(2, count2);
    const found = await shortlister.shortlist(a, count1, b, count2, { k: 2, depth: 5 });
    const [near1, near2] = [bruteForce(a, b, 5), bruteForce(b, a, 5)];
    expect(rows(found.neighbours1)).toEqual(near1);
    expect(rows(found.neighbours2)).toEqual(near2);
    const expected = near1.flatMap((near, i) =>
      near
        .slice(0, 2)
        .filter((j) => near2[j].slice(0, 2).includes(i))
        .map((j) => [i, j]),
    );
    expect(Array.from({ length: found.count }, (_, c) => [found.index1[c], found.index2[c]])).toEqual(expected);
    for (let c = 0; c < found.count; c++) {
      const one = a.subarray(found.index1[c] * length, (found.index1[c] + 1) * length);
      const other = b.subarray(found.index2[c] * length, (found.index2[c] + 1) * length);
      expect(found.similarity[c]).toBeCloseTo(
        one.reduce((sum, value, k) => sum + value * other[k], 0),
        5,
      );
    }
  });

  test('equally similar neighbours come in order of their index, across blocks too', async () => {
    const a = randomDescriptors(3, 1100, 4);
    const b = randomDescriptors(4, 30, 4);
    const found = await shortlister.shortlist(a, 1100, b, 30, { k: 3, depth: 6 });
    expect(rows(found.neighbours1)).toEqual(bruteForce(a, b, 6));
    expect(rows(found.neighbours2)).toEqual(bruteForce(b, a, 6));
  });

  test('descriptors in shared memory are fine; a photo without keypoints has no candidates', async () => {
    const a = randomDescriptors(5, 20);
    const shared = new Float32Array(new SharedArrayBuffer(a.byteLength));
    shared.set(a);
    const options = { k: 1, depth: 2 };
    expect((await shortlister.shortlist(shared, 20, shared, 20, options)).count).toBe(20);
    expect((await shortlister.shortlist(new Float32Array(), 0, a, 20, options)).count).toBe(0);
    expect((await shortlister.shortlist(a, 20, new Float32Array(), 0, options)).count).toBe(0);
  });
});
