import { describe, expect, it } from 'vitest';
import { nullSpace } from '../../../src/math/null-space.ts';
import { createRandom } from '../../../src/math/random.ts';

describe('nullSpace', () => {
  it.each([
    [5, 9],
    [7, 9],
    [1, 3],
  ])('%i rows of %i: every vector of the basis is orthogonal to every row', (rows, columns) => {
    const random = createRandom(rows);
    for (let trial = 0; trial < 50; trial++) {
      const matrix = Float64Array.from({ length: rows * columns }, () => random.normal());
      const basis = nullSpace(matrix.slice(), rows, columns)!;
      expect(basis).toHaveLength(columns - rows);
      for (const vector of basis) {
        const length = Math.hypot(...vector);
        for (let r = 0; r < rows; r++) {
          const product = vector.reduce((sum, v, j) => sum + v * matrix[r * columns + j], 0);
          expect(Math.abs(product)).toBeLessThan(1e-10 * length);
        }
      }
    }
  });

  it('is null where rows depend on each other', () => {
    expect(nullSpace(Float64Array.of(1, 2, 3, 2, 4, 6), 2, 3)).toBeNull();
    expect(nullSpace(new Float64Array(6), 2, 3)).toBeNull();
  });
});
