import { describe, expect, it } from 'vitest';
import { cutWindow, planWindows, windowOfStep, windowRanges } from '../../../../src/dataset/batches/windows.ts';
import { syntheticSet } from './synthetic-set.ts';

const counts = [10_000, 6000, 1000];
const plan = planWindows(counts, 9000 * 4096, 100)!;

describe('windows', () => {
  it('are not needed where the sets fit', () => {
    expect(planWindows(counts, 17_000 * 4096, 100)).toBeNull();
  });

  it('fit twice into the memory beside small sets, and take about as long as their patches last', () => {
    expect(plan).toEqual({ whole: [false, false, true], windows: 4, stepsPerWindow: 43 });
    expect([0, 42, 43, 171, 172].map((step) => windowOfStep(plan, step))).toEqual([0, 0, 1, 3, 4]);
    for (let turn = 0; turn < 8; turn++) {
      const [large, middle, small] = windowRanges(plan, counts, 1, turn);
      expect(small).toEqual({ first: 0, end: 1000 });
      expect(large.end - large.first + middle.end - middle.first).toBeLessThan(4000 + 2 * 256);
    }
  });

  it('cover each set once a round, in another order in each round, between borders of mosaics', () => {
    for (const set of [0, 1]) {
      const orders = [0, 1, 2, 3].map((round) =>
        [0, 1, 2, 3].map((i) => windowRanges(plan, counts, 1, round * 4 + i)[set]),
      );
      for (const ranges of orders) {
        const sorted = ranges.slice().sort((a, b) => a.first - b.first);
        expect(sorted[0].first).toBe(0);
        expect(sorted[3].end).toBe(counts[set]);
        for (let i = 1; i < 4; i++) expect(sorted[i].first).toBe(sorted[i - 1].end);
        for (const { first } of ranges) expect(first % 256).toBe(0);
      }
      expect(new Set(orders.map((ranges) => ranges.map(({ first }) => first).join())).size).toBeGreaterThan(1);
    }
  });

  it('depend on the seed', () => {
    const orders = [1, 2, 3, 4, 5].map((seed) =>
      [0, 1, 2, 3].map((turn) => windowRanges(plan, counts, seed, turn)[0].first).join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('keep the patches of the range and the anchors that lie wholly within', () => {
    const anchors = {
      count: 3,
      patch1: Uint32Array.of(0, 40, 41),
      true2: Uint32Array.of(20, 60, 61),
      hard2: Uint32Array.of(21, 22, 62, 63, 62, 30),
    };
    const set = syntheticSet(2, 20, anchors);
    const window = cutWindow(set, { first: 40, end: 80 }, set.patches.subarray(40 * 4096));
    expect(window.count).toBe(40);
    expect([window.point[3], window.photo[3], window.x![3]]).toEqual([set.point[43], set.photo[43], set.x![43]]);
    expect(window.anchors).toEqual({
      count: 1,
      patch1: Uint32Array.of(0),
      true2: Uint32Array.of(20),
      hard2: Uint32Array.of(22, 23),
    });
  });
});
