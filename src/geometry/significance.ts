import type { PlanePairs } from './homography-problem.ts';

/**
 * Chance that a wrong match looks like an inlier of a model: the share of inliers after the points of photo 2 have
 * changed partners. Measured on the points themselves, so clusters of points, where anything matches anything, get no
 * credit.
 * @param pairs the matches that had the chance to agree
 * @param squaredResiduals of pairs under the model
 * @param inlierError residual below which a match counts as an inlier, in the unit of the pairs
 * @param even what points spread evenly over the photo would give: the chance is never below it
 */
export function chanceOfInlier(
  pairs: PlanePairs,
  squaredResiduals: (pairs: PlanePairs, out: Float64Array) => void,
  inlierError: number,
  even: number,
): number {
  const { count } = pairs;
  if (count < 2) return Math.min(1, even);
  // Some ten thousand wrong pairs measure a chance of 1 in 1000 well enough.
  const shifts = Math.min(count - 1, Math.ceil(10_000 / count));
  const errors = new Float64Array(count);
  let hits = 0;
  for (let k = 1; k <= shifts; k++) {
    const shift = Math.round((k * count) / (shifts + 1)) || 1;
    squaredResiduals(repartnered(pairs, shift), errors);
    for (let i = 0; i < count; i++) if (errors[i] < inlierError * inlierError) hits++;
  }
  return Math.min(1, Math.max(even, hits / (shifts * count)));
}

function repartnered(pairs: PlanePairs, shift: number): PlanePairs {
  const turn = (values: Float64Array): Float64Array => {
    const turned = new Float64Array(values.length);
    turned.set(values.subarray(shift));
    turned.set(values.subarray(0, shift), values.length - shift);
    return turned;
  };
  return { ...pairs, x2: turn(pairs.x2), y2: turn(pairs.y2), noise2: turn(pairs.noise2) };
}

/** The chance of an error below a bound around a point of an area, for points spread evenly over it. */
export function chanceAroundPoint(inlierError: number, area: number): number {
  return (Math.PI * inlierError * inlierError) / area;
}

/** The chance of an error below a bound to a line through a photo of this area and longer side, for points spread evenly over it. */
export function chanceAlongLine(inlierError: number, area: number, longerSide: number): number {
  return (2 * inlierError * longerSide) / area;
}

/** What a model is determined by: data a sample, and the most models that a sample gives. */
export interface SampleCount {
  readonly size: number;
  readonly models: number;
}

/** Of homographies. */
export const samplesOfFour: SampleCount = { size: 4, models: 1 };

/**
 * log10 of the number of false alarms (Moisan, Moulon & Monasse, "Automatic homographic registration of a pair of images,
 * with a contrario elimination of outliers", IPOL 2012): how many models supported as well as this one are to be expected
 * among wrong matches. log10 of the number of models, one or several for each of the C(n, s) samples, times the chance that
 * `inliers` − s of the other matches in the overlap agree. Below 0 means: not by chance.
 * @param matches n, all matches a model could have been made of
 * @param inOverlap matches that had the chance to agree, inliers included
 * @param chance from {@link chanceOfInlier}
 */
export function logFalseAlarms(
  matches: number,
  inOverlap: number,
  inliers: number,
  chance: number,
  { size, models }: SampleCount = samplesOfFour,
): number {
  if (inliers <= size) return Infinity;
  // Inliers may lie a little beyond the border of the overlap.
  const others = Math.max(inOverlap, inliers) - size;
  return Math.log10(models) + logBinomial(matches, size) + logBinomialTail(others, inliers - size, chance);
}

/** log10 of C(n, k). */
function logBinomial(n: number, k: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += Math.log10((n - i) / (k - i));
  return sum;
}

/** log10 of the chance of at least k successes in n trials. */
function logBinomialTail(n: number, k: number, chance: number): number {
  if (chance >= 1 || k <= n * chance) return 0;
  // Terms fall from k on, as k is above the mean: sum them relative to the first.
  const first = logBinomial(n, k) + k * Math.log10(chance) + (n - k) * Math.log10(1 - chance);
  let sum = 1;
  let term = 1;
  for (let i = k; i < n && term > 1e-12 * sum; i++) {
    term *= ((n - i) / (i + 1)) * (chance / (1 - chance));
    sum += term;
  }
  return Math.min(0, first + Math.log10(sum));
}

/**
 * How many inliers count as independent evidence: those in different cells of the size of the inlier bound, in both
 * photos. Keypoints found at several scales or orientations of one place say the same thing once.
 */
export function independentCount(pairs: PlanePairs, inliers: Uint32Array, inlierError: number): number {
  return Math.min(
    occupiedCells(pairs.x1, pairs.y1, inliers, inlierError),
    occupiedCells(pairs.x2, pairs.y2, inliers, inlierError),
  );
}

function occupiedCells(x: Float64Array, y: Float64Array, indices: Uint32Array, cell: number): number {
  const cells = new Set<number>();
  for (const i of indices) cells.add(Math.floor(x[i] / cell) * 1_048_576 + Math.floor(y[i] / cell));
  return cells.size;
}
