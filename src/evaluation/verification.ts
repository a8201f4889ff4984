/**
 * How well scores tell patches of the same place from others. Scores are higher where a pair looks more alike; shares and
 * areas are 0 … 1. Equal scores are one place of a curve: no order among them is assumed, so no figure depends on the
 * order of the pairs.
 */

/** What accepting every pair of at least some score comes to. */
export interface OperatingPoint {
  /** The least accepted score; infinite where nothing is accepted. */
  readonly threshold: number;
  /** Accepted true pairs. */
  readonly truePositives: number;
  /** Accepted wrong pairs. */
  readonly falsePositives: number;
}

/** The receiver operating characteristic: false-positive against true-positive rate, from (0, 0) to (1, 1). */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
}

/** Precision against recall, by rising recall; the first point has the precision of the second and recall 0. */
export interface PrecisionRecallCurve {
  readonly recall: Float64Array;
  readonly precision: Float64Array;
}

/**
 * The false-positive rate at 95 % recall, the figure of Brown's data set: the share of wrong pairs that score at least t,
 * where t is the highest threshold that at least 95 % of the true pairs reach (a pair passes when its score is ≥ t). Wrong
 * pairs that score exactly t pass too, as the true pair at t does: a network that gives all pairs one score has 1.
 * @throws RangeError without true or without wrong pairs, or where a score is not a number
 */
export function falsePositiveRateAt95(positiveScores: Float32Array, negativeScores: Float32Array): number {
  const positive = sortedScores(positiveScores, 'true');
  const negative = sortedScores(negativeScores, 'wrong');
  // Of n true pairs at most n/20 may fail.
  const threshold = positive[Math.floor(positive.length / 20)];
  return (negative.length - firstAtLeast(negative, threshold)) / negative.length;
}

/**
 * The share of true pairs that score strictly above all their hard wrong ones; a tie counts as wrong.
 * @param hardScores those of true pair i stand from i·hardPerAnchor
 * @throws RangeError without pairs, where the lengths disagree or a score is not a number
 */
export function rankOne(trueScores: Float32Array, hardScores: Float32Array, hardPerAnchor: number): number {
  if (trueScores.length === 0 || hardPerAnchor < 1 || hardScores.length !== trueScores.length * hardPerAnchor) {
    throw new RangeError(
      `expected ${hardPerAnchor} hard scores for each of at least one true pair but received ${hardScores.length} for ${trueScores.length}`,
    );
  }
  requireNumbers(trueScores, 'true');
  requireNumbers(hardScores, 'hard wrong');
  let first = 0;
  for (let i = 0; i < trueScores.length; i++) {
    const rivals = hardScores.subarray(i * hardPerAnchor, (i + 1) * hardPerAnchor);
    if (rivals.every((score) => score < trueScores[i])) first++;
  }
  return first / trueScores.length;
}

/**
 * One point for each distinct score, best first, after the point that accepts nothing.
 * @throws RangeError without true or without wrong pairs, or where a score is not a number
 */
export function operatingPoints(positiveScores: Float32Array, negativeScores: Float32Array): OperatingPoint[] {
  const positive = sortedScores(positiveScores, 'true').reverse();
  const negative = sortedScores(negativeScores, 'wrong').reverse();
  const points: OperatingPoint[] = [{ threshold: Infinity, truePositives: 0, falsePositives: 0 }];
  let p = 0;
  let n = 0;
  while (p < positive.length || n < negative.length) {
    const threshold = Math.max(
      p < positive.length ? positive[p] : -Infinity,
      n < negative.length ? negative[n] : -Infinity,
    );
    while (p < positive.length && positive[p] === threshold) p++;
    while (n < negative.length && negative[n] === threshold) n++;
    points.push({ threshold, truePositives: p, falsePositives: n });
  }
  return points;
}

export function rocCurve(positiveScores: Float32Array, negativeScores: Float32Array): RocCurve {
  const points = operatingPoints(positiveScores, negativeScores);
  return {
    falsePositiveRate: Float64Array.from(points, (point) => point.falsePositives / negativeScores.length),
    truePositiveRate: Float64Array.from(points, (point) => point.truePositives / positiveScores.length),
  };
}

/**
 * The area under the ROC curve: the probability that a true pair scores above a wrong one, a tie counting half (the
 * trapezoid under a step of ties).
 */
export function rocArea({ falsePositiveRate, truePositiveRate }: RocCurve): number {
  let area = 0;
  for (let i = 1; i < falsePositiveRate.length; i++) {
    const width = falsePositiveRate[i] - falsePositiveRate[i - 1];
    area += (width * (truePositiveRate[i] + truePositiveRate[i - 1])) / 2;
  }
  return area;
}

/** Precision depends on how many wrong pairs there are for each true one; the curve is that of the pairs given. */
export function precisionRecallCurve(positiveScores: Float32Array, negativeScores: Float32Array): PrecisionRecallCurve {
  const [, ...points] = operatingPoints(positiveScores, negativeScores);
  const accepted = [points[0], ...points];
  const recall = Float64Array.from(accepted, (point) => point.truePositives / positiveScores.length);
  recall[0] = 0;
  return {
    recall,
    precision: Float64Array.from(
      accepted,
      (point) => point.truePositives / (point.truePositives + point.falsePositives),
    ),
  };
}

/** Average precision: the precision at each threshold, weighted by the recall it adds. */
export function averagePrecision({ recall, precision }: PrecisionRecallCurve): number {
  let sum = 0;
  for (let i = 1; i < recall.length; i++) sum += (recall[i] - recall[i - 1]) * precision[i];
  return sum;
}

/** A sorted copy, ascending. */
function sortedScores(scores: Float32Array, kind: string): Float32Array {
  if (scores.length === 0) throw new RangeError(`expected ${kind} pairs but there are none`);
  requireNumbers(scores, kind);
  return Float32Array.from(scores).sort();
}

function requireNumbers(scores: Float32Array, kind: string): void {
  const bad = scores.findIndex((score) => Number.isNaN(score));
  if (bad >= 0) throw new RangeError(`expected a score for each ${kind} pair but that of pair ${bad} is not a number`);
}

/** Index of the first of ascending values that is at least `threshold`; their number where none is. */
function firstAtLeast(values: Float32Array, threshold: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
