import { expect, test } from 'vitest';
import { symmetricEigen } from '../../../src/math/eigen.ts';
import { createRandom } from '../../../src/math/random.ts';

/** Largest |A v − λ v| over all pairs. */
function residual(a: Float64Array, n: number): number {
  const { values, vectors } = symmetricEigen(a, n);
  let worst = 0;
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      let s = -values[k] * vectors[k * n + i];
      for (let j = 0; j < n; j++) s += a[i * n + j] * vectors[k * n + j];
      worst = Math.max(worst, Math.abs(s));
    }
  }
  return worst;
}

test('eigenpairs of random symmetric 9×9 matrices', () => {
  const random = createRandom(1);
  for (let trial = 0; trial < 20; trial++) {
    const a = new Float64Array(81);
    for (let i = 0; i < 9; i++) for (let j = 0; j <= i; j++) a[i * 9 + j] = a[j * 9 + i] = random.normal();
    expect(residual(a, 9)).toBeLessThan(1e-13);
    const { values, vectors } = symmetricEigen(a, 9);
    expect([...values]).toEqual([...values].sort((x, y) => x - y));
    for (let k = 0; k < 9; k++) {
      for (let l = 0; l < 9; l++) {
        let d = 0;
        for (let i = 0; i < 9; i++) d += vectors[k * 9 + i] * vectors[l * 9 + i];
        expect(d).toBeCloseTo(k === l ? 1 : 0, 12);
      }
    }
  }
});

test('a null vector is found beside eigenvalues of 1e12', () => {
  const d = [0, 3, 1e12];
  const c = Math.cos(0.3);
  const s = Math.sin(0.3);
  const q = [c, -s, 0, s, c, 0, 0, 0, 1];
  const a = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) for (let k = 0; k < 3; k++) a[i * 3 + j] += q[i * 3 + k] * d[k] * q[j * 3 + k];
  }
  const { values, vectors } = symmetricEigen(a, 3);
  expect(values[0]).toBeCloseTo(0, 12);
  expect(Math.abs(vectors[0] * c + vectors[1] * s)).toBeCloseTo(1, 12);
});

test('zero and repeated eigenvalues are fine', () => {
  expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
  const { values } = symmetricEigen(Float64Array.of(2, 0, 0, 2), 2);
  expect([...values]).toEqual([2, 2]);
});

test('values ascend with their vectors, A v = λ v', () => {
  const a = [4, 1, -2, 1, 3, 0.5, -2, 0.5, 1];
  const { values, vectors } = symmetricEigen(a, 3);
  expect([...values]).toEqual([...values].sort((x, y) => x - y));
  for (let k = 0; k < 3; k++) {
    const v = vectors.subarray(3 * k, 3 * k + 3);
    for (let i = 0; i < 3; i++) {
      expect(a[3 * i] * v[0] + a[3 * i + 1] * v[1] + a[3 * i + 2] * v[2]).toBeCloseTo(values[k] * v[i], 10);
    }
  }
});
