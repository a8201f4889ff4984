import { describe, expect, test } from 'vitest';
import { prosacSampler } from '../../../src/geometry/prosac.ts';
import type { RobustProblem } from '../../../src/geometry/robust.ts';
import { defaultRobustOptions, estimateRobustly, medianOfTwo, noiseScale } from '../../../src/geometry/robust.ts';
import { createRandom } from '../../../src/math/random.ts';

/** y = slope · x + offset: the estimator knows nothing of homographies. */
type Line = readonly [slope: number, offset: number];

function lineProblem(x: Float64Array, y: Float64Array): RobustProblem<Line> {
  return {
    count: x.length,
    sampleSize: 2,
    isDegenerateSample: ([a, b]) => Math.abs(x[a] - x[b]) < 1e-6,
    solve: ([a, b]) => {
      const slope = (y[b] - y[a]) / (x[b] - x[a]);
      return [[slope, y[a] - slope * x[a]]];
    },
    solveWeighted: (w) => {
      let [s, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
      for (let i = 0; i < x.length; i++) {
        s += w[i];
        sx += w[i] * x[i];
        sy += w[i] * y[i];
        sxx += w[i] * x[i] * x[i];
        sxy += w[i] * x[i] * y[i];
      }
      const d = s * sxx - sx * sx;
      return Math.abs(d) < 1e-12 ? null : [(s * sxy - sx * sy) / d, (sxx * sy - sx * sxy) / d];
    },
    squaredResiduals: ([slope, offset], out) => {
      for (let i = 0; i < x.length; i++) out[i] = (y[i] - slope * x[i] - offset) ** 2;
    },
    medianAtUnitNoise: 0.6745,
  };
}

function noisyLine(right: number, wrong: number, seed: number): { x: Float64Array; y: Float64Array } {
  const random = createRandom(seed);
  const x = Float64Array.from({ length: right + wrong }, () => random.next() * 100);
  const y = x.map((v, i) => (i < right ? 0.5 * v + 3 + 0.2 * random.normal() : random.next() * 100));
  return { x, y };
}

describe('robust estimation of any model', () => {
  test.each([0, 0.5, 0.8])('finds a line among a share of %d of wrong data', (share) => {
    const { x, y } = noisyLine(200 * (1 - share), 200 * share, 4);
    const result = estimateRobustly(lineProblem(x, y), { ...defaultRobustOptions, maxError: 2 });
    expect(result?.model[0]).toBeCloseTo(0.5, 1);
    expect(Math.abs(result!.model[0] * 50 + result!.model[1] - 28)).toBeLessThan(0.2);
  });

  test('the same seed gives the same result to the last bit', () => {
    const { x, y } = noisyLine(40, 160, 9);
    const run = (): unknown => estimateRobustly(lineProblem(x, y), { ...defaultRobustOptions, maxError: 2, seed: 3 });
    expect(run()).toEqual(run());
  });

  test('good data first need fewer samples than good data last', () => {
    const { x, y } = noisyLine(60, 140, 5);
    const iterations = (xs: Float64Array, ys: Float64Array): number =>
      estimateRobustly(lineProblem(xs, ys), { ...defaultRobustOptions, maxError: 1, minIterations: 1 })!.iterations;
    expect(iterations(x, y)).toBeLessThanOrEqual(iterations(x.slice().reverse(), y.slice().reverse()));
  });

  test('says null where there is no model', () => {
    const one = Float64Array.of(1);
    const options = { ...defaultRobustOptions, maxError: 1, maxIterations: 50 };
    expect(estimateRobustly(lineProblem(one, one), options)).toBeNull();
    const same = new Float64Array(10).fill(2);
    expect(estimateRobustly(lineProblem(same, same), options)).toBeNull();
  });
});

describe('PROSAC samples', () => {
  test('are distinct, in range, start with the best and reach all', () => {
    const sampler = prosacSampler(50, 4, 1000, createRandom(1));
    const sample = new Uint32Array(4);
    const seen = new Set<number>();
    sampler.next(sample);
    expect([...sample].sort()).toEqual([0, 1, 2, 3]);
    for (let i = 0; i < 3000; i++) {
      sampler.next(sample);
      expect(new Set(sample).size).toBe(4);
      for (const index of sample) {
        expect(index).toBeLessThan(50);
        seen.add(index);
      }
    }
    expect(seen.size).toBe(50);
  });

  test('prefer good data early and are uniform late', () => {
    const meanIndex = (skip: number): number => {
      const sampler = prosacSampler(1000, 4, 2000, createRandom(2));
      const sample = new Uint32Array(4);
      for (let i = 0; i < skip; i++) sampler.next(sample);
      let sum = 0;
      for (let i = 0; i < 500; i++) {
        sampler.next(sample);
        sum += sample.reduce((a, b) => a + b, 0) / 4 / 500;
      }
      return sum;
    };
    expect(meanIndex(0)).toBeLessThan(350);
    expect(meanIndex(5000)).toBeGreaterThan(460);
    expect(meanIndex(5000)).toBeLessThan(540);
  });

  test('as many data as a sample needs', () => {
    const sampler = prosacSampler(4, 4, 100, createRandom(1));
    const sample = new Uint32Array(4);
    for (let i = 0; i < 5; i++) {
      sampler.next(sample);
      expect([...sample].sort()).toEqual([0, 1, 2, 3]);
    }
  });
});

test('the noise scale is found in spite of a quarter of outliers', () => {
  const random = createRandom(8);
  const squared = Float64Array.from({ length: 4000 }, (_, i) =>
    i % 4 === 0 ? (random.next() * 100) ** 2 : 4 * (random.normal() ** 2 + random.normal() ** 2),
  );
  expect(noiseScale(squared, 10, medianOfTwo)).toBeCloseTo(2, 0);
  expect(noiseScale(Float64Array.of(Infinity), 10, medianOfTwo)).toBe(0);
});
