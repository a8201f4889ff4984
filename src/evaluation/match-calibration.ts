import { matchProbability, type MatchCalibration } from '../matching/select.ts';
import { expectedCalibrationError, reliability, type Predictions } from './expected-calibration-error.ts';
import { fitLogistic } from './logistic-regression.ts';

/** Candidates of a shortlist that are not ambiguous, and whether each is right. */
export interface MatchSamples {
  readonly score: Float32Array;
  /** Dot product of the descriptors. */
  readonly similarity: Float32Array;
  /** Descriptor distance over that of the best rival. */
  readonly ratio: Float32Array;
  readonly right: Uint8Array;
}

/** Share of the right candidates that the judge may reject. */
const rejectedRight = 0.02;

/**
 * Fits what a judge's scores mean behind a descriptor's shortlist: the score below which candidates are rejected, and the
 * probability of the others by logistic regression on score, similarity and ratio.
 * @throws RangeError where all candidates are right, or all wrong
 */
export function fitMatchCalibration(samples: MatchSamples): MatchCalibration {
  const rightScores = samples.score.filter((_, i) => samples.right[i] === 1).sort();
  const minScore = rightScores[Math.floor(rejectedRight * rightScores.length)] ?? -Infinity;
  const kept = Array.from(samples.score.keys()).filter((i) => samples.score[i] >= minScore);
  const { bias, weights } = fitLogistic({
    features: [samples.score, samples.similarity, samples.ratio].map((values) => kept.map((i) => values[i])),
    right: Uint8Array.from(kept, (i) => samples.right[i]),
    weight: new Float64Array(kept.length).fill(1),
  });
  return { bias, score: weights[0], similarity: weights[1], ratio: weights[2], minScore };
}

/** How honest the probabilities of candidates are that the judge does not reject: their ECE, 0 … 1. */
export function matchCalibrationError(calibration: MatchCalibration, samples: MatchSamples): number {
  const kept = Array.from(samples.score.keys()).filter((i) => samples.score[i] >= calibration.minScore);
  const predictions: Predictions = {
    probability: Float64Array.from(kept, (i) =>
      matchProbability(calibration, samples.score[i], samples.similarity[i], samples.ratio[i]),
    ),
    right: Uint8Array.from(kept, (i) => samples.right[i]),
    weight: new Float64Array(kept.length).fill(1),
  };
  return expectedCalibrationError(reliability(predictions));
}
