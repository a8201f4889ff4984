import type { ModelContract } from './contract.ts';
import { centrePatch } from './judge.ts';
import type { Model } from './model.ts';
import { requirePatchSide } from '../features/patch-side.ts';

/**
 * One branch of a siamese network: a patch in [0, 1] minus its own mean goes in, what the network makes of it comes out. Of
 * an `-l2` network this is a descriptor; of the others, what their decision takes two of.
 * @throws UsageError for a side that no network takes
 */
export function branchContract(side: number, length: number): ModelContract {
  requirePatchSide(side);
  return {
    inputs: [{ name: 'patches', type: 'float32', shape: ['n', 1, side, side] }],
    outputs: [{ name: 'descriptor', type: 'float32', shape: ['n', length] }],
  };
}

/** The rest of a siamese network: the features of both patches, one after the other, go in; a raw score comes out. */
export const decisionContract = (length: number): ModelContract => ({
  inputs: [{ name: 'features', type: 'float32', shape: ['n', 2 * length] }],
  outputs: [{ name: 'score', type: 'float32', shape: ['n', 1] }],
});

/** Large enough to use the cores, small enough that a batch's activations stay in the cache. */
const branchBatch = 128;
const decisionBatch = 1024;

/**
 * @param patches `count × side × side` grey values
 * @returns `count × length`, row-major
 */
export async function runBranch(
  model: Model,
  patches: Uint8Array,
  count: number,
  side: number,
  length: number,
): Promise<Float32Array> {
  const pixels = side * side;
  const features = new Float32Array(count * length);
  const buffer = new Float32Array(Math.min(branchBatch, count) * pixels);
  for (let start = 0; start < count; start += branchBatch) {
    const size = Math.min(branchBatch, count - start);
    for (let i = 0; i < size; i++) centrePatch(patches, start + i, pixels, buffer, i);
    const data = buffer.subarray(0, size * pixels);
    const { descriptor } = await model.run({ patches: { data, shape: [size, 1, side, side] } });
    features.set(descriptor, start * length);
  }
  return features;
}

/**
 * Scores pairs of patches by what the branches made of them.
 * @param features1 `length` numbers a patch, indexed by `index1`
 * @returns one raw score a pair
 */
export async function runDecision(
  model: Model,
  features1: Float32Array,
  features2: Float32Array,
  length: number,
  index1: Uint32Array,
  index2: Uint32Array,
): Promise<Float32Array> {
  const scores = new Float32Array(index1.length);
  const buffer = new Float32Array(Math.min(decisionBatch, scores.length) * 2 * length);
  for (let start = 0; start < scores.length; start += decisionBatch) {
    const size = Math.min(decisionBatch, scores.length - start);
    for (let i = 0; i < size; i++) {
      const [a, b] = [index1[start + i], index2[start + i]];
      buffer.set(features1.subarray(a * length, (a + 1) * length), 2 * i * length);
      buffer.set(features2.subarray(b * length, (b + 1) * length), (2 * i + 1) * length);
    }
    const data = buffer.subarray(0, size * 2 * length);
    const { score } = await model.run({ features: { data, shape: [size, 2 * length] } });
    scores.set(score, start);
  }
  return scores;
}
