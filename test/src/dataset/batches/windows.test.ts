import { describe, expect, it } from 'vitest';
import {
  planWindows,
  requirePairs,
  windowOfStep,
  windowRanges,
  windowSize,
} from '../../../../src/dataset/batches/windows.ts';
import { mostPatches } from '../../../../src/dataset/read-patches.ts';
import { DataError } from '../../../../src/errors.ts';
import { syntheticSet } from './synthetic-set.ts';

const counts = [10_000, 6000, 1000];
const plan = planWindows(counts, 9000 * 4096, 100);

describe('windows', () => {
  it('are not needed where the sets fit', () => {
    const all = planWindows(counts, 17_000 * 4096, 100);
    expect(all).toEqual({ whole: [true, true, true], windows: 1, stepsPerWindow: Infinity });
    expect([0, 1e9].map((step) => windowOfStep(all, step))).toEqual([0, 0]);
    expect(windowRanges(all, counts, 1, 0)).toEqual(counts.map((end) => ({ first: 0, end })));
  });

  it('fit twice into the memory beside small sets, and take about as long as their patches last', () => {
    expect(plan).toEqual({ whole: [false, false, true], windows: 4, stepsPerWindow: 43 });
    expect([0, 42, 43, 171, 172].map((step) => windowOfStep(plan, step))).toEqual([0, 0, 1, 3, 4]);
    for (let turn = 0; turn < 8; turn++) {
      const [large, middle, small] = windowRanges(plan, counts, 1, turn);
      expect(small).toEqual({ first: 0, end: 1000 });
      expect(large.end - large.first + middle.end - middle.first).toBeLessThan(4000 + 2 * 256);
      expect(large.end - large.first).toBeLessThanOrEqual(windowSize(plan, 0, counts[0]));
      expect(middle.end - middle.first).toBeLessThanOrEqual(windowSize(plan, 1, counts[1]));
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

  it('are no larger than an array can be, however much memory there is', () => {
    const large = planWindows([10_000, 3 * mostPatches, 1000], Infinity, 100);
    expect(large).toMatchObject({ whole: [true, false, true], windows: 3 });
    for (const [turn, count] of [0, 1, 2].entries()) {
      const [, { first, end }] = windowRanges(large, [10_000, 3 * mostPatches - count, 1000], 1, turn);
      expect(end - first).toBeLessThanOrEqual(mostPatches);
      expect(windowSize(large, 1, 3 * mostPatches - count)).toBe(mostPatches);
    }
    expect(planWindows([mostPatches, mostPatches], Infinity, 100).windows).toBe(1);
  });

  it('must all have right and wrong pairs, of sets that are cut', () => {
    const cut = { whole: [false], windows: 2, stepsPerWindow: 1 };
    const set = syntheticSet(2, 128);
    const near = set.point;
    expect(() => requirePairs(cut, [set])).not.toThrow();
    // The partners of the first window's patches are in the second.
    const far = Uint32Array.from(near, (_, patch) => patch % 256);
    expect(() => requirePairs(cut, [{ ...set, point: far }])).toThrow(DataError);
    expect(() => requirePairs(cut, [{ ...set, point: far }])).toThrow(/synthetic.*patches 0 to 255.*--memory/);
    expect(() => requirePairs({ ...cut, whole: [true] }, [{ ...set, point: far }])).not.toThrow();
    const one = near.map((point, patch) => (patch < 256 ? point : 7));
    expect(() => requirePairs(cut, [{ ...set, point: one }])).toThrow(/patches 256 to 511/);
  });
});
