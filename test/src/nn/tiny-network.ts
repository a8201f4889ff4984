import type { OnnxDimension } from '../../../src/nn/onnx-graph.ts';
import { encodeOnnxModel } from '../../../src/nn/onnx-graph.ts';

/** The bytes of a network that averages its input over all but the first dimension. */
export function averagingNetwork(options: {
  readonly input?: string;
  readonly shape: readonly OnnxDimension[];
  readonly output?: string;
  readonly extraInput?: boolean;
}): Uint8Array {
  const { input = 'patches', shape, output = 'score', extraInput = false } = options;
  const type = 'float32' as const;
  return encodeOnnxModel({
    name: 'average',
    inputs: [{ name: input, type, shape }, ...(extraInput ? [{ name: 'weight', type, shape: ['n', 1] }] : [])],
    outputs: [{ name: output, type, shape: ['n', 1] }],
    initializers: [],
    nodes: [
      { op: 'Flatten', inputs: [input], outputs: ['flat'], attributes: { axis: { int: 1 } } },
      { op: 'ReduceMean', inputs: ['flat'], outputs: ['mean'], attributes: { axes: { ints: [1] } } },
      extraInput
        ? { op: 'Mul', inputs: ['mean', 'weight'], outputs: [output] }
        : { op: 'Identity', inputs: ['mean'], outputs: [output] },
    ],
  });
}
