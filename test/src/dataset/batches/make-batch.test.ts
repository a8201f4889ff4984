import { describe, expect, it } from 'vitest';
import {
  noAugmentation,
  paperAugmentation,
  tesseraAugmentation,
} from '../../../../src/dataset/batches/augmentation.ts';
import {
  batchSide,
  checkPlan,
  type PairPlan,
  type RankingPlan,
  type TripletPlan,
} from '../../../../src/dataset/batches/batch-plan.ts';
import { makeBatch } from '../../../../src/dataset/batches/make-batch.ts';
import { prepareTrainingData } from '../../../../src/dataset/batches/training-data.ts';
import { DataError, UsageError } from '../../../../src/errors.ts';
import { identify, syntheticSet } from './synthetic-set.ts';

const plain = { sides: [64], swap: true, augmentation: noAugmentation };
const pairs: PairPlan = { kind: 'pairs', ...plain, pairs: 32, hardShare: 0.5 };
const ranking: RankingPlan = { kind: 'ranking', ...plain, groups: 8, hard: 3, easy: 2 };
const triplets: TripletPlan = { kind: 'triplets', ...plain, photos: 3, perPhoto: 10 };
const set = syntheticSet(4, 20);
const data = prepareTrainingData([set]);

/** Ten look-alikes of patch 0's true partner (patch 20), as mining would write them. */
const mined = {
  count: 1,
  patch1: Uint32Array.of(0),
  true2: Uint32Array.of(20),
  hard2: Uint32Array.from({ length: 10 }, (_, i) => 25 + i),
};

/** Bit for bit, and much faster than comparing numbers. */
const isEqual = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

describe('a batch', () => {
  it.each([pairs, ranking, triplets])('of $kind is a function of seed and step alone', (plan) => {
    const augmented = { ...plan, augmentation: tesseraAugmentation };
    const first = makeBatch(data, augmented, 5, 40);
    makeBatch(data, augmented, 5, 41);
    const again = makeBatch(data, augmented, 5, 40, {
      patches: new Float32Array(first.patches.length + 8).fill(9),
      targets: new Float32Array(first.targets.length + 8).fill(9),
    });
    expect(isEqual(again.patches, first.patches)).toBe(true);
    expect(isEqual(again.targets, first.targets)).toBe(true);
    expect(isEqual(makeBatch(data, augmented, 5, 41).patches, first.patches)).toBe(false);
    expect(isEqual(makeBatch(data, augmented, 6, 40).patches, first.patches)).toBe(false);
  });

  it('stays within [0, 1] whatever the augmentation', () => {
    const { patches } = makeBatch(data, { ...pairs, augmentation: tesseraAugmentation }, 1, 1);
    expect(Math.min(...patches.subarray(0, 65536))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...patches.subarray(0, 65536))).toBeLessThanOrEqual(1);
  });

  it('draws one of its sides for each step', () => {
    const plan = { ...pairs, sides: [32, 64, 96] };
    const sides = Array.from({ length: 30 }, (_, step) => makeBatch(data, plan, 2, step).side);
    expect(new Set(sides)).toEqual(new Set([32, 64, 96]));
    expect(sides).toEqual(sides.map((_, step) => batchSide(plan, 2, step)));
    const batch = makeBatch(data, plan, 2, sides.indexOf(96));
    expect(batch.patches.length).toBe(32 * 2 * 96 * 96);
  });
});

describe('pairs', () => {
  it('are half true and half wrong, as the labels say', () => {
    const { patches, targets } = makeBatch(data, pairs, 3, 0);
    let trueOnes = 0;
    for (let pair = 0; pair < 32; pair++) {
      const [first, second] = [identify(set, patches, pair * 2), identify(set, patches, pair * 2 + 1)];
      expect(targets[pair]).toBe(set.point[first] === set.point[second] ? 1 : -1);
      if (targets[pair] === 1) {
        trueOnes++;
        expect(set.photo[first]).not.toBe(set.photo[second]);
      }
    }
    expect(trueOnes).toBe(16);
  });

  it('take their wrong ones from the mined look-alikes by the share asked for', () => {
    const withHard = prepareTrainingData([{ ...set, anchors: mined }]);
    const isMined = (hardShare: number): number => {
      const { patches, targets } = makeBatch(withHard, { ...pairs, pairs: 128, swap: false, hardShare }, 3, 0);
      let count = 0;
      for (let pair = 0; pair < 128; pair++) {
        if (targets[pair] === 1 || identify(set, patches, pair * 2) !== 0) continue;
        const second = identify(set, patches, pair * 2 + 1);
        if (second >= 25 && second < 35) count++;
      }
      return count;
    };
    expect(isMined(1)).toBe(64);
    expect(isMined(0)).toBeLessThan(5);
  });

  it('change places only where asked to', () => {
    const withHard = prepareTrainingData([{ ...set, anchors: mined }]);
    const firsts = (swap: boolean): number[] => {
      const { patches } = makeBatch(withHard, { ...pairs, swap, hardShare: 1 }, 3, 0);
      return Array.from({ length: 16 }, (_, i) => identify(set, patches, 4 * i + 2));
    };
    expect(firsts(false).every((patch) => patch === 0)).toBe(true);
    const swapped = firsts(true).filter((patch) => patch !== 0).length;
    expect(swapped).toBeGreaterThan(2);
    expect(swapped).toBeLessThan(14);
  });

  it('are turned alike', () => {
    // Each photo's second picture is the first: so a true pair's two patches stay equal if and only if turned alike.
    const half = 20 * 4096;
    const twins = { ...set, patches: set.patches.slice() };
    for (let pair = 0; pair < 4; pair++)
      twins.patches.copyWithin((2 * pair + 1) * half, 2 * pair * half, (2 * pair + 1) * half);
    const { patches } = makeBatch(prepareTrainingData([twins]), { ...pairs, augmentation: paperAugmentation }, 1, 0);
    const turned = new Set<boolean>();
    for (let pair = 0; pair < 32; pair += 2) {
      const first = patches.subarray(pair * 8192, pair * 8192 + 4096);
      expect(patches.subarray(pair * 8192 + 4096, (pair + 1) * 8192)).toEqual(first);
      const stored = identify(twins, patches, pair * 2);
      turned.add(first.every((value, i) => Math.round(value * 255) === twins.patches[stored * 4096 + i]));
    }
    expect(turned).toEqual(new Set([true, false]));
  });
});

describe('ranking groups', () => {
  it('are one true pair, then wrong ones of the same anchor patch, pixel by pixel', () => {
    const plan = { ...ranking, swap: false, augmentation: { ...noAugmentation, noiseShare: 1, noiseSigma: 0.001 } };
    const { patches } = makeBatch(data, plan, 1, 0);
    for (let group = 0; group < 8; group++) {
      const place = group * 12;
      const anchor = patches.subarray(place * 4096, (place + 1) * 4096);
      for (let i = 1; i < 6; i++) {
        expect(patches.subarray((place + 2 * i) * 4096, (place + 2 * i + 1) * 4096)).toEqual(anchor);
      }
    }
  });

  it('hold the true partner first, then mined ones, each once, then random ones', () => {
    const withHard = prepareTrainingData([{ ...set, anchors: mined }]);
    const { patches } = makeBatch(withHard, { ...ranking, swap: false }, 1, 0);
    for (let group = 0; group < 8; group++) {
      const found = Array.from({ length: 6 }, (_, i) => identify(set, patches, group * 12 + 2 * i + 1));
      expect(found[0]).toBe(20);
      const hard = new Set(found.slice(1, 4));
      expect(hard.size).toBe(3);
      for (const patch of hard) expect([...mined.hard2]).toContain(patch);
      for (const patch of found.slice(4)) expect(set.point[patch]).not.toBe(set.point[0]);
    }
  });
});

describe('triplet batches', () => {
  it('are true pairs, ten of a photo pair', () => {
    const { patches, count } = makeBatch(data, triplets, 1, 0);
    expect(count).toBe(30);
    for (let pair = 0; pair < 30; pair++) {
      const [first, second] = [identify(set, patches, pair * 2), identify(set, patches, pair * 2 + 1)];
      expect(set.point[first]).toBe(set.point[second]);
      expect(first).not.toBe(second);
      const groupFirst = identify(set, patches, Math.floor(pair / 10) * 20);
      expect(Math.floor(first / 40)).toBe(Math.floor(groupFirst / 40));
    }
  });

  it('mark pairs of the same point, and of places too near, as no wrong partners', () => {
    // Point 3 lies 6 px beside point 4 in the first photo of each pair only.
    const near = { ...set, x: Float32Array.from(set.x!, (x, patch) => (patch % 40 === 3 ? 174 : x)) };
    const plan = { ...triplets, photos: 8, perPhoto: 15 };
    const { patches, targets: same, count } = makeBatch(prepareTrainingData([near]), plan, 1, 0);
    const points = Array.from({ length: count }, (_, pair) => near.point[identify(near, patches, pair * 2)] - 100);
    const areSame = (a: number, b: number): boolean =>
      a === b ||
      (Math.floor(a / 20) === Math.floor(b / 20) && ((a % 20 === 3 && b % 20 === 4) || (a % 20 === 4 && b % 20 === 3)));
    let marked = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        const expected = i !== j && areSame(points[i], points[j]) ? 1 : 0;
        expect(same[i * count + j]).toBe(expected);
        marked += expected;
      }
    }
    // Eight photo pairs of four: places repeat between the groups, and the near ones meet.
    expect(marked).toBeGreaterThan(50);
  });

  it('fill up from small sets', () => {
    const { count, patches } = makeBatch(prepareTrainingData([syntheticSet(1, 4)]), triplets, 1, 0);
    expect(patches.length).toBe(count * 8192);
    expect(patches.subarray((count - 1) * 8192).some((value) => value > 0)).toBe(true);
  });
});

describe('training data', () => {
  it('are drawn by the weights', () => {
    const bright = { ...set, patches: new Uint8Array(set.patches.length).fill(255) };
    const batch = makeBatch(prepareTrainingData([set, bright], [1, 3]), { ...pairs, pairs: 400 }, 1, 0);
    let fromBright = 0;
    for (let pair = 0; pair < 400; pair++)
      if (batch.patches[pair * 8192] === 1 && batch.patches[pair * 8192 + 1] === 1) fromBright++;
    expect(fromBright).toBeGreaterThan(265);
    expect(fromBright).toBeLessThan(335);
  });

  it('without true pairs are refused by name', () => {
    const alone = { ...set, folder: 'lonely', point: Uint32Array.from(set.point, (_, i) => i) };
    expect(() => prepareTrainingData([])).toThrow(DataError);
    expect(() => prepareTrainingData([alone])).toThrow(DataError);
    expect(() => prepareTrainingData([alone])).toThrow(/lonely/);
    expect(() => prepareTrainingData([{ ...set, point: new Uint32Array(set.count) }])).toThrow(/same point/);
  });
});

describe('a plan', () => {
  it('that cannot be is refused', () => {
    expect(() => checkPlan(pairs)).not.toThrow();
    expect(() => checkPlan({ ...pairs, pairs: 3 })).toThrow(UsageError);
    expect(() => checkPlan({ ...pairs, sides: [33] })).toThrow(/side of 33/);
    expect(() => checkPlan({ ...ranking, hard: 11 })).toThrow(/hard/);
    expect(() => checkPlan({ ...triplets, photos: 1, perPhoto: 1 })).toThrow(/at least 2/);
  });
});
