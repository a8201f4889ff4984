import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/errors.ts';
import type { Layer, NetworkDefinition } from '../../../../src/nn/network/definition.ts';
import { compileBranch, compileDecision, compilePairs } from '../../../../src/nn/network/program.ts';
import { inferShapes, multiplyAdds, parametersOf } from '../../../../src/nn/network/shapes.ts';

const network = (layers: readonly Layer[], changes: Partial<NetworkDefinition> = {}): NetworkDefinition => ({
  name: 'mine',
  summary: '',
  input: { side: 8 },
  pairing: 'channels',
  streams: [{ view: 'whole', layers }],
  decision: { kind: 'layers', layers: [{ kind: 'dense', units: 1 }] },
  ...changes,
});
const conv = (filters: number, size: number, options = {}): Layer => ({
  kind: 'convolution',
  filters,
  size,
  ...options,
});

const shapesOf = (definition: NetworkDefinition, side: number) =>
  inferShapes(definition.name, compilePairs(definition), side);

describe('inferShapes', () => {
  test('follows strides, padding and pooling that rounds down', () => {
    const program = compilePairs(network([conv(5, 3, { stride: 2, padding: 1 }), { kind: 'maxPool' }, conv(7, 2)]));
    const shapes = inferShapes('mine', program, 13);
    const sizes = program.flatMap(({ kind }, i) =>
      ['convolution', 'maxPool'].includes(kind) ? [[shapes[i].channels, shapes[i].height, shapes[i].width]] : [],
    );
    expect(sizes).toEqual([
      [5, 7, 7],
      [5, 3, 3],
      [7, 2, 2],
    ]);
  });

  test.each([
    [
      'a kernel larger than its map',
      [conv(4, 3), conv(4, 7)],
      8,
      /mine at 8×8 pixels: convolution 2: a 7×7 kernel does not fit into 4 channels of 6×6/,
    ],
    [
      'a pool on one pixel',
      [conv(4, 8), { kind: 'maxPool' }],
      8,
      /maxPool: 2×2 windows do not fit into 4 channels of 1×1/,
    ],
    [
      'a pyramid finer than its map',
      [conv(4, 7), { kind: 'pyramid', grids: [3, 1] }],
      8,
      /pyramid: a 3×3 grid is finer than 4 channels of 2×2/,
    ],
  ] as [string, Layer[], number, RegExp][])('refuses %s', (_, layers, side, message) => {
    expect(() => shapesOf(network(layers), side)).toThrow(UsageError);
    expect(() => shapesOf(network(layers), side)).toThrow(message);
  });

  test('a dense layer takes all of its map', () => {
    const shapes = shapesOf(network([conv(4, 3), { kind: 'dense', units: 5 }]), 8);
    const channels = shapes.map((shape) => shape.channels);
    expect(channels).toContain(4 * 6 * 6);
    expect(channels).toContain(5);
  });

  test('refuses to halve an odd side', () => {
    const streams = [{ view: 'central', layers: [conv(4, 3)] }] as const;
    expect(() => shapesOf(network([], { streams }), 9)).toThrow(/view: needs even sides, received 2 channels of 9×9/);
  });
});

describe('parametersOf', () => {
  test('branches that share weights have them once; others twice', () => {
    const names = (pairing: NetworkDefinition['pairing']): string[] => {
      const program = compilePairs(network([conv(4, 8)], { pairing }));
      return parametersOf(program, inferShapes('mine', program, 8)).map(({ name }) => name);
    };
    const decision = ['decision.1.weight', 'decision.1.bias'];
    expect(names('siamese')).toEqual(['1.weight', '1.bias', ...decision]);
    expect(names('pseudo-siamese')).toEqual([
      'first.1.weight',
      'first.1.bias',
      'second.1.weight',
      'second.1.bias',
      ...decision,
    ]);
  });

  test('batch normalisation takes the place of biases, but in the first layer of each stream and in the score', () => {
    const streams = (['central', 'surround'] as const).map((view) => ({ view, layers: [conv(4, 3), conv(5, 2)] }));
    const layers = [
      { kind: 'dense', units: 6 },
      { kind: 'dense', units: 1 },
    ] as const;
    const program = compilePairs(network([], { streams, decision: { kind: 'layers', layers } }), {
      batchNormalise: true,
    });
    const parts: Record<string, string[]> = {};
    for (const { name } of parametersOf(program, inferShapes('mine', program, 8))) {
      const [layer, part] = name.split(/\.(?=[a-z]+$)/);
      (parts[layer] ??= []).push(part);
    }
    const [plain, normalised] = [
      ['weight', 'bias'],
      ['weight', 'gain', 'shift'],
    ];
    expect(parts).toEqual({
      'central.1': plain,
      'central.2': normalised,
      'surround.1': plain,
      'surround.2': normalised,
      'decision.1': normalised,
      'decision.2': plain,
    });
  });

  test('shapes and fan-in', () => {
    const program = compilePairs(network([conv(4, 3, { stride: 5 })]));
    expect(parametersOf(program, inferShapes('mine', program, 8))).toEqual([
      { name: '1.weight', shape: [18, 4], fanIn: 18 },
      { name: '1.bias', shape: [4], fanIn: 0 },
      { name: 'decision.1.weight', shape: [16, 1], fanIn: 16 },
      { name: 'decision.1.bias', shape: [1], fanIn: 0 },
    ]);
  });
});

test('a pair costs two branches and a decision', () => {
  const definition = network([conv(4, 3), conv(6, 6)], { pairing: 'siamese' });
  const cost = (program: ReturnType<typeof compilePairs>, side: number): number =>
    multiplyAdds(program, inferShapes('mine', program, side));
  const branch = cost(compileBranch(definition), 8);
  expect(branch).toBe(36 * 9 * 4 + 36 * 4 * 6);
  expect(cost(compilePairs(definition), 8)).toBe(2 * branch + cost(compileDecision(definition, 6), 1));
});

test('only siamese networks have a branch', () => {
  expect(() => compileBranch(network([conv(4, 8)]))).toThrow(/siamese.*mine is of kind channels/);
});
