import { describe, expect, it } from 'vitest';
import { realRoots } from '../../../src/math/polynomial-roots.ts';
import { createRandom } from '../../../src/math/random.ts';

/** Coefficients, lowest first, of the polynomial with these roots. */
function withRoots(roots: readonly number[], leading = 1): number[] {
  return roots.reduce<number[]>(
    (p, root) => Array.from({ length: p.length + 1 }, (_, i) => (p[i - 1] ?? 0) - root * (p[i] ?? 0)),
    [leading],
  );
}

describe('realRoots', () => {
  it.each([
    ['a line', [-6, 2], [3]],
    ['a parabola', [-2, 1, 1], [-2, 1]],
    ['a parabola without roots', [1, 0, 1], []],
    ['leading zeros', [-6, 2, 0, 0], [3]],
    ['a root at zero', [0, -1, 0, 1], [-1, 0, 1]],
    ['a constant', [4], []],
    ['zero', [0, 0], []],
  ])('%s', (_, coefficients, roots) => {
    const found = realRoots(coefficients);
    expect(found).toHaveLength(roots.length);
    roots.forEach((root, i) => expect(found[i]).toBeCloseTo(root, 12));
  });

  it('finds all ten roots, a thousand times, however far apart', () => {
    const random = createRandom(5);
    for (let trial = 0; trial < 1000; trial++) {
      const roots = Array.from(
        { length: 10 },
        (_, i) => (i - 5 + 0.2 + 0.6 * random.next()) * 10 ** (2 * (trial % 3) - 2),
      );
      const found = realRoots(withRoots(roots, 1 + random.next()));
      expect(found).toHaveLength(10);
      roots.forEach((root, i) => expect(Math.abs(found[i] - root)).toBeLessThan(1e-6 * Math.abs(roots[0])));
    }
  });

  it('leaves complex roots out', () => {
    // (x² + 1)(x² + x + 5)(x − 2)
    expect(realRoots([-10, 3, -11, 4, -1, 1])).toEqual([expect.closeTo(2, 12)]);
  });
});
