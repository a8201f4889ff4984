import { solvePositiveDefinite } from '../math/cholesky.ts';

/** What a logistic regression is fitted to. */
export interface LogisticSamples {
  /** One array a feature, one value a sample. */
  readonly features: readonly ArrayLike<number>[];
  /** 1 right, 0 wrong. */
  readonly right: Uint8Array;
  readonly weight: Float64Array;
}

/** P(right) = 1 / (1 + exp(−(bias + Σ weights·features))). */
export interface LogisticFit {
  readonly bias: number;
  readonly weights: readonly number[];
}

const mostSteps = 50;

/**
 * Maximum likelihood by Newton's method on standardised features. The targets are Platt's (1999), a little off 0 and 1, so
 * that samples a line divides without error have a finite fit. A feature that never varies gets the weight 0.
 * @throws RangeError where all samples are right, or all wrong
 */
export function fitLogistic({ features, right, weight }: LogisticSamples): LogisticFit {
  const count = right.length;
  let rightWeight = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    total += weight[i];
    if (right[i]) rightWeight += weight[i];
  }
  if (!(rightWeight > 0) || !(rightWeight < total)) {
    throw new RangeError('expected right and wrong samples to fit a probability to, but all are of one kind');
  }
  const [high, low] = [(rightWeight + 1) / (rightWeight + 2), 1 / (total - rightWeight + 2)];
  const scales = features.map((values) => standardise(values, weight, total));
  const n = features.length + 1;
  const row = new Float64Array(n);
  const setRow = (i: number): void => {
    row[0] = 1;
    scales.forEach(({ mean, deviation }, k) => (row[k + 1] = (features[k][i] - mean) / deviation));
  };
  const lossAt = (parameters: Float64Array): number => {
    let loss = 0;
    for (let i = 0; i < count; i++) {
      setRow(i);
      const z = dot(row, parameters);
      // −t log p − (1 − t) log(1 − p) without overflow.
      loss += weight[i] * (Math.max(z, 0) - (right[i] ? high : low) * z + Math.log1p(Math.exp(-Math.abs(z))));
    }
    return loss;
  };
  let parameters = new Float64Array(n);
  let loss = lossAt(parameters);
  for (let step = 0; step < mostSteps; step++) {
    const gradient = new Float64Array(n);
    const hessian = new Float64Array(n * n);
    for (let i = 0; i < count; i++) {
      setRow(i);
      const p = 1 / (1 + Math.exp(-dot(row, parameters)));
      const pull = weight[i] * ((right[i] ? high : low) - p);
      const curvature = weight[i] * p * (1 - p);
      for (let a = 0; a < n; a++) {
        gradient[a] += pull * row[a];
        for (let b = 0; b <= a; b++) hessian[a * n + b] += curvature * row[a] * row[b];
      }
    }
    for (let a = 0; a < n; a++) hessian[a * n + a] += 1e-9 * total;
    if (!solvePositiveDefinite(hessian, gradient, n)) break;
    // Newton overshoots where the curve is flat: half the step until the loss falls.
    let factor = 1;
    let next = parameters;
    let nextLoss = loss;
    for (; factor > 1e-6; factor /= 2) {
      next = parameters.map((value, a) => value + factor * gradient[a]);
      nextLoss = lossAt(next);
      if (nextLoss <= loss) break;
    }
    const gain = loss - nextLoss;
    if (!(gain >= 0)) break;
    parameters = next;
    loss = nextLoss;
    if (gain < 1e-12 * total) break;
  }
  const weights = scales.map(({ deviation }, k) => parameters[k + 1] / deviation);
  const bias = scales.reduce((sum, { mean }, k) => sum - weights[k] * mean, parameters[0]);
  return { bias, weights };
}

function standardise(
  values: ArrayLike<number>,
  weight: Float64Array,
  total: number,
): { mean: number; deviation: number } {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += (weight[i] / total) * values[i];
  let variance = 0;
  for (let i = 0; i < values.length; i++) variance += (weight[i] / total) * (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
