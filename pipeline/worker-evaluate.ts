import { correlatePairs } from '../src/evaluation/classical/ncc.ts';
import { siftDescriptors } from '../src/evaluation/classical/sift.ts';
import type { DescribingMethod, InspectedModel, NetworkMethod, PatchMethod } from '../src/evaluation/patch-method.ts';
import { branchContract, decisionContract, runBranch, runDecision } from '../src/nn/branch.ts';
import { descriptorContract, describePatches } from '../src/nn/descriptor.ts';
import { pairContractAt, scorePairs } from '../src/nn/judge.ts';
import { inspectModel, type Model } from '../src/nn/model.ts';
import { share } from './shared-memory.ts';
import type { WorkerResources } from './worker-resources.ts';

/** Tells what a model file takes and gives. */
export async function inspectPatchModel(file: string): Promise<InspectedModel> {
  return { file, ...(await inspectModel(file)) };
}

export interface DescribePatchRangeInput {
  readonly method: DescribingMethod;
  /** Over shared memory. */
  readonly patches: Uint8Array;
  readonly side: number;
  /** Which patches: from the first to before the last. */
  readonly from: number;
  readonly to: number;
}

/** Describes some patches of a benchmark, row-major, over shared memory. */
export async function describePatchRange(
  { method, patches, side, from, to }: DescribePatchRangeInput,
  resources: WorkerResources,
): Promise<Float32Array> {
  const pixels = side * side;
  const range = patches.subarray(from * pixels, to * pixels);
  const count = to - from;
  switch (method.kind) {
    case 'sift':
      return share(siftDescriptors(range, count, side, method.norm));
    case 'descriptor':
      return share(await describePatches(await openNetwork(method, side, resources), range, count));
    case 'branch':
    case 'siamese':
      return share(await runBranch(await openNetwork(method, side, resources), range, count, side, method.length));
  }
}

export interface ScorePatchPairsInput {
  readonly method: Extract<PatchMethod, { kind: 'ncc' | 'pair' }>;
  readonly patches: Uint8Array;
  readonly side: number;
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
}

/** Scores some pairs of a benchmark from their pixels. */
export async function scorePatchPairs(
  { method, patches, side, index1, index2 }: ScorePatchPairsInput,
  resources: WorkerResources,
): Promise<Float32Array> {
  if (method.kind === 'ncc') return correlatePairs(patches, side * side, index1, index2);
  const model = await openNetwork(method, side, resources);
  return scorePairs(model, patches, patches, { count: index1.length, index1, index2 }, side);
}

export interface DecidePatchPairsInput {
  readonly method: Extract<PatchMethod, { kind: 'siamese' }>;
  /** Of all patches, over shared memory. */
  readonly features: Float32Array;
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
}

/** Scores some pairs of a benchmark from what a siamese network's branch made of their patches. */
export async function decidePatchPairs(
  { method, features, index1, index2 }: DecidePatchPairsInput,
  resources: WorkerResources,
): Promise<Float32Array> {
  const model = await resources.network(method.decision, decisionContract(method.length));
  return runDecision(model, features, features, method.length, index1, index2);
}

/** Where a network really computes, and why not where it was asked to. */
export async function describePatchDevice(
  { method, side }: { readonly method: NetworkMethod; readonly side: number },
  resources: WorkerResources,
): Promise<{ provider: string; fallbackReason: string | null }> {
  const { provider, fallbackReason } = await openNetwork(method, side, resources);
  return { provider, fallbackReason };
}

/** The network that sees the patches. */
function openNetwork(method: NetworkMethod, side: number, { network }: WorkerResources): Promise<Model> {
  switch (method.kind) {
    case 'pair':
      return network(method.file, pairContractAt(side));
    case 'descriptor':
      return network(method.file, descriptorContract);
    case 'branch':
      return network(method.file, branchContract(side, method.length));
    case 'siamese':
      return network(method.branch, branchContract(side, method.length));
  }
}
