import { expect, test } from 'vitest';
import { createRandom } from '../../../src/math/random.ts';
import { kMeans } from '../../../src/retrieval/k-means.ts';
import { unitVector } from './synthetic-scenes.ts';

const dimension = 16;

function clusters(seed: number, count: number, each: number): { means: number[][]; rows: Float32Array } {
  const random = createRandom(seed);
  const means = Array.from({ length: count }, () => unitVector(random, dimension));
  const rows = Array.from({ length: count * each }, (_, i) => means[i % count].map((m) => m + 0.02 * random.normal()));
  return { means, rows: Float32Array.from(rows.flat()) };
}

test('finds the means of well-separated clusters, whatever the seed', () => {
  const { means, rows } = clusters(1, 12, 50);
  for (let seed = 0; seed < 5; seed++) {
    const centres = kMeans(rows, dimension, { clusters: 12, rounds: 20, seed });
    for (const mean of means) {
      const distances = Array.from({ length: 12 }, (_, k) =>
        Math.hypot(...mean.map((value, d) => value - centres.values[k * dimension + d])),
      );
      expect(Math.min(...distances)).toBeLessThan(0.02);
    }
  }
});

test('gives the same centres for the same seed, others for another', () => {
  const rows = Float32Array.from({ length: 400 * dimension }, createRandom(2).normal);
  const run = (seed: number): Float32Array => kMeans(rows, dimension, { clusters: 8, rounds: 5, seed }).values;
  expect(run(3)).toEqual(run(3));
  expect(run(3)).not.toEqual(run(4));
});

test('more rounds fit the rows better', () => {
  const rows = Float32Array.from({ length: 500 * dimension }, createRandom(5).normal);
  const misfit = (rounds: number): number => {
    const { count, values } = kMeans(rows, dimension, { clusters: 10, rounds, seed: 0 });
    let sum = 0;
    for (let i = 0; i < 500; i++) {
      const squares = Array.from({ length: count }, (_, k) =>
        Array.from({ length: dimension }, (_, d) => (rows[i * dimension + d] - values[k * dimension + d]) ** 2).reduce(
          (a, b) => a + b,
        ),
      );
      sum += Math.min(...squares);
    }
    return sum;
  };
  expect(misfit(10)).toBeLessThan(misfit(1));
  expect(misfit(1)).toBeLessThan(misfit(0));
});

test('has no more clusters than there are different rows', () => {
  const rows = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1, 1, 0);
  const centres = kMeans(rows, 2, { clusters: 4, rounds: 10, seed: 0 });
  expect(centres.count).toBe(2);
  expect([...centres.values].every(Number.isFinite)).toBe(true);
  expect(kMeans(new Float32Array(), 2, { clusters: 4, rounds: 10, seed: 0 }).count).toBe(0);
});
