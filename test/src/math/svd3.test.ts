import { expect, test } from 'vitest';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { svd3 } from '../../../src/math/svd3.ts';

const diagonal = (s: readonly number[]): Matrix3 => [s[0], 0, 0, 0, s[1], 0, 0, 0, s[2]];
const largestDifference = (a: Matrix3, b: Matrix3): number => Math.max(...a.map((v, i) => Math.abs(v - b[i])));

function expectDecomposes(a: Matrix3): void {
  const { u, s, v } = svd3(a);
  const size = Math.max(...a.map(Math.abs), Number.MIN_VALUE);
  expect(largestDifference(multiply3(multiply3(u, diagonal(s)), transpose3(v)), a) / size).toBeLessThan(1e-14);
  expect(largestDifference(multiply3(transpose3(u), u), identity3)).toBeLessThan(1e-12);
  expect(largestDifference(multiply3(transpose3(v), v), identity3)).toBeLessThan(1e-12);
  expect(s[0] >= s[1] && s[1] >= s[2] && s[2] >= 0).toBe(true);
}

test('random matrices of very different size', () => {
  const random = createRandom(3);
  for (let i = 0; i < 200; i++) {
    const scale = 10 ** (random.next() * 40 - 20);
    expectDecomposes(Array.from({ length: 9 }, () => random.normal() * scale) as unknown as Matrix3);
  }
});

test('matrices of rank 0, 1 and 2, reflections, repeated values', () => {
  expectDecomposes([0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expectDecomposes([1, 2, 3, 2, 4, 6, -1, -2, -3]);
  expectDecomposes([1, 2, 3, 4, 5, 6, 5, 7, 9]);
  expectDecomposes([0, 1, 0, 1, 0, 0, 0, 0, 1]);
  expectDecomposes([2, 0, 0, 0, -2, 0, 0, 0, 2]);
});

test('a singular value of 1e-12 beside 1 keeps its digits', () => {
  const { s } = svd3([1, 0, 0, 0, 1, 1e-12, 0, 0, 1e-12]);
  expect(s[2] / 1e-12).toBeCloseTo(1, 9);
});
