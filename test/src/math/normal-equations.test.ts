import { describe, expect, it } from 'vitest';
import { NormalEquations } from '../../../src/math/normal-equations.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationAngle, rotationFromCorrelation, rotationFromVector } from '../../../src/math/rotation.ts';
import { multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import { symmetricEigen } from '../../../src/math/symmetric-eigen.ts';

describe('NormalEquations', () => {
  it('solves a sparse least-squares problem with shared, fixed and tied parameters', () => {
    // Residuals 2 p0 + 3 p3 − 12, p1 − p2 − 1, p1 + p2 − 5, with p3 standing twice in its block as 1 + 2: exact at (1.5, 3, 2, 3).
    const normal = new NormalEquations(4, [
      [0, 3, 3, -1],
      [1, 2],
    ]);
    const row = [2, 1, 2, 7];
    const hessian = Float64Array.from(row.flatMap((a) => row.map((b) => a * b)));
    normal.addBlock(
      [0, 3, 3, -1],
      hessian,
      Float64Array.from(row, (a) => a * -12),
    );
    normal.addDifference(1, 2, 1, -1);
    normal.addSum(1, 2, 1, -5);
    normal.addDifference(3, -1, 10, 10 * -3);
    const delta = new Float64Array(4);
    expect(normal.solve(0, delta)).toBe(true);
    [1.5, 3, 2, 3].forEach((value, i) => expect(delta[i]).toBeCloseTo(value, 8));
  });

  it('says so where the matrix is not positive definite', () => {
    const normal = new NormalEquations(2, [[0, 1]]);
    normal.addBlock([0, 1], Float64Array.of(1, 2, 2, 1), new Float64Array(2));
    expect(normal.solve(0, new Float64Array(2))).toBe(false);
  });
});

describe('symmetricEigen', () => {
  it('returns ascending values with their vectors, A v = λ v', () => {
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
});

describe('rotationFromCorrelation', () => {
  it('recovers a rotation from rays it turned', () => {
    const right = rotationFromVector(0.4, -1.2, 0.7);
    const random = createRandom(3);
    const s = new Float64Array(9);
    for (let n = 0; n < 20; n++) {
      const a = [random.normal(), random.normal(), random.normal()];
      const b = [0, 1, 2].map((i) => right[3 * i] * a[0] + right[3 * i + 1] * a[1] + right[3 * i + 2] * a[2]);
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) s[3 * i + j] += a[i] * b[j];
    }
    expect(rotationAngle(multiply3(rotationFromCorrelation(s), transpose3(right)))).toBeLessThan(1e-7);
  });

  it('measures small angles exactly', () => {
    expect(rotationAngle(rotationFromVector(0, 1e-7, 0))).toBeCloseTo(1e-7, 12);
    expect(rotationAngle(rotationFromVector(3, 0, 0))).toBeCloseTo(3, 10);
  });
});
