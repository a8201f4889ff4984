import { expect, test } from 'vitest';
import { magsacScore, magsacWeights } from '../../../src/geometry/magsac.ts';

const k = 3.64;

/**
 * The weight by its definition: the χ density (4 degrees of freedom) of the residual averaged over σ in (0, σ_max], where
 * residuals beyond kσ count nothing.
 */
function weightByDefinition(r: number, sigmaMax: number): number {
  const steps = 200_000;
  const from = r / k;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const sigma = from + ((sigmaMax - from) * (i + 0.5)) / steps;
    // Weight is the derivative of −log-likelihood's average over r: (density / r) up to constants, χ_4 ∝ r³/σ⁴ e^{−r²/2σ²}.
    sum += (r ** 2 / sigma ** 4) * Math.exp((-r * r) / (2 * sigma * sigma));
  }
  return (sum * (sigmaMax - from)) / steps;
}

test('weights are proportional to the integral over the noise levels', () => {
  const maxError = 5;
  const residuals = [0.5, 1, 2, 3, 4, 4.7];
  const weights = new Float64Array(residuals.length);
  magsacWeights(
    Float64Array.from(residuals, (r) => r * r),
    maxError,
    weights,
  );
  const expected = residuals.map((r) => weightByDefinition(r, maxError / k) * r);
  for (let i = 1; i < residuals.length; i++) {
    expect(weights[i] / weights[0]).toBeCloseTo(expected[i] / expected[0], 4);
  }
});

test('the weight is the slope of the score, as re-weighted least squares needs', () => {
  const out = new Float64Array(1);
  const slopes = [0.3, 1, 2, 3.5].map((r) => {
    const score = (x: number): number => magsacScore(Float64Array.of(x), 5);
    const slope = (score(r * r - 0.05) - score(r * r + 0.05)) / 0.1;
    magsacWeights(Float64Array.of(r * r), 5, out);
    return slope / out[0];
  });
  for (const slope of slopes) expect(slope / slopes[0]).toBeCloseTo(1, 2);
});

test('a perfect datum counts 1, one beyond the bound or impossible 0', () => {
  expect(magsacScore(Float64Array.of(0, 0), 3)).toBeCloseTo(2, 12);
  expect(magsacScore(Float64Array.of(9, 10, Infinity, NaN), 3)).toBe(0);
  const weights = new Float64Array(4).fill(7);
  magsacWeights(Float64Array.of(9, 10, Infinity, NaN), 3, weights);
  expect([...weights]).toEqual([0, 0, 0, 0]);
});
