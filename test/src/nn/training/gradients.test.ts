import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/math/random.ts';
import type { Operation, OperationKind, OperationOf } from '../../../../src/nn/network/program.ts';
import { parametersOfOperation } from '../../../../src/nn/network/shapes.ts';
import { rules, type Rule } from '../../../../src/nn/training/rules.ts';
import { referenceOperation, type Maps } from '../network/reference.ts';
import { countOf, differences, expectClose, normalNumbers, runGraph, spacedNumbers, type Feed } from './run-graph.ts';

interface Case<O extends Operation> {
  readonly title: string;
  readonly operation: O;
  /** As the rules take them: maps [n, height, width, channels], vectors [n, length]. */
  readonly inputs: readonly (readonly number[])[];
}

const convolution = (size: number, stride = 1, padding = 0, bias = true): OperationOf<'convolution'> => ({
  kind: 'convolution',
  name: '1',
  filters: 3,
  size,
  stride,
  padding,
  bias,
  inputs: [0],
});
const inputs = [0];

/** A new kind of operation does not compile without a case here. */
const cases: { readonly [K in OperationKind]: readonly Case<OperationOf<K>>[] } = {
  input: [{ title: 'of two channels', operation: { kind: 'input', channels: 2, inputs: [] }, inputs: [[3, 2, 4, 4]] }],
  standardise: [{ title: 'of two channels', operation: { kind: 'standardise', inputs }, inputs: [[3, 4, 4, 2]] }],
  unpair: [{ title: 'of pictures', operation: { kind: 'unpair', inputs }, inputs: [[3, 4, 4, 2]] }],
  pair: [{ title: 'of vectors', operation: { kind: 'pair', inputs }, inputs: [[6, 5]] }],
  channel: [
    { title: 'the first', operation: { kind: 'channel', index: 0, inputs }, inputs: [[3, 4, 4, 2]] },
    { title: 'the second', operation: { kind: 'channel', index: 1, inputs }, inputs: [[3, 4, 4, 2]] },
  ],
  view: [
    { title: 'central', operation: { kind: 'view', view: 'central', inputs }, inputs: [[2, 8, 8, 2]] },
    {
      title: 'central, of a side that 4 does not divide',
      operation: { kind: 'view', view: 'central', inputs },
      inputs: [[2, 6, 6, 2]],
    },
    { title: 'surround', operation: { kind: 'view', view: 'surround', inputs }, inputs: [[2, 6, 6, 2]] },
  ],
  convolution: [
    { title: '1×1', operation: convolution(1), inputs: [[2, 3, 3, 4]] },
    { title: '3×3', operation: convolution(3), inputs: [[2, 5, 5, 2]] },
    { title: '3×3, padded', operation: convolution(3, 1, 1), inputs: [[2, 4, 4, 2]] },
    { title: '3×3 by steps of 2 that meet the border', operation: convolution(3, 2), inputs: [[2, 7, 7, 2]] },
    { title: '3×3 by steps of 2 that leave a column over', operation: convolution(3, 2), inputs: [[2, 6, 6, 2]] },
    { title: '3×3 by steps of 2, padded', operation: convolution(3, 2, 1), inputs: [[2, 6, 6, 2]] },
    { title: '2×2 by steps of 3, which skip pixels', operation: convolution(2, 3), inputs: [[2, 8, 8, 2]] },
    { title: '5×5, padded by 2, of a smaller map', operation: convolution(5, 1, 2), inputs: [[2, 4, 4, 2]] },
    { title: 'as large as its map', operation: convolution(4), inputs: [[2, 4, 4, 2]] },
    { title: 'of a map that is not square', operation: convolution(3, 2, 1), inputs: [[2, 5, 8, 2]] },
    { title: 'without bias', operation: convolution(3, 1, 0, false), inputs: [[2, 4, 4, 2]] },
  ],
  batchNormalise: [
    { title: 'of maps', operation: { kind: 'batchNormalise', name: '1', inputs }, inputs: [[3, 3, 4, 5]] },
    { title: 'of vectors', operation: { kind: 'batchNormalise', name: '1', inputs }, inputs: [[6, 4]] },
  ],
  relu: [
    { title: 'of maps', operation: { kind: 'relu', inputs }, inputs: [[2, 3, 3, 2]] },
    { title: 'of vectors', operation: { kind: 'relu', inputs }, inputs: [[3, 5]] },
  ],
  maxPool: [
    { title: 'of an even map', operation: { kind: 'maxPool', inputs }, inputs: [[2, 4, 6, 3]] },
    { title: 'of an odd map', operation: { kind: 'maxPool', inputs }, inputs: [[2, 5, 7, 3]] },
    { title: 'of a map with one odd side', operation: { kind: 'maxPool', inputs }, inputs: [[2, 4, 3, 3]] },
  ],
  pyramid: [
    { title: '2×2 and 1×1', operation: { kind: 'pyramid', grids: [2, 1], inputs }, inputs: [[2, 4, 4, 3]] },
    {
      title: 'with bins that overlap',
      operation: { kind: 'pyramid', grids: [3, 2, 1], inputs },
      inputs: [[2, 5, 4, 2]],
    },
    { title: 'as fine as the map', operation: { kind: 'pyramid', grids: [3], inputs }, inputs: [[2, 3, 3, 2]] },
  ],
  flatten: [
    { title: 'of a map', operation: { kind: 'flatten', inputs }, inputs: [[2, 3, 4, 5]] },
    { title: 'of vectors', operation: { kind: 'flatten', inputs }, inputs: [[2, 5]] },
  ],
  dense: [
    {
      title: 'with bias',
      operation: { kind: 'dense', name: '1', units: 4, bias: true, inputs },
      inputs: [[3, 5]],
    },
    { title: 'without', operation: { kind: 'dense', name: '1', units: 4, bias: false, inputs }, inputs: [[3, 5]] },
  ],
  concatenate: [
    {
      title: 'of three vectors',
      operation: { kind: 'concatenate', inputs: [0, 1, 2] },
      inputs: [
        [3, 2],
        [3, 4],
        [3, 1],
      ],
    },
  ],
  normalise: [{ title: 'of vectors', operation: { kind: 'normalise', inputs }, inputs: [[4, 5]] }],
  distance: [{ title: 'of vectors', operation: { kind: 'distance', inputs }, inputs: [[4, 6]] }],
};

/** The reference has channels before rows; a vector is a map of one pixel. */
function toMaps({ shape, data }: Feed, channelsFirst: boolean): Maps {
  const [count, height, width, channels] = shape.length === 2 ? [shape[0], 1, 1, shape[1]] : shape;
  if (channelsFirst) {
    const [, planes, rows, columns] = shape;
    return { count, channels: planes, height: rows, width: columns, data: Float64Array.from(data) };
  }
  const pixels = height * width;
  return { count, channels, height, width, data: moveChannels(data, count, pixels, channels) };
}

/** [n, pixels, channels] to [n, channels, pixels]. */
function moveChannels(data: ArrayLike<number>, count: number, pixels: number, channels: number): Float64Array {
  const moved = new Float64Array(data.length);
  for (let n = 0; n < count; n++)
    for (let p = 0; p < pixels; p++)
      for (let c = 0; c < channels; c++) moved[(n * channels + c) * pixels + p] = data[(n * pixels + p) * channels + c];
  return moved;
}

async function check(operation: Operation, shapes: Case<Operation>['inputs']): Promise<void> {
  const random = createRandom(shapes[0].length + countOf(shapes[0]));
  const isLayer = operation.kind === 'convolution' || operation.kind === 'dense';
  const rule = rules[operation.kind] as Rule<OperationKind>;
  const feeds: Record<string, Feed> = {};
  shapes.forEach((shape, i) => {
    feeds[`input ${i}`] = { shape, data: spacedNumbers(countOf(shape), random) };
  });
  const maps = shapes.map((_, i) => toMaps(feeds[`input ${i}`], operation.kind === 'input'));
  const { channels, height, width } = maps[0];
  const parameters = parametersOfOperation(operation, { copies: 1, channels, height, width });
  for (const { name, shape } of parameters) feeds[name] = { shape, data: normalNumbers(countOf(shape), random) };
  const weights = new Map(parameters.map(({ name }) => [name, Float64Array.from(feeds[name].data)]));
  const expected = referenceOperation(operation, maps, weights, 'batch');
  const outputCount = expected.data.length;
  const slopes = normalNumbers(outputCount, random);

  const found = await runGraph({ ...feeds, slopes: { shape: [outputCount], data: slopes } }, (b, values) => {
    const given = shapes.map((_, i) => values[`input ${i}`]);
    const parameterOf = (name: string) => values[name];
    const forward = rule.forward(b, operation as never, given, parameterOf);
    if (rule.gradient === null) return { output: forward.output };
    const taped = { ...forward, inputs: given };
    const outputGradient = b.reshape(values.slopes, forward.output.shape);
    const gradientsOf = (needsInputs: boolean) =>
      rule.gradient!(b, operation as never, taped, outputGradient, parameterOf, needsInputs);
    // The first layer of a network is spared the gradient by its input.
    if (isLayer) expect(gradientsOf(false).inputs).toEqual([null]);
    const gradients = gradientsOf(true);
    const byInputs = gradients.inputs.map((value, i) => [`input ${i}`, value!] as const);
    return { output: forward.output, ...Object.fromEntries(byInputs), ...gradients.parameters };
  });

  const output = toMaps(found.output, false);
  expect({ ...output, data: null }).toEqual({ ...expected, data: null });
  expectClose(output.data, expected.data, 'output', 1e-5);
  if (rule.gradient === null) return;

  // The sum of the output's elements, each times its slope, is the loss whose gradient the rule was asked for.
  const slopeMaps = toMaps({ shape: found.output.shape, data: slopes }, false);
  const loss = (): number =>
    referenceOperation(operation, maps, weights, 'batch').data.reduce((sum, y, i) => sum + y * slopeMaps.data[i], 0);
  maps.forEach((input, i) => {
    expectClose(toMaps(found[`input ${i}`], false).data, differences(input.data, loss), `by input ${i}`);
  });
  for (const [name, data] of weights) expectClose(found[name].data, differences(data, loss), `by ${name}`);
}

describe.each(Object.keys(cases) as OperationKind[])('%s', (kind) => {
  const ofKind: readonly Case<Operation>[] = cases[kind];
  test.each(ofKind)('$title', ({ operation, inputs: shapes }) => check(operation, shapes));
});

test('only what stands before the first weights has no gradient', () => {
  const without = (Object.keys(rules) as OperationKind[]).filter((kind) => rules[kind].gradient === null);
  expect(without.sort()).toEqual(['channel', 'input', 'standardise', 'unpair', 'view']);
});

test('a channel that does not vary is normalised to its shift, with finite gradients', async () => {
  const operation: OperationOf<'batchNormalise'> = { kind: 'batchNormalise', name: '1', inputs };
  const x = Float32Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 0.7 : Math.sin(i)));
  const found = await runGraph(
    {
      x: { shape: [3, 2, 2, 2], data: x },
      '1.gain': { shape: [2], data: Float32Array.of(1, 1) },
      '1.shift': { shape: [2], data: Float32Array.of(5, 0) },
    },
    (b, values) => {
      const forward = rules.batchNormalise.forward(b, operation, [values.x], (name) => values[name]);
      const taped = { ...forward, inputs: [values.x] };
      const dy = b.multiply(values.x, values.x);
      const gradients = rules.batchNormalise.gradient!(b, operation, taped, dy, (name) => values[name], true);
      return { output: forward.output, dx: gradients.inputs[0]!, ...gradients.parameters };
    },
  );
  // Rounding leaves next to nothing of a difference from the mean, which ε keeps from growing beyond √(1/ε) = 316 times.
  for (let i = 0; i < 24; i += 2) expect(found.output.data[i]).toBeCloseTo(5, 3);
  for (const { data } of Object.values(found)) expect(data.every(Number.isFinite)).toBe(true);
});
