import { UsageError } from '../errors.ts';
import { patchSide } from '../features/patches.ts';
import type { TensorDescription } from '../nn/contract.ts';
import type { SiftNorm } from './classical/sift.ts';

/** How the pairs of a benchmark are scored. */
export type PatchMethod =
  | { readonly kind: 'ncc' }
  | { readonly kind: 'sift'; readonly norm: SiftNorm }
  /** A network that sees both patches at once. */
  | { readonly kind: 'pair'; readonly file: string }
  /** The shortlist's network: describes 64×64 patches averaged 2×2. */
  | { readonly kind: 'descriptor'; readonly file: string }
  /** A branch whose features are compared by distance. */
  | { readonly kind: 'branch'; readonly file: string; readonly length: number }
  /** A siamese network in two files. */
  | { readonly kind: 'siamese'; readonly branch: string; readonly decision: string; readonly length: number };

/** Baselines that need no file. */
export const classicalMethods = {
  sift: { kind: 'sift', norm: 'l2' },
  rootsift: { kind: 'sift', norm: 'root' },
  ncc: { kind: 'ncc' },
} as const satisfies Record<string, PatchMethod>;

/** Methods that run a network. */
export type NetworkMethod = Exclude<PatchMethod, { kind: 'ncc' | 'sift' }>;

export function runsNetwork(method: PatchMethod): method is NetworkMethod {
  return method.kind !== 'ncc' && method.kind !== 'sift';
}

/** Methods whose score of (a, b) is that of (b, a). */
export function isSymmetric({ kind }: PatchMethod): boolean {
  return kind !== 'pair' && kind !== 'siamese';
}

/** Methods that describe each patch once and compare descriptions. */
export type DescribingMethod = Exclude<PatchMethod, { kind: 'ncc' | 'pair' }>;

export function describesPatches(method: PatchMethod): method is DescribingMethod {
  return method.kind !== 'ncc' && method.kind !== 'pair';
}

/** What a model file takes and gives. */
export interface InspectedModel {
  readonly file: string;
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
}

/**
 * How a model scores patches, told by what it takes and gives.
 * @param decision of a siamese network in two files: what decides on the features of the first
 * @param side of the patches it is to see
 * @throws UsageError where it is no network of patches, or takes those of another side
 */
export function methodOf(model: InspectedModel, decision: InspectedModel | null, side: number): PatchMethod {
  const { file } = model;
  const patches = model.inputs.find(({ name }) => name === 'patches');
  const output = model.outputs.find(({ name }) => name === 'score' || name === 'descriptor');
  const [, channels, height, width] = patches?.shape ?? [];
  if (patches?.shape.length !== 4 || output?.shape.length !== 2) throw notOfPatches(model);
  if (channels === 2 && output.name === 'score' && decision === null) {
    requireSide(file, [height, width], side);
    return { kind: 'pair', file };
  }
  const length = output.shape[1];
  if (channels !== 1 || output.name !== 'descriptor' || typeof length !== 'number') throw notOfPatches(model);
  if (height === patchSide / 2 && decision === null) {
    // Its callers halve the patch.
    requireSide(file, [patchSide, patchSide], side);
    return { kind: 'descriptor', file };
  }
  requireSide(file, [height, width], side);
  if (decision === null) return { kind: 'branch', file, length };
  const features = decision.inputs.find(({ name }) => name === 'features')?.shape[1];
  if (features !== 2 * length) {
    throw new UsageError(
      `${decision.file}: expected what decides on the features of two patches, 2 · ${length} numbers of ${file}, but it takes ${describe(decision.inputs)}`,
    );
  }
  return { kind: 'siamese', branch: file, decision: decision.file, length };
}

function requireSide(file: string, sides: readonly (number | string | undefined)[], side: number): void {
  if (sides.every((size) => typeof size !== 'number' || size === side)) return;
  throw new UsageError(
    `${file} takes patches of ${sides.join('×')} only; patches of ${side}×${side} need another network`,
  );
}

function notOfPatches({ file, inputs, outputs }: InspectedModel): UsageError {
  return new UsageError(
    `${file}: expected a network that takes patches [n,2,side,side] and gives score [n,1], or takes patches [n,1,side,side] and gives descriptor [n,length], ` +
      `but it takes ${describe(inputs)} and gives ${describe(outputs)}`,
  );
}

function describe(tensors: readonly TensorDescription[]): string {
  return tensors.map(({ name, shape }) => `${name} [${shape.join(',')}]`).join(', ') || 'nothing';
}
