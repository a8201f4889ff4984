import { expect, it } from 'vitest';
import { takeRows } from '../../../src/math/take-rows.ts';

it('takes rows in the order asked for, some twice, as a copy of the same kind', () => {
  const values = Uint8Array.of(0, 1, 2, 3, 4, 5);
  const taken = takeRows(values, 2, [2, 0, 2]);
  expect(taken).toEqual(Uint8Array.of(4, 5, 0, 1, 4, 5));
  values.fill(9);
  expect([...taken]).toEqual([4, 5, 0, 1, 4, 5]);
  expect(takeRows(Float32Array.of(1.5, 2.5), 1, Uint32Array.of(1))).toEqual(Float32Array.of(2.5));
  expect(takeRows(values, 3, [])).toEqual(new Uint8Array());
});
