import { mineTask, type MiningTask } from '../src/dataset/mine.ts';
import type { PatchIndex } from '../src/dataset/patch-index.ts';
import type { Anchors } from '../src/dataset/patch-set.ts';
import type { PlacedPatches } from '../src/dataset/wrong-patch.ts';
import { describePatches } from '../src/nn/descriptor.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface DescribeSetPatchesInput {
  /** n 64×64 patches, on shared memory. */
  readonly patches: Uint8Array;
  /** n descriptors, on shared memory: written here. */
  readonly descriptors: Float32Array;
}

/** Describes some patches of a set. */
export async function describeSetPatches(
  { patches, descriptors }: DescribeSetPatchesInput,
  resources: WorkerResources,
): Promise<void> {
  descriptors.set(await describePatches(await resources.descriptor(), patches, patches.length / 4096));
}

export interface MineAnchorsInput {
  /** All over shared memory. */
  readonly set: PlacedPatches;
  readonly index: PatchIndex;
  readonly descriptors: Float32Array;
  readonly task: MiningTask;
  readonly perAnchor: number;
}

/** Finds the nearest wrong patches for the anchors of a task. */
export async function mineAnchors(
  { set, index, descriptors, task, perAnchor }: MineAnchorsInput,
  resources: WorkerResources,
): Promise<Anchors> {
  return mineTask(set, index, descriptors, task, perAnchor, await resources.shortlister());
}
