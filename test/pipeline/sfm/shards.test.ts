import { describe, expect, it } from 'vitest';
import { parseShard } from '../../../pipeline/sfm/match-folder.ts';
import { inBlocks } from '../../../pipeline/sfm/match-pairs.ts';
import { createPairCollector, type PairList } from '../../../src/scene/pairing/pair-list.ts';
import { UsageError } from '../../../src/errors.ts';

function pairsOf(photos: number, isPair: (a: number, b: number) => boolean): PairList {
  const pairs = createPairCollector(photos);
  for (let a = 0; a < photos; a++) for (let b = a + 1; b < photos; b++) if (isPair(a, b)) pairs.add(a, b, 'exhaustive');
  return pairs.list();
}

const lists: readonly [string, PairList][] = [
  ['two photos', pairsOf(2, () => true)],
  ['all pairs of seven photos', pairsOf(7, () => true)],
  ['all pairs of a hundred', pairsOf(100, () => true)],
  ['a video', pairsOf(300, (a, b) => b - a <= 10)],
  ['none', pairsOf(5, () => false)],
];

describe.each(lists)('%s', (_, pairs) => {
  it.each([1, 2, 3, 8, 100])('in %i shards: every pair in one of them, shards of equal size', (parts) => {
    const shards = Array.from({ length: parts }, (__, i) => inBlocks(pairs, { part: i + 1, parts }));
    expect(shards.flat().toSorted((p, q) => p - q)).toEqual(Array.from({ length: pairs.count }, (__, p) => p));
    const sizes = shards.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});

it('few photos are needed at a time: forty in memory are read less than a tenth as often as pairs need them', () => {
  const pairs = pairsOf(300, () => true);
  const held = new Map<number, true>();
  let read = 0;
  for (const p of inBlocks(pairs, { part: 1, parts: 1 })) {
    for (const photo of [pairs.a[p], pairs.b[p]]) {
      if (!held.delete(photo)) read++;
      held.set(photo, true);
      if (held.size > 40) held.delete(held.keys().next().value!);
    }
  }
  expect(read).toBeLessThan(0.1 * 2 * pairs.count);
});

describe('parseShard', () => {
  it('reads i/n', () => {
    expect(parseShard('2/8')).toEqual({ part: 2, parts: 8 });
    expect(parseShard(' 1/1 ')).toEqual({ part: 1, parts: 1 });
  });
  it.each(['3/2', '0/2', '1', '1/0', 'a/b', '-1/2', '1/2/3', '1.5/2', ''])('%s: wrong usage', (text) => {
    expect(() => parseShard(text)).toThrow(UsageError);
    expect(() => parseShard(text)).toThrow('expected i/n');
  });
});
