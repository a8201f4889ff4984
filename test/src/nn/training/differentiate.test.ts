import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/errors.ts';
import { createRandom } from '../../../../src/math/random.ts';
import type { NetworkDefinition } from '../../../../src/nn/network/definition.ts';
import { compilePairs, type Program } from '../../../../src/nn/network/program.ts';
import { inferShapes, parametersOf } from '../../../../src/nn/network/shapes.ts';
import { emitBackward, emitForward, reluBehindPool } from '../../../../src/nn/training/differentiate.ts';
import { randomWeights, wavyPatches } from '../network/reference.ts';
import { expectClose, normalNumbers, runGraph, type Feed } from './run-graph.ts';

/** Output and gradients of a program for an input and weights that are fed; the output's sum is the loss. */
function differentiate(program: Program, input: Feed, weights: Readonly<Record<string, Feed>>) {
  return runGraph({ input, ...weights }, (b, values) => {
    const parameterOf = (name: string) => values[name];
    const tape = emitForward(b, program, values.input, parameterOf);
    const ones = new Float32Array(tape.output.shape.reduce((a, n) => a * n, 1)).fill(1);
    const gradients = emitBackward(b, tape, b.constant(tape.output.shape, ones), parameterOf);
    return { output: tape.output, ...Object.fromEntries(gradients) };
  });
}

describe('emitBackward', () => {
  const random = createRandom(5);
  const input: Feed = { shape: [2, 3, 1, 1], data: normalNumbers(6, random) };
  const dense = (name: string, units: number, from: number) =>
    ({ kind: 'dense', name, units, bias: false, inputs: [from] }) as const;
  const start: Program = [
    { kind: 'input', channels: 3, inputs: [] },
    { kind: 'flatten', inputs: [0] },
  ];

  test('adds what comes back to a value from all that read it', async () => {
    const weights = { a: normalNumbers(9, random), b: normalNumbers(3, random), c: normalNumbers(3, random) };
    const feeds = {
      'a.weight': { shape: [3, 3], data: weights.a },
      'b.weight': { shape: [3, 1], data: weights.b },
      'c.weight': { shape: [3, 1], data: weights.c },
    };
    const program: Program = [
      ...start,
      dense('a', 3, 1),
      dense('b', 1, 2),
      dense('c', 1, 2),
      { kind: 'concatenate', inputs: [3, 4] },
    ];
    const found = await differentiate(program, input, feeds);
    // y = Σₙ x·A·(b + c): by A it is Σₙ x ⊗ (b + c).
    const expected = Float64Array.from({ length: 9 }, (_, i) => {
      const [row, column] = [Math.floor(i / 3), i % 3];
      return (input.data[row] + input.data[3 + row]) * (weights.b[column] + weights.c[column]);
    });
    expectClose(found['a.weight'].data, expected, 'by a', 1e-5);
  });

  test('adds the gradients of weights that are used twice', async () => {
    const feeds = { 'a.weight': { shape: [3, 3], data: normalNumbers(9, random) } };
    const program: Program = [...start, dense('a', 3, 1), dense('a', 3, 2)];
    const found = await differentiate(program, input, feeds);
    const matrix = feeds['a.weight'].data;
    const rowSums = [0, 1, 2].map((row) => matrix[3 * row] + matrix[3 * row + 1] + matrix[3 * row + 2]);
    const total = [0, 1, 2].map((row) => input.data[row] + input.data[3 + row]);
    const through = [0, 1, 2].map((column) => total.reduce((sum, x, row) => sum + x * matrix[3 * row + column], 0));
    // y = 1ᵀ·x·A·A·1: by A it is x ⊗ (A·1) + (x·A) ⊗ 1.
    const expected = Float64Array.from({ length: 9 }, (_, i) => {
      const [row, column] = [Math.floor(i / 3), i % 3];
      return total[row] * rowSums[column] + through[row];
    });
    expectClose(found['a.weight'].data, expected, 'by a', 1e-5);
  });

  test('refuses an operation without gradient behind weights', async () => {
    const program: Program = [
      { kind: 'input', channels: 1, inputs: [] },
      { kind: 'convolution', name: 'a', filters: 2, size: 1, stride: 1, padding: 0, bias: false, inputs: [0] },
      { kind: 'view', view: 'central', inputs: [1] },
      { kind: 'flatten', inputs: [2] },
    ];
    const picture: Feed = { shape: [1, 1, 4, 4], data: normalNumbers(16, random) };
    const run = differentiate(program, picture, { 'a.weight': { shape: [1, 2], data: normalNumbers(2, random) } });
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow(/"view"/);
  });
});

describe('reluBehindPool', () => {
  const definition: NetworkDefinition = {
    name: 'pools',
    summary: '',
    input: { side: 20 },
    pairing: 'channels',
    streams: [
      {
        view: 'whole',
        layers: [
          { kind: 'convolution', filters: 4, size: 3 },
          { kind: 'maxPool' },
          { kind: 'convolution', filters: 5, size: 3 },
          { kind: 'maxPool' },
        ],
      },
    ],
    decision: { kind: 'layers', layers: [{ kind: 'dense', units: 1 }] },
  };
  const compiled = compilePairs(definition);

  test('moves each ReLU behind the pool it feeds', () => {
    const orderOf = (program: Program) =>
      program.flatMap(({ kind }) => (kind === 'relu' || kind === 'maxPool' ? [kind] : []));
    expect(orderOf(compiled)).toEqual(['relu', 'maxPool', 'relu', 'maxPool']);
    expect(orderOf(reluBehindPool(compiled))).toEqual(['maxPool', 'relu', 'maxPool', 'relu']);
  });

  test('leaves a ReLU whose result is read elsewhere too', () => {
    const program: Program = [
      { kind: 'input', channels: 2, inputs: [] },
      { kind: 'relu', inputs: [0] },
      { kind: 'maxPool', inputs: [1] },
      { kind: 'flatten', inputs: [1] },
      { kind: 'flatten', inputs: [2] },
      { kind: 'concatenate', inputs: [3, 4] },
    ];
    expect(reluBehindPool(program)).toEqual(program);
  });

  test('changes neither values nor gradients', async () => {
    const parameters = parametersOf(compiled, inferShapes('pools', compiled, 20));
    const weights = randomWeights(parameters, 3);
    const feeds = Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, data: weights.get(name)! }]));
    const input: Feed = { shape: [3, 2, 20, 20], data: wavyPatches(6, 20, 4) };
    const [before, after] = await Promise.all(
      [compiled, reluBehindPool(compiled)].map((program) => differentiate(program, input, feeds)),
    );
    expect(after.output).toEqual(before.output);
    for (const { name } of parameters) {
      expect(before[name].data.some((value) => value !== 0)).toBe(true);
      expectClose(after[name].data, before[name].data, name, 1e-5);
    }
  });
});
