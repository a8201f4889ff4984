import { describe, expect, test } from 'vitest';
import { inCompany } from '../../../src/geometry/company.ts';
import { swapColumns } from '../../../src/geometry/homography.ts';
import { createRandom } from '../../../src/math/random.ts';
import { randomHomography, syntheticMatches, unrelatedMatches } from './synthetic-matches.ts';

const seeds = [1, 2, 3, 4];

/** How many of the right and of the wrong matches are kept. */
function kept(points: Float64Array, right: Uint8Array): { right: number; wrong: number } {
  const chosen = inCompany(points);
  const rightOnes = chosen.filter((m) => right[m] === 1).length;
  return { right: rightOnes, wrong: chosen.length - rightOnes };
}

describe('inCompany', () => {
  test.each(seeds)('keeps the right matches, and few of as many wrong ones (view %i)', (seed) => {
    const random = createRandom(seed);
    const { points, right } = syntheticMatches(
      randomHomography(random, 1000, 750),
      { right: 300, wrong: 300 },
      1,
      random,
    );
    const found = kept(points, right);
    expect(found.right).toBeGreaterThan(295);
    expect(found.wrong).toBeLessThan(100);
  });

  test('turned, mirrored and stretched photos make no difference', () => {
    const random = createRandom(5);
    const { points, right } = syntheticMatches([1, 0, 0, 0, 1, 0, 0, 0, 1], { right: 300, wrong: 300 }, 1, random);
    const turned = points.slice();
    for (let k = 0; k < points.length; k += 4) turned.set([-3 * points[k + 3], -0.4 * points[k + 2]], k + 2);
    expect(kept(turned, right).right).toBeGreaterThan(275);
    expect(kept(turned, right).wrong).toBeLessThan(100);
  });

  test('swapped photos: the same', () => {
    const { points } = syntheticMatches([1, 0, 5, 0, 1, 3, 0, 0, 1], { right: 100, wrong: 200 }, 1, createRandom(6));
    expect(inCompany(swapColumns(points))).toEqual(inCompany(points));
  });

  test('noise that mixes neighbours up costs few', () => {
    const { points, right } = syntheticMatches(
      [1, 0, 5, 0, 1, 3, 0, 0, 1],
      { right: 400, wrong: 0 },
      15,
      createRandom(7),
    );
    expect(kept(points, right).right).toBeGreaterThan(390);
  });

  test('several matches of one place are no company for each other', () => {
    const wrong = unrelatedMatches(400, createRandom(8));
    const alone = [...Array(400).keys()].filter((m) => !inCompany(wrong).includes(m));
    // Each three times, within a pixel.
    const points = Float64Array.from([0, 0.3, 0.6].flatMap((shift) => [...wrong].map((value) => value + shift)));
    const found = new Set(inCompany(points).map((m) => m % 400));
    expect(alone.length).toBeGreaterThan(250);
    expect(alone.filter((m) => found.has(m)).length).toBeLessThan(0.3 * alone.length);
  });

  test('degenerate: none, one, few, all in one spot', () => {
    expect(inCompany(new Float64Array())).toEqual([]);
    expect(inCompany(Float64Array.of(1, 2, 3, 4))).toEqual([]);
    expect(inCompany(unrelatedMatches(8, createRandom(9)))).toHaveLength(8);
    expect(inCompany(new Float64Array(400))).toEqual([]);
  });
});
