import { expect, it } from 'vitest';
import { holdRecent } from '../../src/hold-recent.ts';

it('makes a value once while it is among those asked for last', () => {
  const made: string[] = [];
  const get = holdRecent(2, (word: string) => {
    made.push(word);
    return word.length;
  });
  expect(['a', 'bb', 'a', 'ccc', 'a', 'bb'].map(get)).toEqual([1, 2, 1, 3, 1, 2]);
  // "bb" had to go for "ccc", as "a" was asked for later.
  expect(made).toEqual(['a', 'bb', 'ccc', 'bb']);
});

it('holds one value for items of one key, even one that is undefined', () => {
  let made = 0;
  const get = holdRecent(
    5,
    () => void made++,
    ({ key }: { key: number }) => key,
  );
  for (const key of [1, 2, 1, 2]) expect(get({ key })).toBeUndefined();
  expect(made).toBe(2);
});
