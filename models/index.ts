import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../src/errors.ts';
import type { ModelContract } from '../src/nn/contract.ts';
import type { NetworkDefinition } from '../src/nn/network/definition.ts';
import { partContract } from '../src/nn/network/inference.ts';
import { packageRoot } from '../src/package-root.ts';
import { definitions } from './definitions.ts';

interface NetworkFacts {
  readonly definition: NetworkDefinition;
  /** Name of the weights in the package's `models` folder: the file that sees patches. */
  readonly file: string;
  /** What that file takes and gives. */
  readonly contract: ModelContract;
  /** Name of the model card beside them. */
  readonly card: string;
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
  /** Of a siamese network, whose `file` is the branch: what decides on two of its results. */
  readonly decisionFile: string | null;
}

export type Network = DescriptorNetwork | PairNetwork;

/** The networks whose weights are shipped with Tessera. Each has a model card. */
export const networks = {
  descriptor: {
    kind: 'descriptor',
    definition: definitions.descriptor,
    file: 'descriptor.onnx',
    contract: partContract(definitions.descriptor, 'branch'),
    card: 'descriptor.md',
    patchScale: 6,
  },
  '2ch': {
    kind: 'pair',
    definition: definitions['2ch'],
    file: '2ch.onnx',
    decisionFile: null,
    contract: partContract(definitions['2ch'], 'pairs'),
    card: '2ch.md',
    patchScale: 6,
  },
  '2ch-2stream': {
    kind: 'pair',
    definition: definitions['2ch-2stream'],
    file: '2ch-2stream.onnx',
    decisionFile: null,
    contract: partContract(definitions['2ch-2stream'], 'pairs'),
    card: '2ch-2stream.md',
    patchScale: 6,
  },
  '2ch-2stream-spp': {
    kind: 'pair',
    definition: definitions['2ch-2stream-spp'],
    file: '2ch-2stream-spp.onnx',
    decisionFile: null,
    contract: partContract(definitions['2ch-2stream-spp'], 'pairs'),
    card: '2ch-2stream-spp.md',
    patchScale: 6,
  },
} as const satisfies Record<string, Network>;

export type NetworkName = keyof typeof networks;

/** The table's entry for a name, or for a user's own file: that of the network whose contract it must follow. */
export function networkFor<K extends Network['kind']>(nameOrFile: string, kind: K): Extract<Network, { kind: K }> {
  const named = isShipped(nameOrFile) ? networks[nameOrFile] : null;
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
 * Where the weights of a shipped network lie, or the user's own ONNX file: what sees the patches.
 * @param nameOrFile a name of `networks` or the path of a file
 * @throws UsageError where it is neither
 */
export function modelPath(nameOrFile: string): string {
  if (isShipped(nameOrFile)) return shippedPath(networks[nameOrFile].file);
  const path = resolve(nameOrFile);
  if (existsSync(path)) return path;
  const shipped = Object.keys(networks).join(', ');
  throw new UsageError(
    Object.hasOwn(definitions, nameOrFile)
      ? `the weights of ${nameOrFile} are not shipped (${shipped} are): train it with "tessera train ${nameOrFile}" and name the file`
      : `expected the name of a model (${shipped}) or an ONNX file but there is no file ${nameOrFile}`,
  );
}

/**
 * All files of a network: one; or of a siamese network in two files the branch, and what decides on two of its results.
 * @param nameOrFiles a name of `networks`, the path of a file, or two paths as `branch.onnx+decision.onnx`
 * @throws UsageError where it is none of these
 */
export function modelFiles(nameOrFiles: string): string[] {
  if (isShipped(nameOrFiles)) {
    const network: Network = networks[nameOrFiles];
    const decision = network.kind === 'pair' ? network.decisionFile : null;
    return [network.file, ...(decision === null ? [] : [decision])].map(shippedPath);
  }
  const files = nameOrFiles.split('+');
  return files.length === 2 && !existsSync(nameOrFiles) ? files.map(modelPath) : [modelPath(nameOrFiles)];
}

function isShipped(name: string): name is NetworkName {
  return Object.hasOwn(networks, name);
}

function shippedPath(file: string): string {
  return join(packageRoot().folder, 'models', file);
}
