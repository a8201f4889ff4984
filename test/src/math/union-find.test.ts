import { expect, it } from 'vitest';
import { createUnionFind } from '../../../src/math/union-find.ts';

it('names each set by its lowest number, in whichever order it grew', () => {
  const joins = [
    [5, 7],
    [7, 2],
    [3, 6],
    [6, 5],
  ];
  for (const order of [joins, joins.toReversed()]) {
    const sets = createUnionFind(8);
    for (const [i, j] of order) sets.join(i, j);
    expect(Array.from({ length: 8 }, (_, i) => sets.rootOf(i))).toEqual([0, 1, 2, 2, 4, 2, 2, 2]);
  }
});
