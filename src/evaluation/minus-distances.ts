/**
 * Scores of pairs by descriptors: minus their Euclidean distances.
 * @param descriptors row-major, `length` numbers each
 * @param index1 descriptor numbers, one a pair
 */
export function minusDistances(
  descriptors: Float32Array,
  length: number,
  index1: Uint32Array,
  index2: Uint32Array,
): Float32Array {
  const scores = new Float32Array(index1.length);
  for (let i = 0; i < scores.length; i++) {
    const [a, b] = [index1[i] * length, index2[i] * length];
    let sum = 0;
    for (let k = 0; k < length; k++) sum += (descriptors[a + k] - descriptors[b + k]) ** 2;
    scores[i] = -Math.sqrt(sum);
  }
  return scores;
}
