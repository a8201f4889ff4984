/**
 * The normalised cross-correlation of each pair of patches, −1 … 1: the classical baseline without any invariance but to
 * gain and offset of the grey values. A patch of one grey value correlates with nothing: 0.
 * @param patches grey values, `pixels` each
 */
export function correlatePairs(
  patches: Uint8Array,
  pixels: number,
  index1: Uint32Array,
  index2: Uint32Array,
): Float32Array {
  const scores = new Float32Array(index1.length);
  for (let i = 0; i < scores.length; i++)
    scores[i] = correlation(patches, index1[i] * pixels, index2[i] * pixels, pixels);
  return scores;
}

function correlation(patches: Uint8Array, from1: number, from2: number, pixels: number): number {
  // Sums of squares of 128×128 bytes stay below 2^31.
  let sum1 = 0;
  let sum2 = 0;
  let squares1 = 0;
  let squares2 = 0;
  let products = 0;
  for (let i = 0; i < pixels; i++) {
    const a = patches[from1 + i];
    const b = patches[from2 + i];
    sum1 += a;
    sum2 += b;
    squares1 += a * a;
    squares2 += b * b;
    products += a * b;
  }
  const variance1 = pixels * squares1 - sum1 * sum1;
  const variance2 = pixels * squares2 - sum2 * sum2;
  if (variance1 === 0 || variance2 === 0) return 0;
  return (pixels * products - sum1 * sum2) / Math.sqrt(variance1 * variance2);
}
