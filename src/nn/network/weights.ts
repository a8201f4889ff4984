import { UsageError } from '../../errors.ts';
import type { OperationOf, Program } from './program.ts';
import type { ParameterShape } from './shapes.ts';
import { batchEpsilon } from './epsilons.ts';

/** Tensors of a network by name, laid out as `ParameterShape` says. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * The tensor of a parameter.
 * @throws UsageError that names `source` (a file or network) where the tensor is missing or has another size
 */
export function takeWeights(source: string, weights: Weights, { name, shape }: ParameterShape): Float32Array {
  const data = weights.get(name);
  if (!data) throw new UsageError(`${source}: expected weights ${name} [${shape.join(', ')}] but there are none`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count) {
    throw new UsageError(
      `${source}: expected weights ${name} [${shape.join(', ')}], ${count} numbers, but there are ${data.length}`,
    );
  }
  return data;
}

type Kernel = Pick<OperationOf<'convolution'>, 'size' | 'filters'> & { readonly channels: number };

/** Weights of a convolution from [row, column, channel, filter], as training has them, to ONNX's [filter, channel, row, column]. */
export function toOnnxKernel(weights: Float32Array, { size, filters, channels }: Kernel): Float32Array {
  const positions = size * size;
  const kernel = new Float32Array(weights.length);
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) {
        kernel[(f * channels + c) * positions + p] = weights[(p * channels + c) * filters + f];
      }
    }
  }
  return kernel;
}

/** The inverse of `toOnnxKernel`. */
export function fromOnnxKernel(kernel: Float32Array, { size, filters, channels }: Kernel): Float32Array {
  const positions = size * size;
  const weights = new Float32Array(kernel.length);
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) {
        weights[(p * channels + c) * filters + f] = kernel[(f * channels + c) * positions + p];
      }
    }
  }
  return weights;
}

/**
 * Folds batch normalisation into the layers before it, for the same network compiled without it:
 * gain · (w·x − mean) / √(variance + ε) + shift is again a layer with weights and biases.
 * @param program compiled with `batchNormalise`
 * @param weights with `<name>.gain` and `<name>.shift` of each normalisation
 * @param statistics running `<name>.mean` and `<name>.variance` of each normalisation
 * @returns new tensors; those not normalised as they are
 * @throws UsageError where a tensor is missing
 */
export function foldBatchNormalisation(
  program: Program,
  weights: Weights,
  statistics: Weights,
): Map<string, Float32Array> {
  const folded = new Map(weights);
  // Branches that share weights are one operation, so each name comes once.
  for (const operation of program) {
    if (operation.kind !== 'batchNormalise') continue;
    const { name } = operation;
    const channels = demandWeights('batch normalisation', weights, `${name}.gain`).length;
    const channelTensor = (tensors: Weights, part: string): Float32Array =>
      takeWeights('batch normalisation', tensors, { name: `${name}.${part}`, shape: [channels], fanIn: 0 });
    const [gain, shift] = ['gain', 'shift'].map((part) => channelTensor(weights, part));
    const [mean, variance] = ['mean', 'variance'].map((part) => channelTensor(statistics, part));
    const factor = Float64Array.from(gain, (g, c) => g / Math.sqrt(variance[c] + batchEpsilon));
    folded.set(
      `${name}.weight`,
      demandWeights('batch normalisation', weights, `${name}.weight`).map((w, i) => w * factor[i % channels]),
    );
    folded.set(
      `${name}.bias`,
      shift.map((value, c) => value - mean[c] * factor[c]),
    );
    folded.delete(`${name}.gain`);
    folded.delete(`${name}.shift`);
  }
  return folded;
}

/**
 * The tensor of a name, whatever its size.
 * @throws UsageError that names `source` (a file, network or step) where there is none
 */
export function demandWeights(source: string, weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  if (!data) throw new UsageError(`${source}: expected weights ${name} but there are none`);
  return data;
}
