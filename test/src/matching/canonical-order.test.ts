import { expect, test } from 'vitest';
import { isSwapped, orderPair } from '../../../src/matching/canonical-order.ts';

test('whichever photo comes first, the pair is handled in one order, and the same swap leads back', () => {
  const [a, b] = [{ hash: '3fa0' }, { hash: 'b771' }];
  for (const [first, second] of [
    [a, b],
    [b, a],
  ]) {
    const swapped = isSwapped(first.hash, second.hash);
    const canonical = orderPair(first, second, swapped);
    expect(canonical).toEqual([a, b]);
    expect(orderPair(...canonical, swapped)).toEqual([first, second]);
  }
  expect(isSwapped('77', '77')).toBe(false);
});
