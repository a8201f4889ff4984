import { describe, expect, it } from 'vitest';
import { median, medianOfFinite } from '../../../src/math/median.ts';

describe('median', () => {
  it.each([
    ['an odd number of values', [9, -1, 100], 9],
    ['an even number of values', [4, 1, 100, 2], 3],
    ['one value', [7], 7],
    ['values that as text would sort otherwise', [10, 9, 2, 1, 100], 9],
    ['some infinite values', [Infinity, 3, 1], 3],
  ])('of %s', (_, values, expected) => {
    expect(median(values)).toBe(expected);
    expect(median(Float64Array.from(values))).toBe(expected);
  });

  it('of none is not a number', () => {
    expect(median([])).toBeNaN();
  });

  it('leaves its argument alone', () => {
    const values = Float64Array.of(3, 1, 2);
    median(values);
    medianOfFinite(values);
    expect([...values]).toEqual([3, 1, 2]);
  });
});

describe('medianOfFinite', () => {
  it('looks at finite values only', () => {
    expect(medianOfFinite([NaN, 5, Infinity, 1, -Infinity, 3])).toBe(3);
    expect(medianOfFinite([Infinity, 4, 2])).toBe(3);
  });

  it('is infinite where there is none', () => {
    expect(medianOfFinite([])).toBe(Infinity);
    expect(medianOfFinite([NaN, Infinity])).toBe(Infinity);
  });
});
