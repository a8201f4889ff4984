/** Two patches to score: keypoint `index1[i]` of photo 1 with keypoint `index2[i]` of photo 2 (canonical order). */
export interface CandidatePairs {
  readonly count: number;
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  /** Dot product of the two unit descriptors, in [−1, 1]. */
  readonly similarity: Float32Array;
}

/**
 * Candidate pairs that survived selection. Photo 1 and 2 are in canonical order (by content hash), best first.
 * `x2 = keypoints2.x[index2] + offset2[2i]`.
 */
export interface Matches {
  readonly count: number;
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  /** What the network said (raw; trained towards +1 and −1). */
  readonly score: Float32Array;
  /** Calibrated chance that the match is right, in [0, 1]. */
  readonly probability: Float32Array;
  /** Refinement of the place in photo 2, px: dx, dy a match. */
  readonly offset2: Float32Array;
}
