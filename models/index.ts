import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../src/errors.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import type { ModelContract } from '../src/nn/contract.ts';
import { descriptorContract } from '../src/nn/descriptor.ts';
import { pairContract } from '../src/nn/judge.ts';
import { packageRoot } from '../src/package-root.ts';

interface NetworkFacts {
  /** Name of the weights in the package's `models` folder. */
  readonly file: string;
  /** Name of the model card beside them. */
  readonly card: string;
  readonly contract: ModelContract;
  /** Pixels of a side of the patches it was trained on. */
  readonly patchSide: number;
  /** k of the patch frame it was trained on: the patch covers k keypoint sizes. */
  readonly patchScale: number;
}

/** Describes a patch by a unit vector: chooses the candidates. */
export interface DescriptorNetwork extends NetworkFacts {
  readonly kind: 'descriptor';
}

/** Scores a pair of patches: judges the candidates. */
export interface PairNetwork extends NetworkFacts {
  readonly kind: 'pair';
  /** What its scores mean behind the shortlist of the descriptor network. */
  readonly matchCalibration: MatchCalibration;
}

export type Network = DescriptorNetwork | PairNetwork;

/** The networks shipped with Tessera. Each has a model card of the same name. */
export const networks = {
  descriptor: {
    kind: 'descriptor',
    file: 'descriptor.onnx',
    card: 'descriptor.md',
    contract: descriptorContract,
    patchSide: 64,
    patchScale: 6,
  },
  '2ch': {
    kind: 'pair',
    file: '2ch.onnx',
    card: '2ch.md',
    contract: pairContract,
    patchSide: 64,
    patchScale: 6,
    // Fitted on warped photographs; among what it does not reject, its score adds nothing to the descriptor's ranking.
    matchCalibration: { bias: 4.82, score: 0, similarity: 3.81, ratio: -9.09, minScore: -0.75 },
  },
} as const satisfies Record<string, Network>;

export type NetworkName = keyof typeof networks;

/** The table's entry for a name, or for a user's own file: that of the network whose contract it must follow. */
export function networkFor<K extends Network['kind']>(nameOrFile: string, kind: K): Extract<Network, { kind: K }> {
  const named = Object.hasOwn(networks, nameOrFile) ? networks[nameOrFile as NetworkName] : null;
  const network: Network = named ?? (kind === 'pair' ? networks['2ch'] : networks.descriptor);
  if (network.kind !== kind) {
    const names = Object.entries(networks).filter(([, { kind: other }]) => other === kind);
    throw new UsageError(
      `expected a ${kind} network but ${nameOrFile} is a ${network.kind} network; there are: ${names.map(([name]) => name).join(', ')}`,
    );
  }
  return network as Extract<Network, { kind: K }>;
}

/**
 * Where the weights of a shipped network lie, or the user's own ONNX file.
 * @param nameOrFile a name of `networks` or the path of a file
 * @throws UsageError where it is neither
 */
export function modelPath(nameOrFile: string): string {
  if (Object.hasOwn(networks, nameOrFile)) {
    return join(packageRoot().folder, 'models', networks[nameOrFile as NetworkName].file);
  }
  const path = resolve(nameOrFile);
  if (existsSync(path)) return path;
  throw new UsageError(
    `expected the name of a model (${Object.keys(networks).join(', ')}) or an ONNX file but there is no file ${nameOrFile}`,
  );
}
