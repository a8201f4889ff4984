import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelPath } from '../../../models/index.ts';
import { cutPatches } from '../../../src/features/patches.ts';
import { buildPyramid } from '../../../src/image/pyramid.ts';
import { createRandom } from '../../../src/math/random.ts';
import { describePatches, descriptorContract, descriptorLength } from '../../../src/nn/descriptor.ts';
import { pairContract, scorePairs } from '../../../src/nn/judge.ts';
import type { Model } from '../../../src/nn/model.ts';
import { loadModel } from '../../../src/nn/model.ts';
import { blobPicture, placedKeypoints, renderPicture } from '../features/analytic-picture.ts';

// A picture and the same world seen turned by 10°, 1.2 times as large, darker and with less contrast.
const [width, height] = [400, 320];
const world = blobPicture(11, width, height, 700);
const [scale, turn] = [1.2, Math.PI / 18];
const toView2 = (x: number, y: number): [number, number] => {
  const [dx, dy] = [x - width / 2, y - height / 2];
  return [
    width / 2 + scale * (Math.cos(turn) * dx - Math.sin(turn) * dy),
    height / 2 + scale * (Math.sin(turn) * dx + Math.cos(turn) * dy),
  ];
};
const view2 = (x: number, y: number): number => {
  const [dx, dy] = [(x - width / 2) / scale, (y - height / 2) / scale];
  const u = width / 2 + Math.cos(turn) * dx + Math.sin(turn) * dy;
  const v = height / 2 - Math.sin(turn) * dx + Math.cos(turn) * dy;
  return 0.7 * world(u, v) + 10;
};

const random = createRandom(5);
const places = Array.from({ length: 150 }, () => {
  const place = [80 + random.next() * (width - 160), 80 + random.next() * (height - 160)] as const;
  return [...place, 6 + 4 * random.next(), random.next() * 6] as const;
});
const partners = places.map(([x, y, size, angle]) => [...toView2(x, y), size * scale, angle + turn] as const);

let descriptorNetwork: Model;
let judge: Model;
let patches1: Uint8Array;
let patches2: Uint8Array;
beforeAll(async () => {
  descriptorNetwork = await loadModel(modelPath('descriptor'), descriptorContract, { device: 'cpu', threads: 1 });
  judge = await loadModel(modelPath('2ch'), pairContract, { device: 'cpu', threads: 1 });
  const cut = (picture: (x: number, y: number) => number, rows: typeof partners) =>
    cutPatches(buildPyramid(renderPicture(picture, width, height)), placedKeypoints(rows), { side: 64, k: 6 });
  patches1 = cut(world, places);
  patches2 = cut(view2, partners);
});
afterAll(async () => {
  await descriptorNetwork.release();
  await judge.release();
});

describe('describePatches', () => {
  test('describes by unit vectors, each patch as if it were alone', async () => {
    const all = await describePatches(descriptorNetwork, patches1, places.length);
    expect(all).toHaveLength(places.length * descriptorLength);
    for (let i = 0; i < places.length; i++) {
      const one = all.subarray(i * descriptorLength, (i + 1) * descriptorLength);
      expect(Math.hypot(...one)).toBeCloseTo(1, 4);
    }
    // The 140th lies in the second batch.
    const alone = await describePatches(descriptorNetwork, patches1.subarray(140 * 4096, 141 * 4096), 1);
    alone.forEach((value, k) => expect(value).toBeCloseTo(all[140 * descriptorLength + k], 5));
    expect(await describePatches(descriptorNetwork, new Uint8Array(), 0)).toHaveLength(0);
  });

  test('most partners are nearest neighbours', async () => {
    const a = await describePatches(descriptorNetwork, patches1, places.length);
    const b = await describePatches(descriptorNetwork, patches2, places.length);
    const dot = (i: number, j: number): number => {
      let sum = 0;
      for (let k = 0; k < descriptorLength; k++) sum += a[i * descriptorLength + k] * b[j * descriptorLength + k];
      return sum;
    };
    const right = places.filter((_, i) => places.every((_, j) => j === i || dot(i, j) < dot(i, i)));
    expect(right.length / places.length).toBeGreaterThan(0.9);
  });
});

describe('scorePairs', () => {
  const identity = Uint32Array.from(places.keys());
  const shifted = identity.map((i) => (i + 1) % places.length);

  test('true pairs score above wrong ones', async () => {
    const pairs = { count: places.length, index1: identity };
    const right = await scorePairs(judge, patches1, patches2, { ...pairs, index2: identity });
    const wrong = await scorePairs(judge, patches1, patches2, { ...pairs, index2: shifted });
    expect(right.filter((score) => score > 0).length / places.length).toBeGreaterThan(0.9);
    expect(wrong.filter((score) => score < 0).length / places.length).toBeGreaterThan(0.8);
  });

  test('a score does not depend on the pairs judged with it, and repeats exactly', async () => {
    const pairs = { count: places.length, index1: identity, index2: identity };
    const all = await scorePairs(judge, patches1, patches2, pairs);
    expect(await scorePairs(judge, patches1, patches2, pairs)).toEqual(all);
    const last = places.length - 1;
    const one = { count: 1, index1: Uint32Array.of(last), index2: Uint32Array.of(last) };
    const alone = await scorePairs(judge, patches1, patches2, one);
    expect(alone[0]).toBeCloseTo(all[last], 4);
    const none = { count: 0, index1: new Uint32Array(), index2: new Uint32Array() };
    expect(await scorePairs(judge, patches1, patches2, none)).toHaveLength(0);
  });

  test('brightness of a patch changes nothing: its mean is taken off', async () => {
    const darker = patches1.map((value) => value - Math.min(20, value));
    const brighter = darker.map((value) => value + 15);
    // Nothing was clipped in either, or the comparison would not be fair.
    const fair = identity.filter((i) => darker.subarray(i * 4096, (i + 1) * 4096).every((v) => v > 0 && v < 240));
    expect(fair.length).toBeGreaterThan(10);
    const pairs = { count: fair.length, index1: fair, index2: fair };
    const a = await scorePairs(judge, darker, patches2, pairs);
    const b = await scorePairs(judge, brighter, patches2, pairs);
    a.forEach((score, i) => expect(score).toBeCloseTo(b[i], 3));
  });
});
