import { matchProbability, type MatchCalibration } from '../matching/select.ts';
import { expectedCalibrationError, reliability, type Predictions } from './expected-calibration-error.ts';
import { fitLogistic, type LogisticFit } from './logistic-regression.ts';

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
  const { bias, weights } = fit(samples, kept, ['score', 'similarity', 'ratio']);
  return { bias, score: weights[0], similarity: weights[1], ratio: weights[2], minScore };
}

/** What the descriptors alone say of a match, where no judge does. */
export function fitDescriptorCalibration(samples: MatchSamples): MatchCalibration {
  const { bias, weights } = fit(samples, Array.from(samples.score.keys()), ['similarity', 'ratio']);
  return { bias, score: 0, similarity: weights[0], ratio: weights[1], minScore: noScore };
}

/** Below every score. JSON knows no infinity. */
const noScore = -1e9;

function fit(
  samples: MatchSamples,
  kept: readonly number[],
  features: readonly ('score' | 'similarity' | 'ratio')[],
): LogisticFit {
  return fitLogistic({
    features: features.map((name) => kept.map((i) => samples[name][i])),
    right: Uint8Array.from(kept, (i) => samples.right[i]),
    weight: new Float64Array(kept.length).fill(1),
  });
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
