import { expect, it } from 'vitest';
import { isNamed } from '../../../src/dataset/is-named.ts';

it.each([
  ['graf', 'graf', true],
  ['graf', 'boat, graf', true],
  ['graffiti', 'graf', false],
  ['a-graf', 'graf', false],
  ['graffiti', 'graf*', true],
  ['v-graf-2', 'v-*-2', true],
  ['v-graf-21', 'v-*-2', false],
  ['anything', '*', true],
  ['graf', 'boat,bikes', false],
  ['graf', '', false],
])('%s is named by "%s": %s', (name, only, expected) => {
  expect(isNamed(name, only)).toBe(expected);
});

it('takes all characters but * and , as they are', () => {
  expect(isNamed('a.b', 'a.b')).toBe(true);
  expect(isNamed('axb', 'a.b')).toBe(false);
  expect(isNamed('scene (1)+[2]', 'scene (1)+*')).toBe(true);
  expect(isNamed('ab', 'a|b')).toBe(false);
});
