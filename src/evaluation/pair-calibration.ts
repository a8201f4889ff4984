import { z } from 'zod';
import {
  expectedCalibrationError,
  reliability,
  type Predictions,
  type ReliabilityBin,
} from './expected-calibration-error.ts';
import { fitLogistic } from './logistic-regression.ts';
import type { BenchmarkScores } from './measure-patches.ts';

/**
 * The pair probability: that two patches show the same place, among equally many right and wrong pairs, of which half
 * of the wrong ones are drawn at random and half are look-alikes. A monotone map of the raw score; for a network whose
 * score depends on the order, of the mean of both orders.
 */
export const pairCalibrationSchema = z.discriminatedUnion('kind', [
  /** 1 / (1 + exp(−(bias + slope·score))): Platt's. */
  z.object({ kind: z.literal('logistic'), bias: z.number(), slope: z.number().min(0) }),
  /** Linear between the points, constant beyond them; scores rise strictly, probabilities never fall. */
  z.object({ kind: z.literal('table'), score: z.array(z.number()).min(1), probability: z.array(z.number()).min(1) }),
]);
export type PairCalibration = z.infer<typeof pairCalibrationSchema>;

/** Scores of pairs whose truth is known, and how much each counts. */
export interface CalibrationSamples {
  readonly score: Float32Array;
  readonly right: Uint8Array;
  readonly weight: Float64Array;
  /** Samples of one block stand near each other in the data; a block is held out as a whole. */
  readonly block: Uint8Array;
}

/** A table's points stand for at least this part of the samples each. */
const tableParts = 24;
const blocks = 20;

/**
 * The pairs of a benchmark, weighted so that right and wrong ones count the same. Where it has a ranking, half the weight of
 * the wrong ones lies on the random pairs and half on the look-alikes: behind a shortlist a judge sees both.
 */
export function calibrationSamples({ truePairs, wrongPairs, ranking }: BenchmarkScores): CalibrationSamples {
  const lists = [
    { scores: truePairs, right: 1 },
    { scores: wrongPairs, right: 0 },
  ];
  if (ranking !== null) {
    lists.push({ scores: ranking.hardPairs, right: 0 });
    if (ranking.truePairs !== truePairs) lists.push({ scores: ranking.truePairs, right: 1 });
  }
  const share = [0, 1].map((right) => 1 / lists.filter((list) => list.right === right).length);
  const count = lists.reduce((sum, { scores }) => sum + scores.length, 0);
  const samples = {
    score: new Float32Array(count),
    right: new Uint8Array(count),
    weight: new Float64Array(count),
    block: new Uint8Array(count),
  };
  let at = 0;
  for (const { scores, right } of lists) {
    for (let i = 0; i < scores.length; i++, at++) {
      samples.score[at] = scores[i];
      samples.right[at] = right;
      samples.weight[at] = (share[right] * truePairs.length) / scores.length;
      samples.block[at] = Math.floor((blocks * i) / scores.length);
    }
  }
  return samples;
}

export function pairProbability(calibration: PairCalibration, score: number): number {
  if (calibration.kind === 'logistic') return 1 / (1 + Math.exp(-(calibration.bias + calibration.slope * score)));
  const { score: scores, probability } = calibration;
  const above = scores.findIndex((s) => s > score);
  if (above === 0) return probability[0];
  if (above < 0) return probability[probability.length - 1];
  const share = (score - scores[above - 1]) / (scores[above] - scores[above - 1]);
  return probability[above - 1] + share * (probability[above] - probability[above - 1]);
}

/** Predicted against observed, in bins of equal weight. */
export function pairReliability(calibration: PairCalibration, samples: CalibrationSamples): ReliabilityBin[] {
  const probability = Float64Array.from(samples.score, (score) => pairProbability(calibration, score));
  const predictions: Predictions = { probability, right: samples.right, weight: samples.weight };
  return reliability(predictions);
}

export interface FittedPairCalibration {
  readonly calibration: PairCalibration;
  /** Expected calibration error of both kinds on the half that was held out to choose between them, 0 … 1. */
  readonly heldOut: Readonly<Record<PairCalibration['kind'], number>>;
}

/**
 * Fits both kinds of map to every other block of samples, takes the one with the lower expected calibration error on the
 * rest, and fits it to all.
 * @throws RangeError where one of the halves has only right or only wrong pairs
 */
export function fitPairCalibration(samples: CalibrationSamples): FittedPairCalibration {
  const [fitting, held] = [0, 1].map((half) => takeSamples(samples, (i) => samples.block[i] % 2 === half));
  const error = (calibration: PairCalibration): number => expectedCalibrationError(pairReliability(calibration, held));
  const heldOut = { logistic: error(fitPlatt(fitting)), table: error(fitTable(fitting)) };
  const calibration = heldOut.logistic <= heldOut.table ? fitPlatt(samples) : fitTable(samples);
  return { calibration, heldOut };
}

function takeSamples(samples: CalibrationSamples, take: (i: number) => boolean): CalibrationSamples {
  const kept = Array.from(samples.score.keys()).filter(take);
  return {
    score: Float32Array.from(kept, (i) => samples.score[i]),
    right: Uint8Array.from(kept, (i) => samples.right[i]),
    weight: Float64Array.from(kept, (i) => samples.weight[i]),
    block: Uint8Array.from(kept, (i) => samples.block[i]),
  };
}

function fitPlatt({ score, right, weight }: CalibrationSamples): PairCalibration {
  const { bias, weights } = fitLogistic({ features: [score], right, weight });
  // A network that ranks worse than chance tells nothing: the map is monotone all the same.
  return weights[0] >= 0 ? { kind: 'logistic', bias, slope: weights[0] } : { kind: 'logistic', bias: 0, slope: 0 };
}

/** A stretch of scores with one probability. */
interface Stretch {
  readonly weight: number;
  readonly rightWeight: number;
  /** Σ weight·score. */
  readonly moment: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Isotonic regression (pool adjacent violators), thinned to a table: long stretches of one probability keep both their
 * ends, short ones are joined until they weigh enough to be told from their neighbours.
 */
function fitTable(samples: CalibrationSamples): PairCalibration {
  const stretches = isotonicStretches(samples);
  const enough = stretches.reduce((sum, { weight }) => sum + weight, 0) / tableParts;
  const score: number[] = [];
  const probability: number[] = [];
  for (const stretch of joinShort(stretches, enough)) {
    const { weight, rightWeight, moment, from, to } = stretch;
    // Laplace's rule keeps probabilities off 0 and 1, but it could bend a short stretch below the one before.
    const p = Math.max((rightWeight + 1) / (weight + 2), probability.at(-1) ?? 0);
    const places = stretches.includes(stretch) && from < to ? [from, to] : [moment / weight];
    score.push(...places);
    probability.push(...places.map(() => p));
  }
  return { kind: 'table', score, probability };
}

/** Joins neighbours that weigh less than `enough`; what stays much lighter is dropped: the points around it tell as much. */
function joinShort(stretches: readonly Stretch[], enough: number): Stretch[] {
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const before = joined.at(-1);
    if (before !== undefined && before.weight < enough && stretch.weight < enough) {
      joined[joined.length - 1] = merge(before, stretch);
    } else {
      joined.push(stretch);
    }
  }
  return joined.filter(({ weight }) => weight >= enough / 4);
}

function isotonicStretches({ score, right, weight }: CalibrationSamples): Stretch[] {
  const order = Array.from(score.keys()).sort((a, b) => score[a] - score[b]);
  const stretches: Stretch[] = [];
  for (let k = 0; k < order.length;) {
    const tied = score[order[k]];
    let [total, rightTotal] = [0, 0];
    for (; k < order.length && score[order[k]] === tied; k++) {
      total += weight[order[k]];
      rightTotal += weight[order[k]] * right[order[k]];
    }
    let stretch: Stretch = { weight: total, rightWeight: rightTotal, moment: total * tied, from: tied, to: tied };
    for (;;) {
      const before = stretches[stretches.length - 1];
      if (before === undefined || before.rightWeight * stretch.weight < stretch.rightWeight * before.weight) break;
      stretch = merge(stretches.pop()!, stretch);
    }
    stretches.push(stretch);
  }
  return stretches;
}

function merge(a: Stretch, b: Stretch): Stretch {
  return {
    weight: a.weight + b.weight,
    rightWeight: a.rightWeight + b.rightWeight,
    moment: a.moment + b.moment,
    from: a.from,
    to: b.to,
  };
}
