import { patchSide } from '../features/patches.ts';
import type { CandidatePairs } from '../matching/matches.ts';
import type { ModelContract } from './contract.ts';
import type { Model } from './model.ts';
import { requirePatchSide } from '../features/patch-side.ts';

/**
 * Two patches, each in [0, 1] minus its own mean, go in; a raw score, trained towards +1 and −1, comes out.
 * @throws UsageError for a side that no network takes
 */
export function pairContractAt(side: number): ModelContract {
  requirePatchSide(side);
  return {
    inputs: [{ name: 'patches', type: 'float32', shape: ['n', 2, side, side] }],
    outputs: [{ name: 'score', type: 'float32', shape: ['n', 1] }],
  };
}

/** The contract of patches of 64×64. */
export const pairContract = pairContractAt(patchSide);

/** Large enough to use the cores, small enough that a batch's activations stay in the cache. */
const batchSize = 64;

/**
 * Scores each candidate pair by a 2-channel network. Order matters: `f(a, b) ≠ f(b, a)`, so photo 1 and 2 must be in
 * canonical order.
 * @param patches1 patches of photo 1, `side × side` grey values each, indexed by `pairs.index1`
 * @param side 64, or what a network of open sides is to see
 * @returns one raw score a pair
 */
export async function scorePairs(
  model: Pick<Model, 'run'>,
  patches1: Uint8Array,
  patches2: Uint8Array,
  pairs: Pick<CandidatePairs, 'count' | 'index1' | 'index2'>,
  side = patchSide,
): Promise<Float32Array> {
  const pixels = side * side;
  const scores = new Float32Array(pairs.count);
  const buffer = new Float32Array(Math.min(batchSize, pairs.count) * 2 * pixels);
  for (let start = 0; start < pairs.count; start += batchSize) {
    const size = Math.min(batchSize, pairs.count - start);
    for (let i = 0; i < size; i++) {
      centrePatch(patches1, pairs.index1[start + i], pixels, buffer, 2 * i);
      centrePatch(patches2, pairs.index2[start + i], pixels, buffer, 2 * i + 1);
    }
    const data = buffer.subarray(0, size * 2 * pixels);
    const { score } = await model.run({ patches: { data, shape: [size, 2, side, side] } });
    scores.set(score, start);
  }
  return scores;
}

/**
 * Writes patch `index` in [0, 1] minus its own mean as plane `plane` of a network's input.
 * @param white the level that is 1 there
 */
export function centrePatch(
  patches: Uint8Array | Float32Array,
  index: number,
  pixels: number,
  output: Float32Array,
  plane: number,
  white = 255,
): void {
  const from = index * pixels;
  let sum = 0;
  for (let i = from; i < from + pixels; i++) sum += patches[i];
  const mean = sum / pixels;
  const scale = 1 / white;
  for (let i = 0, to = plane * pixels; i < pixels; i++) output[to + i] = (patches[from + i] - mean) * scale;
}
