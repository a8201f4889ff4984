import { describe, expect, test } from 'vitest';
import { shiftToExpected } from '../../../src/matching/prior-shift.ts';
import { createRandom } from '../../../src/math/random.ts';

const random = createRandom(1);
/** From matches that are nearly surely wrong to nearly sure ones. */
const probability = Float32Array.from({ length: 200 }, () => 1 / (1 + Math.exp(-3 * random.normal())));
const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
const logOdds = (p: number): number => Math.log(p / (1 - p));

describe('shiftToExpected', () => {
  test.each([1, 10, 60, 100, 140, 199])('as many are expected to be right as were confirmed: %i of 200', (expected) => {
    expect(sum(shiftToExpected(probability, expected))).toBeCloseTo(expected, 3);
  });

  test.each([0, 3, 150, 200])('keeps the order, and all stay probabilities: %i of 200', (expected) => {
    const shifted = shiftToExpected(probability, expected);
    const order = [...probability.keys()].sort((i, j) => probability[i] - probability[j]);
    const ordered = order.map((i) => shifted[i]);
    expect(ordered).toEqual([...ordered].sort((p, q) => p - q));
    expect(shifted.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  test('changes nothing where the sum is right already', () => {
    const shifted = shiftToExpected(probability, sum(probability));
    shifted.forEach((p, i) => expect(p).toBeCloseTo(probability[i], 4));
  });

  test('the evidence of each match counts as before: log odds move by one amount', () => {
    const shifted = shiftToExpected(Float32Array.of(0.1, 0.5, 0.9), 0.8);
    const moved = [0.1, 0.5, 0.9].map((p, i) => logOdds(shifted[i]) - logOdds(p));
    expect(moved[1]).toBeCloseTo(moved[0], 4);
    expect(moved[2]).toBeCloseTo(moved[0], 4);
    expect(moved[0]).toBeLessThan(0);
  });

  test('all or none confirmed makes matches of middling chances nearly sure, or nearly surely wrong', () => {
    const middling = Float32Array.of(0.05, 0.5, 0.95);
    expect(Math.min(...shiftToExpected(middling, 3))).toBeGreaterThan(0.9999);
    expect(Math.max(...shiftToExpected(middling, 0))).toBeLessThan(0.0001);
  });

  test('more or fewer than there are means all or none', () => {
    expect(shiftToExpected(probability, 250)).toEqual(shiftToExpected(probability, 200));
    expect(shiftToExpected(probability, -5)).toEqual(shiftToExpected(probability, 0));
  });

  test.each([
    [[0, 0, 0, 0], 3],
    [[1, 1, 1, 1], 1],
  ])('sure as %j was, geometry confirmed %i', (probability, expected) => {
    const shifted = shiftToExpected(Float32Array.from(probability), expected);
    expect(shifted.reduce((sum, p) => sum + p, 0)).toBeCloseTo(expected, 4);
  });

  test('probabilities of 0 and 1 give numbers', () => {
    const shifted = shiftToExpected(Float32Array.of(0, 0.5, 1), 1.2);
    expect(sum(shifted)).toBeCloseTo(1.2, 3);
  });

  test('the input is left as it was; no matches give none', () => {
    const input = Float32Array.of(0.2, 0.8);
    shiftToExpected(input, 0.1);
    expect(input).toEqual(Float32Array.of(0.2, 0.8));
    expect(shiftToExpected(new Float32Array(), 0)).toHaveLength(0);
  });
});
