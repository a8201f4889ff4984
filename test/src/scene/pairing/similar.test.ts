import { expect, test } from 'vitest';
import type { Neighbours } from '../../../../src/matching/shortlist.ts';
import { createPairCollector } from '../../../../src/scene/pairing/pair-list.ts';
import { addSimilar } from '../../../../src/scene/pairing/similar.ts';

/** All others by similarity. */
function neighboursBy(count: number, similarity: (a: number, b: number) => number): Neighbours {
  const depth = count - 1;
  const rows = Array.from({ length: count }, (_, photo) => {
    const others = Array.from({ length: count }, (_, i) => i).filter((i) => i !== photo);
    return others.sort((i, j) => similarity(photo, j) - similarity(photo, i) || i - j);
  });
  return {
    depth,
    index: Uint32Array.from(rows.flat()),
    similarity: Float32Array.from(rows.flatMap((row, photo) => row.map((other) => similarity(photo, other)))),
  };
}

function chosen(
  neighbours: Neighbours,
  wanted: number,
  mayPair: (a: number, b: number) => boolean = () => true,
): string[] {
  const pairs = createPairCollector(neighbours.index.length / Math.max(1, neighbours.depth));
  addSimilar(pairs, neighbours, wanted, mayPair);
  const { count, a, b } = pairs.list();
  return Array.from({ length: count }, (_, i) => `${a[i]}-${b[i]}`);
}

/** Photos 0–9 show one place, the others nothing in common with anything; all differ a little. */
const place = (a: number, b: number): number =>
  (Math.max(a, b) < 10 ? 0.8 : 0.1) + Math.min(a, b) / 1e3 + Math.max(a, b) / 1e5;

test('a place seen by many photos gets more than its even share, and no photo gets nothing', () => {
  const pairs = chosen(neighboursBy(30, place), 6);
  expect(pairs).toHaveLength((30 * 6) / 2);
  expect(pairs.filter((pair) => pair.split('-').every((photo) => Number(photo) < 10))).toHaveLength(45);
  for (let photo = 0; photo < 30; photo++) {
    expect(pairs.some((pair) => pair.split('-').includes(`${photo}`))).toBe(true);
  }
});

test('a photo keeps its nearest even where that one has ten nearer ones', () => {
  const stray = (a: number, b: number): number => (Math.max(a, b) < 10 ? 0.8 : Math.min(a, b) === 0 ? 0.05 : 0.01);
  expect(chosen(neighboursBy(11, stray), 8)).toContain('0-10');
});

test('takes the most similar pairs, of equal ones the first, as many as asked for', () => {
  expect(
    chosen(
      neighboursBy(5, () => 0.5),
      2,
    ),
  ).toHaveLength(5);
  expect(
    chosen(
      neighboursBy(5, () => 0.5),
      100,
    ),
  ).toHaveLength(10);
  const tied = chosen(
    neighboursBy(6, () => 0.5),
    3,
  );
  expect(tied).toEqual(['0-1', '0-2', '0-3', '0-4', '0-5', '1-2', '1-3', '1-4', '1-5']);
});

test('gives what may not be paired to others', () => {
  const mayPair = (a: number, b: number): boolean => Math.min(a, b) !== 0;
  const pairs = chosen(neighboursBy(6, place), 3, mayPair);
  expect(pairs.some((pair) => pair.startsWith('0-'))).toBe(false);
  expect(pairs).toHaveLength(9);
});

test('sets of none and one give no pairs', () => {
  expect(chosen({ depth: 0, index: new Uint32Array(), similarity: new Float32Array() }, 5)).toEqual([]);
});
