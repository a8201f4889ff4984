import { describe, expect, test } from 'vitest';
import { definitionNames, definitions } from '../../../../models/definitions.ts';
import { UsageError } from '../../../../src/errors.ts';
import { defaultSide } from '../../../../src/nn/network/definition.ts';
import type { ConvolutionLayer, Layer, NetworkDefinition } from '../../../../src/nn/network/definition.ts';
import { compilePart, featureLength, inferenceModel, partContract } from '../../../../src/nn/network/inference.ts';
import type { NetworkPart } from '../../../../src/nn/network/inference.ts';
import { inferShapes, parametersOf } from '../../../../src/nn/network/shapes.ts';
import type { Weights } from '../../../../src/nn/network/weights.ts';
import { createSession, float32Data, onnxRuntime } from '../../../../src/nn/runtime.ts';
import { randomWeights, referenceForward, wavyPatches } from './reference.ts';

const weightsOf = (definition: NetworkDefinition, seed = 1) =>
  randomWeights(compilePart(definition, 'pairs').parameters, seed);

/** Runs a part with ONNX Runtime. `channels` of the input; side 1: vectors. */
async function run(
  definition: NetworkDefinition,
  weights: Weights,
  part: NetworkPart,
  data: Float32Array,
  [channels, side]: readonly [number, number],
): Promise<Float32Array> {
  const { inputs, outputs } = partContract(definition, part);
  const session = await createSession(inferenceModel(definition, weights, part), { provider: 'cpu', threads: 1 });
  const count = data.length / (channels * side * side);
  const shape = part === 'decision' ? [count, channels] : [count, channels, side, side];
  const { Tensor } = onnxRuntime();
  const results = await session.run({ [inputs[0].name]: new Tensor('float32', data, shape) });
  await session.release();
  return float32Data(results[outputs[0].name]);
}

function expectEqual(found: Float32Array, expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  found.forEach((value, i) => expect(Math.abs(value - expected[i]) / scale).toBeLessThan(2e-5));
}

const siamese = definitionNames.filter((name) => definitions[name].pairing === 'siamese');

describe('inferenceModel', () => {
  test.each(definitionNames)('%s computes what its layers say', async (name) => {
    const definition = definitions[name];
    const side = defaultSide(definition);
    const weights = weightsOf(definition);
    const patches = wavyPatches(2 * 2, side, 3);
    const expected = referenceForward(compilePart(definition, 'pairs').program, weights, patches, [2, side]);
    expect(Math.abs(expected[0] - expected[1])).toBeGreaterThan(1e-4);
    expectEqual(await run(definition, weights, 'pairs', patches, [2, side]), expected);
  });

  test.each(siamese)('%s: branch and decision together are the whole', async (name) => {
    const definition = definitions[name];
    const side = defaultSide(definition);
    const weights = weightsOf(definition);
    const patches = wavyPatches(2 * 5, side, 4);
    const scores = await run(definition, weights, 'pairs', patches, [2, side]);
    const features = await run(definition, weights, 'branch', patches, [1, side]);
    expect(features).toHaveLength(10 * featureLength(definition));
    expectEqual(await run(definition, weights, 'decision', features, [2 * featureLength(definition), 1]), scores);
  });

  test.each(
    (['siam-spp', '2ch-2stream-spp'] as const).flatMap((name) =>
      [32, 46, 64, 98, 128].map((side) => [name, side] as const),
    ),
  )('%s takes patches of side %i without resizing', async (name, side) => {
    const definition = definitions[name];
    const weights = weightsOf(definition);
    const patches = wavyPatches(2, side, 5);
    const expected = referenceForward(compilePart(definition, 'pairs').program, weights, patches, [2, side]);
    expectEqual(await run(definition, weights, 'pairs', patches, [2, side]), expected);
  });

  test.each(['siam-spp', '2ch-2stream-spp'] as const)('%s has the same weights at every even side', (name) => {
    const { program, parameters } = compilePart(definitions[name], 'pairs');
    for (let side = 32; side <= 128; side += 2) {
      expect(parametersOf(program, inferShapes(name, program, side))).toEqual(parameters);
    }
  });

  const network = (
    side: number,
    layers: readonly Layer[],
    changes: Partial<NetworkDefinition> = {},
  ): NetworkDefinition => ({
    name: 'mine',
    summary: '',
    input: { side },
    pairing: 'channels',
    streams: [{ view: 'whole', layers }],
    decision: {
      kind: 'layers',
      layers: [
        { kind: 'dense', units: 3 },
        { kind: 'dense', units: 1 },
      ],
    },
    ...changes,
  });
  const conv = (size: number, options: Partial<ConvolutionLayer> = {}): Layer => ({
    kind: 'convolution',
    filters: 6,
    size,
    ...options,
  });
  const twoViews = (...layers: Layer[]): Partial<NetworkDefinition> => ({
    streams: (['central', 'surround', 'whole'] as const).map((view) => ({ view, layers })),
  });

  test.each([
    ['stride and padding on odd sides', network(13, [conv(4, { stride: 3, padding: 2 })])],
    ['maps that are flattened with several positions', network(9, [conv(3), conv(4)])],
    ['pooling that drops a row', network(12, [conv(4), { kind: 'maxPool' }])],
    ['views of a side that 4 does not divide', network(18, [], twoViews(conv(5)))],
    ['a layer without ReLU', network(8, [conv(3, { relu: false })])],
    ['three grids on a map of 7×7, whose bins overlap', network(9, [conv(3), { kind: 'pyramid', grids: [4, 3, 1] }])],
    ['siamese branches with several streams', network(18, [], { ...twoViews(conv(5)), pairing: 'siamese' })],
    [
      'different branches compared by distance',
      network(9, [conv(3)], { pairing: 'pseudo-siamese', decision: { kind: 'distance' } }),
    ],
  ] as [string, NetworkDefinition][])('%s', async (_, definition) => {
    const side = defaultSide(definition);
    const weights = weightsOf(definition, 7);
    const patches = wavyPatches(2 * 3, side, 8);
    const expected = referenceForward(compilePart(definition, 'pairs').program, weights, patches, [2, side]);
    expectEqual(await run(definition, weights, 'pairs', patches, [2, side]), expected);
  });

  test('a flat patch gives a finite score', async () => {
    const weights = weightsOf(definitions['siam-l2']);
    const [score] = await run(definitions['siam-l2'], weights, 'pairs', new Float32Array(2 * 4096).fill(0.5), [2, 64]);
    expect(score).toBeCloseTo(0, 4);
  });

  test('names what is missing or of another size', () => {
    const weights = weightsOf(definitions['2ch']);
    weights.delete('2.weight');
    expect(() => inferenceModel(definitions['2ch'], weights, 'pairs')).toThrow(UsageError);
    expect(() => inferenceModel(definitions['2ch'], weights, 'pairs')).toThrow(
      /network 2ch: expected weights 2.weight \[2400, 192\] but there are none/,
    );
    weights.set('2.weight', new Float32Array(5));
    expect(() => inferenceModel(definitions['2ch'], weights, 'pairs')).toThrow(
      /\[2400, 192\], 460800 numbers, but there are 5/,
    );
  });

  test('a network for any side needs a pyramid', () => {
    const definition = network(0, [conv(3)], { input: { minSide: 32, maxSide: 128 } });
    expect(() => compilePart(definition, 'pairs')).toThrow(
      /mine is to take patches of any side from 32 to 128, but decision.1.weight would be \[5400, 3\] at 32×32/,
    );
  });
});
