import { expect, test } from 'vitest';
import { choleskyFactor, solvePositiveDefinite } from '../../../src/math/cholesky.ts';
import { createRandom } from '../../../src/math/random.ts';

function randomPositiveDefinite(n: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const b = Float64Array.from({ length: n * (n + 3) }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < n + 3; k++) a[i * n + j] += b[i * (n + 3) + k] * b[j * (n + 3) + k];
  }
  return a;
}

test.each([1, 2, 8, 20])('solves a system of %i unknowns', (n) => {
  const a = randomPositiveDefinite(n, n);
  const x = Float64Array.from({ length: n }, (_, i) => i - 1.5);
  const b = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) b[i] += a[i * n + j] * x[j];
  expect(solvePositiveDefinite(a.slice(), b, n)).toBe(true);
  for (let i = 0; i < n; i++) expect(b[i]).toBeCloseTo(x[i], 8);
});

test('scale does not decide what counts as positive definite', () => {
  const a = randomPositiveDefinite(4, 5);
  for (const scale of [1e-150, 1e-20, 1e20, 1e150]) {
    expect(
      choleskyFactor(
        a.map((v) => v * scale),
        4,
      ),
    ).toBe(true);
  }
});

test('refuses indefinite, singular and non-finite matrices', () => {
  expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  expect(choleskyFactor(Float64Array.of(1, 1, 1, 1), 2)).toBe(false);
  expect(choleskyFactor(Float64Array.of(0), 1)).toBe(false);
  expect(choleskyFactor(Float64Array.of(Number.NaN), 1)).toBe(false);
});
