import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinAnchors, mineTask, planMining } from '../../../src/dataset/mine.ts';
import { indexPatches } from '../../../src/dataset/patch-index.ts';
import { createShortlister, type Shortlister } from '../../../src/matching/shortlist.ts';
import { createRandom } from '../../../src/math/random.ts';
import { syntheticSet } from './batches/synthetic-set.ts';

const length = 128;

/** Two photo pairs of 80 places; patch n of photo p is patch 80·p + n. */
const set = syntheticSet(2, 80);
const index = indexPatches(set);

/** Random unit vectors, then `like` ones: descriptor of the first patch becomes nearly that of the second. */
function describeSet(like: readonly (readonly [number, number])[], noise = 0.05): Float32Array {
  const random = createRandom(1);
  const descriptors = Float32Array.from({ length: set.count * length }, () => random.normal());
  for (const [patch, model] of like) {
    for (let i = 0; i < length; i++) {
      descriptors[patch * length + i] = descriptors[model * length + i] + noise * random.normal();
    }
  }
  for (let patch = 0; patch < set.count; patch++) {
    const row = descriptors.subarray(patch * length, (patch + 1) * length);
    const norm = Math.hypot(...row);
    for (let i = 0; i < length; i++) row[i] /= norm;
  }
  return descriptors;
}

describe('mining', () => {
  let shortlister: Shortlister;
  beforeAll(async () => {
    shortlister = await createShortlister({ descriptorLength: length, threads: 1 });
  });
  afterAll(() => shortlister.release());

  it('plans each patch with its partner, in the partner’s photo', () => {
    const tasks = planMining(index, Infinity, 0);
    expect(tasks.map(({ photo }) => photo)).toEqual([0, 1, 2, 3]);
    expect([...tasks[1].true2]).toEqual(Array.from({ length: 80 }, (_, i) => 80 + i));
    expect([...tasks[1].patch1]).toEqual(Array.from({ length: 80 }, (_, i) => i));
  });

  it('draws as many anchors as asked for, by the seed', () => {
    const rows = (seed: number): string =>
      planMining(index, 50, seed)
        .map(({ patch1 }) => patch1.join())
        .join();
    expect(rows(1).split(',').length).toBe(50);
    expect(rows(1)).toBe(rows(1));
    expect(rows(1)).not.toBe(rows(2));
  });

  it('draws as many from photos that share little as from those that share much, as far as they go', () => {
    // Photos 0 and 1 share 40 places, photos 0 and 2 share 5.
    const photo = [...Array<number>(40).fill(0), ...Array<number>(40).fill(1), ...Array<number>(5).fill(2)];
    const point = [...Array(40).keys(), ...Array(40).keys(), ...Array(5).keys()].map((n) => n + 1);
    const uneven = indexPatches({ photo: Uint32Array.from(photo), point: Uint32Array.from(point) });
    const tasks = planMining(uneven, 50, 3);
    const sharedBy = (a: number, b: number): number =>
      tasks
        .filter((task) => task.photo === b)
        .reduce((sum, { patch1 }) => sum + patch1.filter((patch) => photo[patch] === a).length, 0);
    expect([sharedBy(2, 0), sharedBy(0, 2), sharedBy(1, 2), sharedBy(2, 1)]).toEqual([5, 5, 5, 5]);
    expect([sharedBy(0, 1), sharedBy(1, 0)]).toEqual([15, 15]);
    for (const { patch1, true2 } of tasks) {
      patch1.forEach((patch, row) => expect(point[patch]).toBe(point[true2[row]]));
    }
  });

  it('finds the planted look-alike first, in the partner’s photo only', async () => {
    // Patch 130 of photo 1 and patch 200 of photo 2 look like anchor 7, whose partner 87 looks nothing like it.
    const descriptors = describeSet([
      [130, 7],
      [200, 7],
    ]);
    const task = planMining(index, Infinity, 0)[1];
    const { count, patch1, true2, hard2 } = await mineTask(set, index, descriptors, task, 10, shortlister);
    expect(count).toBe(80);
    expect([patch1[7], true2[7]]).toEqual([7, 87]);
    expect(hard2[70]).toBe(130);
    for (let row = 0; row < count; row++) {
      const hard = hard2.subarray(row * 10, row * 10 + 10);
      expect(new Set(hard).size).toBe(10);
      const similarity = Array.from(hard, (patch) => dot(descriptors, patch1[row], patch));
      expect(similarity).toEqual(similarity.slice().sort((a, b) => b - a));
      for (const patch of hard) {
        expect(index.photoOf[patch]).toBe(1);
        expect(patch).not.toBe(true2[row]);
      }
    }
  });

  it('takes no patch near the true place for wrong, however many there are', async () => {
    // 60 of the photo's patches are within 11 px of the place of patch 87 and look like anchor 7; the rest are far.
    const crowded = { ...set, x: set.x!.slice(), y: set.y!.slice() };
    const near = Array.from({ length: 60 }, (_, i) => 90 + i);
    for (const patch of near) {
      crowded.x[patch] = crowded.x[87] + 11;
      crowded.y[patch] = crowded.y[87];
    }
    const descriptors = describeSet(near.map((patch) => [patch, 7] as const));
    const task = { photo: 1, patch1: Uint32Array.of(7), true2: Uint32Array.of(87) };
    const { hard2 } = await mineTask(crowded, index, descriptors, task, 10, shortlister);
    expect(hard2.length).toBe(10);
    for (const patch of hard2) expect(near).not.toContain(patch);
    const far = Array.from({ length: 80 }, (_, i) => 80 + i).filter((patch) => patch !== 87 && !near.includes(patch));
    const best = far.sort((a, b) => dot(descriptors, 7, b) - dot(descriptors, 7, a)).slice(0, 10);
    expect([...hard2]).toEqual(best);
  });

  it('goes by the point alone where a set has no places', async () => {
    const bare = { ...set, x: null, y: null, size: null };
    const descriptors = describeSet([[88, 7]]);
    const task = { photo: 1, patch1: Uint32Array.of(7), true2: Uint32Array.of(87) };
    expect((await mineTask(bare, index, descriptors, task, 10, shortlister)).hard2[0]).toBe(88);
  });

  it('leaves anchors out whose partner’s photo has too few wrong patches', async () => {
    const small = syntheticSet(1, 8);
    const smallIndex = indexPatches(small);
    const [task] = planMining(smallIndex, Infinity, 0);
    const descriptors = describeSet([]).slice(0, small.count * length);
    expect((await mineTask(small, smallIndex, descriptors, task, 8, shortlister)).count).toBe(0);
    expect((await mineTask(small, smallIndex, descriptors, task, 7, shortlister)).count).toBe(8);
  });

  it('joins what tasks found', () => {
    const part = (n: number) => ({
      count: 1,
      patch1: Uint32Array.of(n),
      true2: Uint32Array.of(n + 1),
      hard2: Uint32Array.of(n + 2, n + 3),
    });
    const { count, hard2 } = joinAnchors([part(1), part(10)]);
    expect(count).toBe(2);
    expect([...hard2]).toEqual([3, 4, 12, 13]);
  });
});

function dot(descriptors: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += descriptors[a * length + i] * descriptors[b * length + i];
  return Math.fround(sum);
}
