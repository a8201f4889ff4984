import { describe, expect, test } from 'vitest';
import { elsewhere, joinMatches, type PlacedMatches } from '../../../src/matching/join-matches.ts';
import { createRandom } from '../../../src/math/random.ts';

function matches(...rows: readonly (readonly [number, number, number, number, number])[]): PlacedMatches {
  return {
    points: Float64Array.from(rows.flatMap((row) => row.slice(0, 4))),
    probability: Float32Array.from(rows, (row) => row[4]),
  };
}

describe('joinMatches', () => {
  test('gives the matches of all lists, best first', () => {
    const joined = joinMatches([matches([1, 2, 3, 4, 0.5], [5, 6, 7, 8, 0.25]), matches([9, 10, 11, 12, 0.75])]);
    expect(joined).toEqual(matches([9, 10, 11, 12, 0.75], [1, 2, 3, 4, 0.5], [5, 6, 7, 8, 0.25]));
  });
});

describe('elsewhere', () => {
  test('leaves out what lies next to a known match in either photo', () => {
    const known = matches([10, 10, 50, 50, 1]).points;
    const found = matches([11, 10, 90, 90, 0.9], [90, 90, 50, 49, 0.8], [11.6, 10, 51.6, 50, 0.7]);
    expect(elsewhere(found, known, 1.5)).toEqual(matches([11.6, 10, 51.6, 50, 0.7]));
  });

  test('agrees with comparing each with each', () => {
    const random = createRandom(4);
    const many = (n: number): PlacedMatches =>
      matches(
        ...Array.from({ length: n }, (_, i) => {
          const [a, b, c, d] = Array.from({ length: 4 }, () => 60 * random.next() - 30);
          return [a, b, c, d, 1 - i / n] as const;
        }),
      );
    const [found, { points: known }] = [many(300), many(200)];
    const near = (m: number, k: number, side: number): boolean =>
      Math.hypot(found.points[4 * m + side] - known[k + side], found.points[4 * m + side + 1] - known[k + side + 1]) <=
      1.5;
    const expected = [...found.probability.keys()].filter(
      (m) => !Array.from({ length: 200 }, (_, i) => near(m, 4 * i, 0) || near(m, 4 * i, 2)).includes(true),
    );
    const kept = elsewhere(found, known, 1.5);
    expect(expected.length).toBeGreaterThan(20);
    expect([...kept.probability]).toEqual(expected.map((m) => found.probability[m]));
  });
});
