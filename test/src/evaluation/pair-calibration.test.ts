import { describe, expect, it } from 'vitest';
import { expectedCalibrationError, reliability } from '../../../src/evaluation/expected-calibration-error.ts';
import { fitLogistic } from '../../../src/evaluation/logistic-regression.ts';
import {
  calibrationSamples,
  fitPairCalibration,
  pairProbability,
  pairReliability,
  type CalibrationSamples,
} from '../../../src/evaluation/pair-calibration.ts';
import { createRandom } from '../../../src/math/random.ts';

/** Scores drawn uniformly from [−3, 3], right with the probability of their score. */
function drawSamples(count: number, seed: number, probability: (score: number) => number): CalibrationSamples {
  const random = createRandom(seed);
  const score = Float32Array.from({ length: count }, () => 6 * random.next() - 3);
  return {
    score,
    right: Uint8Array.from(score, (s) => (random.next() < probability(s) ? 1 : 0)),
    weight: new Float64Array(count).fill(1),
    block: Uint8Array.from(score, (_, i) => Math.floor((20 * i) / count)),
  };
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

describe('reliability', () => {
  it('sorts into bins of equal weight, and a tie that a border divides goes to both sides', () => {
    const predictions = {
      probability: Float64Array.of(0.5, 0.1, 0.5, 0.5),
      right: Uint8Array.of(1, 0, 0, 1),
      weight: Float64Array.of(1, 1, 1, 1),
    };
    const bins = reliability(predictions, 2);
    // The first holds 0.1 and a third of the tie.
    expect(bins).toHaveLength(2);
    expect(bins[0].predicted).toBeCloseTo(0.3, 12);
    expect(bins[0].observed).toBeCloseTo(1 / 3, 12);
    expect(bins[1].predicted).toBeCloseTo(0.5, 12);
    expect(bins[1].observed).toBeCloseTo(2 / 3, 12);
    expect(expectedCalibrationError(bins)).toBeCloseTo((0.5 * 1) / 30 + (0.5 * 1) / 6, 12);
  });

  it('weighs', () => {
    const predictions = {
      probability: Float64Array.of(0.2, 0.8),
      right: Uint8Array.of(0, 1),
      weight: Float64Array.of(3, 1),
    };
    const error = expectedCalibrationError(reliability(predictions, 4));
    expect(error).toBeCloseTo(0.2, 12);
  });

  it('is small for honest predictions and large for those too sure of themselves', () => {
    const { score, right, weight } = drawSamples(30_000, 1, (s) => sigmoid(s));
    const error = (slope: number): number =>
      expectedCalibrationError(
        reliability({ probability: Float64Array.from(score, (s) => sigmoid(slope * s)), right, weight }),
      );
    expect(error(1)).toBeLessThan(0.012);
    expect(error(3)).toBeGreaterThan(0.08);
  });
});

describe('fitLogistic', () => {
  it('finds the parameters the samples were drawn from', () => {
    const samples = drawSamples(60_000, 2, (s) => sigmoid(0.7 + 1.9 * s));
    const { bias, weights } = fitLogistic({ ...samples, features: [samples.score, new Float32Array(60_000).fill(5)] });
    expect(bias + 5 * weights[1]).toBeCloseTo(0.7, 1);
    expect(weights[0]).toBeCloseTo(1.9, 1);
  });

  it('stays finite where a line divides right from wrong, and where scores are large', () => {
    const fit = fitLogistic({
      features: [Float32Array.of(-2e4, -1e4, 1e4, 2e4)],
      right: Uint8Array.of(0, 0, 1, 1),
      weight: Float64Array.of(1, 1, 1, 1),
    });
    expect(fit.weights[0]).toBeGreaterThan(0);
    expect(fit.weights[0]).toBeLessThan(1);
    expect(Math.abs(fit.bias)).toBeLessThan(1e-6);
  });

  it('refuses samples of one kind', () => {
    const samples = { features: [Float32Array.of(1, 2)], right: Uint8Array.of(1, 1), weight: Float64Array.of(1, 1) };
    expect(() => fitLogistic(samples)).toThrow(/one kind/);
  });
});

describe('the pair calibration', () => {
  it('weighs right and wrong pairs the same, and random and hard ones', () => {
    const samples = calibrationSamples({
      truePairs: Float32Array.of(1, 2),
      wrongPairs: Float32Array.of(0, 0, 0),
      ranking: { truePairs: Float32Array.of(5), hardPairs: Float32Array.of(1, 1), hardPerAnchor: 2 },
    });
    const sum = (right: number, score: number): number =>
      samples.weight.reduce((s, w, i) => s + (samples.right[i] === right && samples.score[i] === score ? w : 0), 0);
    expect(sum(1, 1) + sum(1, 2)).toBeCloseTo(1, 12);
    expect(sum(1, 5)).toBeCloseTo(1, 12);
    expect(sum(0, 0)).toBeCloseTo(1, 12);
    expect(sum(0, 1)).toBeCloseTo(1, 12);
  });

  it('of a logistic truth is honest on other samples', () => {
    const truth = (s: number): number => sigmoid(2 * s - 0.5);
    const { calibration } = fitPairCalibration(drawSamples(20_000, 3, truth));
    for (const s of [-2.5, -1, 0, 0.25, 1, 2.5]) expect(pairProbability(calibration, s)).toBeCloseTo(truth(s), 1);
    const bins = pairReliability(calibration, drawSamples(20_000, 4, truth));
    expect(bins).toHaveLength(15);
    expect(expectedCalibrationError(bins)).toBeLessThan(0.015);
  });

  it('of a stepped truth is a table, never falls, and keeps the step', () => {
    const truth = (s: number): number => (s < 1 ? 0.2 : 0.9);
    const { calibration, heldOut } = fitPairCalibration(drawSamples(20_000, 5, truth));
    expect(calibration.kind).toBe('table');
    expect(heldOut.table).toBeLessThan(heldOut.logistic);
    const along = Array.from({ length: 80 }, (_, i) => pairProbability(calibration, -4 + i / 10));
    along.forEach((p, i) => i > 0 && expect(p).toBeGreaterThanOrEqual(along[i - 1]));
    expect(pairProbability(calibration, -100)).toBeCloseTo(0.2, 1);
    expect(pairProbability(calibration, 0.9)).toBeCloseTo(0.2, 1);
    expect(pairProbability(calibration, 1.1)).toBeCloseTo(0.9, 1);
    expect(expectedCalibrationError(pairReliability(calibration, drawSamples(20_000, 6, truth)))).toBeLessThan(0.02);
  });

  it('of a score that tells nothing is a half for all', () => {
    const samples = { ...drawSamples(4000, 7, () => 0.5), score: new Float32Array(4000).fill(0.3) };
    const { calibration } = fitPairCalibration(samples);
    expect(pairProbability(calibration, 0.3)).toBeCloseTo(0.5, 1);
  });
});
