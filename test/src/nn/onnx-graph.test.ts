import { describe, expect, test } from 'vitest';
import type { OnnxGraph } from '../../../src/nn/onnx-graph.ts';
import { encodeOnnxModel } from '../../../src/nn/onnx-graph.ts';
import { createSession, onnxRuntime } from '../../../src/nn/runtime.ts';

const { Tensor } = onnxRuntime();
const open = (graph: OnnxGraph) => createSession(encodeOnnxModel(graph), { provider: 'cpu', threads: 1 });

describe('encodeOnnxModel', () => {
  test('ONNX Runtime loads the bytes and computes what the graph says', async () => {
    const session = await open({
      name: 'convolution',
      inputs: [{ name: 'image', type: 'float32', shape: ['n', 1, 3, 3] }],
      outputs: [
        { name: 'sum', type: 'float32', shape: ['n', 2, 2, 2] },
        { name: 'clipped', type: 'float32', shape: ['n', 2, 2, 2] },
      ],
      initializers: [
        { name: 'weight', type: 'float32', shape: [2, 1, 2, 2], data: Float32Array.of(1, 1, 1, 1, -1, 0, 0, 0.5) },
        { name: 'bias', type: 'float32', shape: [2], data: Float32Array.of(0.25, -300) },
      ],
      nodes: [
        {
          op: 'Conv',
          inputs: ['image', 'weight', 'bias'],
          outputs: ['sum'],
          attributes: { kernel_shape: { ints: [2, 2] }, strides: { ints: [1, 1] }, group: { int: 1 } },
        },
        { op: 'LeakyRelu', inputs: ['sum'], outputs: ['clipped'], attributes: { alpha: { float: 0.125 } } },
      ],
    });
    const image = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), [1, 1, 3, 3]);
    const { sum, clipped } = await session.run({ image });
    expect([...(sum.data as Float32Array)]).toEqual([12.25, 16.25, 24.25, 28.25, -298.5, -299, -300, -300.5]);
    expect([...(clipped.data as Float32Array)].slice(4)).toEqual([-298.5 / 8, -299 / 8, -300 / 8, -300.5 / 8]);
    await session.release();
  });

  test('negative numbers, 64-bit integers, text and tensors as attributes arrive as they are', async () => {
    const session = await open({
      name: 'attributes',
      inputs: [{ name: 'x', type: 'float32', shape: [2, 'length'] }],
      outputs: [{ name: 'y', type: 'float32', shape: [1, 'padded'] }],
      initializers: [{ name: 'pads', type: 'int64', shape: [4], data: BigInt64Array.of(0n, 0n, 0n, -1n) }],
      nodes: [
        {
          op: 'Constant',
          inputs: [],
          outputs: ['axes'],
          attributes: { value: { tensor: { name: '', type: 'int64', shape: [1], data: BigInt64Array.of(-2n) } } },
        },
        { op: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['total'], attributes: { keepdims: { int: 1 } } },
        { op: 'Pad', inputs: ['total', 'pads'], outputs: ['y'], attributes: { mode: { string: 'constant' } } },
      ],
    });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 10, 20, 30), [2, 3]) });
    expect(y.dims).toEqual([1, 2]);
    expect([...(y.data as Float32Array)]).toEqual([11, 22]);
    await session.release();
  });

  test('inputs and outputs keep their names, types and open sizes', async () => {
    const session = await open({
      name: 'types',
      inputs: [{ name: 'größe', type: 'int32', shape: ['batch', 7] }],
      outputs: [{ name: 'out', type: 'float64', shape: ['batch', 7] }],
      initializers: [],
      nodes: [{ op: 'Cast', inputs: ['größe'], outputs: ['out'], attributes: { to: { int: 11 } } }],
    });
    expect(session.inputMetadata).toMatchObject([{ name: 'größe', type: 'int32', shape: ['batch', 7] }]);
    expect(session.outputMetadata).toMatchObject([{ name: 'out', type: 'float64', shape: ['batch', 7] }]);
    await session.release();
  });

  test('a constant whose elements do not fill its shape is refused', () => {
    const weight = { name: 'weight', type: 'float32', shape: [2, 3], data: new Float32Array(5) } as const;
    expect(() => encodeOnnxModel({ name: 'g', inputs: [], outputs: [], initializers: [weight], nodes: [] })).toThrow(
      /weight.*expected 6 elements.*has 5/,
    );
  });
});
