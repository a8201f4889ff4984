import { halvePatches, patchSide } from '../features/patches.ts';
import type { ModelContract } from './contract.ts';
import type { Model } from './model.ts';

/** Numbers in one descriptor. */
export const descriptorLength = 128;

/** Patches of 32×32 in [0, 1] go in; unit vectors come out, to be compared by dot product. */
export const descriptorContract: ModelContract = {
  inputs: [{ name: 'patches', type: 'float32', shape: ['n', 1, 32, 32] }],
  outputs: [{ name: 'descriptor', type: 'float32', shape: ['n', descriptorLength] }],
};

/** Large enough to use the cores, small enough that a batch's activations stay in the cache. */
const batchSize = 128;

/**
 * Describes each patch by a unit vector.
 * @param patches `count × 64 × 64` grey values
 * @returns `count × 128`, row-major
 */
export async function describePatches(model: Model, patches: Uint8Array, count: number): Promise<Float32Array> {
  const pixels = patchSide * patchSide;
  const descriptors = new Float32Array(count * descriptorLength);
  for (let start = 0; start < count; start += batchSize) {
    const size = Math.min(batchSize, count - start);
    const data = halvePatches(patches.subarray(start * pixels, (start + size) * pixels));
    const { descriptor } = await model.run({ patches: { data, shape: [size, 1, patchSide / 2, patchSide / 2] } });
    descriptors.set(descriptor, start * descriptorLength);
  }
  return descriptors;
}
