import { describe, expect, test } from 'vitest';
import { definitionNames, definitions } from '../../../../models/definitions.ts';
import type { NetworkDefinition } from '../../../../src/nn/network/definition.ts';
import { hasSiameseHalf, joinHalves, siameseHalf } from '../../../../src/nn/network/halves.ts';
import { compilePart } from '../../../../src/nn/network/inference.ts';
import { compilePairs } from '../../../../src/nn/network/program.ts';
import { inferShapes, parametersOf } from '../../../../src/nn/network/shapes.ts';
import { foldBatchNormalisation, type Weights } from '../../../../src/nn/network/weights.ts';
import { randomWeights, referenceForward, wavyPatches } from './reference.ts';

const halved = definitionNames.filter((name) => hasSiameseHalf(definitions[name]));

/** The half's features as they are before they are divided by their length. */
function featuresOf(definition: NetworkDefinition): NetworkDefinition {
  return { ...definition, decision: { kind: 'layers', layers: [{ kind: 'dense', units: 1 }] } };
}

describe('siameseHalf', () => {
  test('2-channel networks with two layers that decide have one, no others', () => {
    expect(halved).toEqual(['2ch', '2ch-2stream', '2ch-2stream-spp']);
    expect(() => siameseHalf(definitions.siam)).toThrow(/2-channel network with two layers that decide.*siam/);
    expect(() => joinHalves(definitions['2ch-deep'], new Map())).toThrow(TypeError);
  });

  test('of half the width', () => {
    const { streams, pairing, decision } = siameseHalf(definitions['2ch']);
    expect([pairing, decision.kind]).toEqual(['siamese', 'distance']);
    const widths = streams[0].layers.flatMap((layer) =>
      layer.kind === 'convolution' ? [layer.filters] : layer.kind === 'dense' ? [layer.units] : [],
    );
    expect(widths).toEqual([48, 96, 128, 128]);
  });
});

/** The weights of the half as training keeps them, with running statistics. */
function normalisedWeights(half: NetworkDefinition): Map<string, Float32Array> {
  const program = compilePairs(half, { batchNormalise: true });
  const weights = randomWeights(parametersOf(program, inferShapes(half.name, program, 64)), 1);
  for (const operation of program) {
    if (operation.kind !== 'batchNormalise') continue;
    const count = weights.get(`${operation.name}.gain`)!.length;
    const part = (from: number) => Float32Array.from({ length: count }, (_, i) => from + Math.abs(Math.sin(i)));
    weights.set(`${operation.name}.gain`, part(0.5));
    weights.set(`${operation.name}.mean`, part(-0.2));
    weights.set(`${operation.name}.variance`, part(0.5));
  }
  return weights;
}

describe('joinHalves', () => {
  test('with batch normalisation computes the same as with it folded away, but for the scale', () => {
    const definition: NetworkDefinition = definitions['2ch-2stream'];
    const half = siameseHalf(definition);
    const weights = normalisedWeights(half);
    const folded = (network: NetworkDefinition, all: Map<string, Float32Array>) =>
      foldBatchNormalisation(compilePairs(network, { batchNormalise: true }), all, all);
    const patches = wavyPatches(2 * 2, 64, 3);
    const score = (joined: Weights) =>
      referenceForward(compilePart(definition, 'pairs').program, joined, patches, [2, 64]);
    const expected = score(joinHalves(definition, folded(half, weights), 2));
    const found = score(folded(definition, joinHalves(definition, weights, 2)));
    const gains = ['central.5', 'surround.5'].flatMap((name) => [...weights.get(`${name}.gain`)!]);
    const scale = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
    expect(Math.abs(expected[0] - expected[1])).toBeGreaterThan(1e-3);
    expected.forEach((value, i) => expect(found[i]).toBeCloseTo(1.4 - (1.4 - value) / scale, 3));
  });

  test.each(halved)('%s scores by the sum of absolute differences of the half’s features', (name) => {
    const definition: NetworkDefinition = definitions[name];
    const half = siameseHalf(definition);
    const { program, parameters } = compilePart(half, 'branch');
    const weights = randomWeights(parameters, 1);
    const joined = joinHalves(definition, weights, 2);
    const patches = wavyPatches(2 * 2, 64, 3);
    const scores = referenceForward(compilePart(definition, 'pairs').program, joined, patches, [2, 64]);

    const bare = compilePart(featuresOf(half), 'branch');
    expect(bare.program).toHaveLength(program.length - 1);
    const features = referenceForward(bare.program, weights, patches, [1, 64]);
    const length = features.length / 4;
    const expected = [0, 1].map((pair) => {
      const [a, b] = [0, 1].map((patch) => features.slice((2 * pair + patch) * length).slice(0, length));
      return 2 * (0.7 - a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / length);
    });
    expect(Math.abs(expected[0] - expected[1])).toBeGreaterThan(1e-3);
    expected.forEach((value, i) => expect(scores[i]).toBeCloseTo(value, 4));
  });
});
