import { describe, expect, it } from 'vitest';
import { spreadPoints } from '../../../src/stitching/bundle-observations.ts';
import { growthOrder } from '../../../src/stitching/spanning-tree.ts';

describe('spreadPoints', () => {
  it('takes lonely points before the crowd', () => {
    // 500 points in one corner, 20 over the rest.
    const rows: number[] = [];
    for (let i = 0; i < 500; i++) rows.push((i % 25) * 0.4, Math.floor(i / 25) * 0.4, i, i);
    for (let i = 0; i < 20; i++) rows.push(100 + 45 * i, 900 - 40 * i, -1, -1);
    const chosen = spreadPoints(Float64Array.from(rows), 40, 0);
    expect(chosen).toHaveLength(160);
    const lonely = chosen.filter((v, i) => i % 4 === 2 && v === -1).length;
    expect(lonely).toBe(20);
  });

  it('keeps all points where there are few', () => {
    const points = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(spreadPoints(points, 10, 0)).toEqual(points);
  });
});

describe('growthOrder', () => {
  it('starts at the heaviest edge and follows the heaviest ties', () => {
    const edges = [
      { a: 0, b: 1 },
      { a: 1, b: 2 },
      { a: 0, b: 2 },
      { a: 2, b: 3 },
    ];
    expect(growthOrder(5, edges, [10, 90, 40, 60])).toEqual([1, 2, 3, 0]);
  });
});
