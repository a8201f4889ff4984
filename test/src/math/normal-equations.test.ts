import { describe, expect, it } from 'vitest';
import { NormalEquations } from '../../../src/math/normal-equations.ts';

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
