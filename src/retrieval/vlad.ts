import { halfSquaresOf, nearestCentre, type Centres } from './k-means.ts';

/** Describes a whole photo by its keypoints' descriptors. */
export interface Aggregator {
  /** Numbers of a global descriptor: centres × dimension. */
  readonly length: number;
  /**
   * A photo's global descriptor: its direction is what counts; the largest element is ±127. All 0 for a photo without
   * keypoints.
   * @param descriptors `count × dimension`, row-major
   */
  aggregate(descriptors: Float32Array): Int8Array;
}

/**
 * VLAD, the vector of locally aggregated descriptors (Jégou, Douze, Schmid & Pérez, "Aggregating local descriptors into
 * a compact image representation", CVPR 2010): for each centre the sum of the differences to it of the descriptors
 * nearest to it. Each centre's sum is made a unit vector (intra-normalisation: Arandjelović & Zisserman, "All about
 * VLAD", CVPR 2013), so that a wall of equal windows counts once. Bytes suffice: on five scenes rounding changes no
 * recall by more than 0.2 points.
 *
 * Measured on those scenes (86 photos, 480 verified pairs of 3655; recall with 8 %, 15 % and 25 % of the comparisons):
 * 50.8, 79.5, 100; without normalisation 48.6, 76.4, 98.5; signed square root instead 49.0, 77.2, 99.7, both 50.2,
 * 79.1, 100; soft assignment to three centres 47.6, 74.1, 100. Twice the centres, or local descriptors in 64 or 32
 * dimensions by PCA, give the same within two points; whitening them loses up to six with 15 %.
 */
export function createAggregator(centres: Centres): Aggregator {
  const { count, dimension, values } = centres;
  const halfSquares = halfSquaresOf(centres);
  const length = count * dimension;
  return {
    length,
    aggregate(descriptors) {
      const sums = new Float64Array(length);
      for (let at = 0; at + dimension <= descriptors.length; at += dimension) {
        const c = nearestCentre(descriptors, at, centres, halfSquares) * dimension;
        for (let d = 0; d < dimension; d++) sums[c + d] += descriptors[at + d] - values[c + d];
      }
      for (let c = 0; c < length; c += dimension) normalise(sums.subarray(c, c + dimension));
      return toBytes(sums);
    },
  };
}

function normalise(vector: Float64Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  // Descriptors that all lie on their centre differ from it by rounding only.
  if (norm < 1e-6) vector.fill(0);
  else vector.forEach((value, d) => (vector[d] = value / norm));
}

function toBytes(vector: Float64Array): Int8Array {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0 ? new Int8Array(vector.length) : Int8Array.from(vector, (v) => Math.round((127 * v) / largest));
}
