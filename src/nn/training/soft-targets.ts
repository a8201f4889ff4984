/** How a teacher's scores become what a network in training is to say. */
export interface Teaching {
  /** Weight of the teacher against the truth, 0 … 1. */
  readonly share: number;
  /** What its scores are multiplied by before the softmax. */
  readonly sharpness: number;
}

/** Sharpness for scores that are minus a distance of unit vectors: they differ by tenths where others differ by ones. */
export const distanceSharpness = 10;

/**
 * The share of each pair in its group, the first of which is true: partly the truth, partly the softmax of the teacher's
 * scores (distillation: Hinton et al. 2015).
 * @param scores of the teacher, group after group
 */
export function softTargets(scores: Float32Array, groupSize: number, { share, sharpness }: Teaching): Float32Array {
  const targets = new Float32Array(scores.length);
  for (let first = 0; first < scores.length; first += groupSize) {
    const group = scores.subarray(first, first + groupSize);
    const most = Math.max(...group);
    const exponentials = Array.from(group, (score) => Math.exp(sharpness * (score - most)));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    exponentials.forEach((value, i) => (targets[first + i] = (share * value) / total + (i === 0 ? 1 - share : 0)));
  }
  return targets;
}
