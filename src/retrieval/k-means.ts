import { createRandom, type Random } from '../math/random.ts';

/** Centres of clusters, `count × dimension`, row-major. */
export interface Centres {
  readonly count: number;
  readonly dimension: number;
  readonly values: Float32Array;
}

export interface KMeansOptions {
  /** Clusters, at most: fewer where there are fewer different rows. */
  readonly clusters: number;
  /** Rounds of Lloyd's algorithm, at most; it ends earlier where no row changes its cluster. */
  readonly rounds: number;
  readonly seed: number;
}

/**
 * Clusters rows by k-means: Lloyd's algorithm from seeds chosen by k-means++ (Arthur & Vassilvitskii, "k-means++: the
 * advantages of careful seeding", SODA 2007). The same rows and seed give the same centres.
 * @param rows `n × dimension`, row-major, finite
 */
export function kMeans(rows: Float32Array, dimension: number, options: KMeansOptions): Centres {
  const count = rows.length / dimension;
  const centres = seedCentres(rows, dimension, options.clusters, createRandom(options.seed));
  const nearest = new Int32Array(count).fill(-1);
  for (let round = 0; round < options.rounds; round++) {
    if (!assignRows(rows, centres, nearest)) break;
    moveCentres(rows, centres, nearest);
  }
  return centres;
}

/** The centre nearest to the row that starts at `offset`, by half squared lengths of the centres. */
export function nearestCentre(rows: Float32Array, offset: number, centres: Centres, halfSquares: Float64Array): number {
  const { count, dimension, values } = centres;
  let best = 0;
  let most = -Infinity;
  for (let k = 0, c = 0; k < count; k++, c += dimension) {
    // |x − c|² = |x|² − 2 (x·c − |c|²/2): the nearest has the largest bracket.
    let product = -halfSquares[k];
    for (let d = 0; d < dimension; d++) product += rows[offset + d] * values[c + d];
    if (product > most) {
      most = product;
      best = k;
    }
  }
  return best;
}

/** |c|²/2 of each centre, as `nearestCentre` takes them. */
export function halfSquaresOf({ count, dimension, values }: Centres): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => {
    let sum = 0;
    for (let d = k * dimension; d < (k + 1) * dimension; d++) sum += values[d] * values[d];
    return sum / 2;
  });
}

/** Each next seed is a row drawn with a chance in proportion to its squared distance from the seeds so far. */
function seedCentres(rows: Float32Array, dimension: number, clusters: number, random: Random): Centres {
  const count = rows.length / dimension;
  const values = new Float32Array(Math.min(clusters, count) * dimension);
  const distance = new Float64Array(count).fill(Infinity);
  let found = 0;
  let next = count === 0 ? -1 : random.integer(count);
  while (next >= 0 && found < clusters) {
    values.set(rows.subarray(next * dimension, (next + 1) * dimension), found * dimension);
    const sum = shortenDistances(rows, dimension, values, found, distance);
    found++;
    next = sum > 0 ? drawRow(distance, random.next() * sum) : -1;
  }
  return { count: found, dimension, values: values.slice(0, found * dimension) };
}

/** @returns the sum of squared distances of all rows from their nearest seed */
function shortenDistances(
  rows: Float32Array,
  dimension: number,
  seeds: Float32Array,
  newest: number,
  distance: Float64Array,
): number {
  const c = newest * dimension;
  let sum = 0;
  for (let i = 0, r = 0; i < distance.length; i++, r += dimension) {
    let squared = 0;
    for (let d = 0; d < dimension; d++) {
      const difference = rows[r + d] - seeds[c + d];
      squared += difference * difference;
    }
    if (squared < distance[i]) distance[i] = squared;
    sum += distance[i];
  }
  return sum;
}

function drawRow(weights: Float64Array, target: number): number {
  let left = target;
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return last;
}

/** @returns whether any row changed its cluster */
function assignRows(rows: Float32Array, centres: Centres, nearest: Int32Array): boolean {
  const halfSquares = halfSquaresOf(centres);
  let hasChanged = false;
  for (let i = 0; i < nearest.length; i++) {
    const k = nearestCentre(rows, i * centres.dimension, centres, halfSquares);
    if (k !== nearest[i]) hasChanged = true;
    nearest[i] = k;
  }
  return hasChanged;
}

/** Centres without rows stay where they are. */
function moveCentres(rows: Float32Array, { count, dimension, values }: Centres, nearest: Int32Array): void {
  const sums = new Float64Array(count * dimension);
  const members = new Uint32Array(count);
  nearest.forEach((k, i) => {
    members[k]++;
    for (let d = 0; d < dimension; d++) sums[k * dimension + d] += rows[i * dimension + d];
  });
  for (let k = 0; k < count; k++) {
    if (members[k] === 0) continue;
    for (let d = k * dimension; d < (k + 1) * dimension; d++) values[d] = sums[d] / members[k];
  }
}
