import { createRandom } from '../math/random.ts';
import { magsacScore, magsacWeights } from './magsac.ts';
import { prosacSampler, uniformSampler } from './prosac.ts';

/** What robust estimation needs to know of a model; data are numbered 0 … count − 1. */
export interface RobustProblem<Model> {
  readonly count: number;
  /** How many data determine the model. */
  readonly sampleSize: number;
  /** True where a sample cannot determine a sensible model; saves solving it. */
  isDegenerateSample?(sample: Uint32Array): boolean;
  /** The models (none, one or several) that a sample of `sampleSize` data determines. */
  solve(sample: Uint32Array): readonly Model[];
  /** Improves a model by weighted least squares over all data (a step suffices: it is called repeatedly); null where impossible. */
  solveWeighted(weights: Float64Array, model: Model): Model | null;
  /** Squared residual of every datum; not finite where the model cannot hold for it. */
  squaredResiduals(model: Model, out: Float64Array): void;
  /**
   * Sets the residuals below `maxError` of data that fit in form only to Infinity: what the model would see behind a camera. Dearer than
   * the residuals, so it is asked of models alone that may be the best.
   */
  excludeImpossible?(model: Model, squaredResiduals: Float64Array, maxError: number): void;
  /**
   * Median residual of right data under normal noise of unit standard deviation on each coordinate: {@link medianOfTwo} for errors of two
   * dimensions.
   */
  readonly medianAtUnitNoise: number;
}

/** Median of a χ distribution with two degrees of freedom. */
export const medianOfTwo = 1.1774;

export interface RobustOptions {
  /** Residual from which on a datum says nothing about the model: the upper bound of the noise that is averaged over. */
  readonly maxError: number;
  /** Decides the samples: the same seed gives the same result. */
  readonly seed: number;
  /** Chance that at least one sample was free of outliers when sampling stops. */
  readonly confidence: number;
  /** Some samples are always drawn, as an early model may fit much and still be a poor one. */
  readonly minIterations: number;
  /** Bounds the time where there is nothing to find; 3000 suffice for 80 % outliers and samples of four. */
  readonly maxIterations: number;
  /** Steps of re-weighted least squares from each new best model (LO-RANSAC, Chum, Matas & Kittler 2003). */
  readonly localIterations: number;
  /** Models of samples that score this share of the best one are improved as well: the sample of the best model is not always its best start. */
  readonly localShare: number;
  /** Data come best first: sample good ones first (PROSAC). */
  readonly bestFirst: boolean;
}

export const defaultRobustOptions: Omit<RobustOptions, 'maxError'> = {
  seed: 0,
  confidence: 0.999,
  minIterations: 60,
  maxIterations: 4000,
  localIterations: 8,
  localShare: 1,
  bestFirst: true,
};

export interface RobustEstimate<Model> {
  readonly model: Model;
  /** Of all data under the model. */
  readonly squaredResiduals: Float64Array;
  /** {@link magsacScore} at `maxError`. */
  readonly score: number;
  /** Samples drawn. */
  readonly iterations: number;
}

/**
 * Finds the model that explains most data: samples in PROSAC order, MAGSAC++ scores, local optimisation of every new best
 * model and adaptive stopping. Null where no sample gave a model.
 */
export function estimateRobustly<Model>(
  problem: RobustProblem<Model>,
  options: RobustOptions,
): RobustEstimate<Model> | null {
  const { count, sampleSize } = problem;
  if (count < sampleSize) return null;
  const random = createRandom(options.seed);
  const sampler = options.bestFirst
    ? prosacSampler(count, sampleSize, options.maxIterations, random)
    : uniformSampler(count, random);
  const sample = new Uint32Array(sampleSize);
  const residuals = new Float64Array(count);
  let best: { model: Model; score: number } | null = null;
  let bestSampleScore = -1;
  let needed = options.maxIterations;
  let iterations = 0;
  while (iterations < needed) {
    iterations++;
    sampler.next(sample);
    if (problem.isDegenerateSample?.(sample)) continue;
    for (const model of problem.solve(sample)) {
      const leastScore = options.localShare * bestSampleScore;
      problem.squaredResiduals(model, residuals);
      if (magsacScore(residuals, options.maxError) <= leastScore) continue;
      problem.excludeImpossible?.(model, residuals, options.maxError);
      const score = magsacScore(residuals, options.maxError);
      if (score <= leastScore) continue;
      bestSampleScore = Math.max(score, bestSampleScore);
      const local = optimiseFromSample(problem, model, options);
      if (best !== null && local.score <= best.score) continue;
      best = local;
      const share = local.inlierCount / count;
      needed = Math.max(iterations, options.minIterations, samplesNeeded(share, sampleSize, options.confidence));
      needed = Math.min(needed, options.maxIterations);
    }
  }
  if (best === null) return null;
  residualsOf(problem, best.model, options.maxError, residuals);
  return { model: best.model, squaredResiduals: residuals, score: best.score, iterations };
}

// A model from a small sample is off by more than the noise where it extrapolates, so the first steps should look further;
// but where another structure is near (a second plane) a wide look ends between the two. The better of both is kept.
const wideFactor = 3;

function optimiseFromSample<Model>(
  problem: RobustProblem<Model>,
  model: Model,
  options: RobustOptions,
): { model: Model; score: number; inlierCount: number } {
  const { maxError, localIterations } = options;
  const wide = optimiseLocally(problem, model, wideFactor * maxError, Math.ceil(localIterations / 2)).model;
  const fromWide = optimiseLocally(problem, wide, maxError, localIterations);
  const direct = optimiseLocally(problem, model, maxError, localIterations);
  return direct.score > fromWide.score ? direct : fromWide;
}

/** Samples until one is free of outliers with the given confidence. */
function samplesNeeded(inlierShare: number, sampleSize: number, confidence: number): number {
  const good = inlierShare ** sampleSize;
  if (good >= 1) return 1;
  return Math.ceil(Math.log(1 - confidence) / Math.log1p(-good));
}

/**
 * Iteratively re-weighted least squares with MAGSAC++ weights from a given model, as long as the score rises.
 * @returns the best model seen, its score and how many residuals are below `maxError`
 */
export function optimiseLocally<Model>(
  problem: RobustProblem<Model>,
  start: Model,
  maxError: number,
  steps: number,
): { model: Model; score: number; inlierCount: number } {
  const residuals = new Float64Array(problem.count);
  const weights = new Float64Array(problem.count);
  residualsOf(problem, start, maxError, residuals);
  let best = { model: start, score: magsacScore(residuals, maxError), inlierCount: countBelow(residuals, maxError) };
  for (let step = 0; step < steps; step++) {
    magsacWeights(residuals, maxError, weights);
    const model = problem.solveWeighted(weights, best.model);
    if (model === null) break;
    residualsOf(problem, model, maxError, residuals);
    const score = magsacScore(residuals, maxError);
    if (!(score > best.score)) break;
    const gained = score - best.score;
    best = { model, score, inlierCount: countBelow(residuals, maxError) };
    // A gain this small moves the model by far less than its own uncertainty.
    if (gained < 1e-6 * score) break;
  }
  return best;
}

/** Squared residuals under a model, infinite where it explains a datum in form only. */
export function residualsOf<Model>(
  problem: RobustProblem<Model>,
  model: Model,
  maxError: number,
  out: Float64Array,
): void {
  problem.squaredResiduals(model, out);
  problem.excludeImpossible?.(model, out, maxError);
}

function countBelow(squaredResiduals: Float64Array, maxError: number): number {
  const bound = maxError * maxError;
  let n = 0;
  for (let i = 0; i < squaredResiduals.length; i++) if (squaredResiduals[i] < bound) n++;
  return n;
}

/**
 * Scale of the noise among the data below `maxError`, from their median: robust, a few outliers among them change little.
 * 0 where there are none.
 * @param medianAtUnitNoise of the problem that the residuals are of
 */
export function noiseScale(squaredResiduals: Float64Array, maxError: number, medianAtUnitNoise: number): number {
  const bound = maxError * maxError;
  const kept = squaredResiduals.filter((r2) => r2 < bound).sort();
  if (kept.length === 0) return 0;
  return Math.sqrt(kept[kept.length >> 1]) / medianAtUnitNoise;
}
