import { describe, expect, test } from 'vitest';
import { definitionNames, definitions } from '../../models/definitions.ts';
import type { DefinitionName } from '../../models/definitions.ts';
import { defaultSide } from '../../src/nn/network/definition.ts';
import type { NetworkDefinition } from '../../src/nn/network/definition.ts';
import { compileBranch, compilePairs } from '../../src/nn/network/program.ts';
import { inferShapes, lengthOf, multiplyAdds, parametersOf } from '../../src/nn/network/shapes.ts';

const all: Record<DefinitionName, NetworkDefinition> = definitions;

function measure(name: DefinitionName, side = defaultSide(all[name])) {
  const program = compilePairs(all[name]);
  const shapes = inferShapes(name, program, side);
  const weights = parametersOf(program, shapes).map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  return {
    shapes,
    millions: multiplyAdds(program, shapes) / 1e6,
    weights: weights.reduce((sum, count) => sum + count, 0),
    features: shapes[program.findIndex((step) => 'name' in step && step.name === 'decision.1') - 1],
  };
}

describe('definitions', () => {
  test('each stands under its own name', () => {
    for (const name of definitionNames) expect(all[name].name).toBe(name);
  });

  // By hand: each convolution's places × kernel × channels in × channels out.
  test.each([
    ['2ch', 21],
    ['2ch-2stream', 40.5],
    ['2ch-2stream-spp', 69],
    ['2ch-deep', 81],
    ['siam', 38],
  ] as const)('%s costs about %d million multiply-adds a pair', (name, expected) => {
    expect(Math.abs(measure(name).millions - expected)).toBeLessThan(0.6);
  });

  test('a descriptor costs at most 4 million multiply-adds a patch', () => {
    const program = compileBranch(definitions.descriptor);
    const shapes = inferShapes('descriptor', program, 32);
    expect(multiplyAdds(program, shapes)).toBe(
      256 * 25 * 16 + 256 * 9 * 16 * 24 + 64 * 9 * 24 * 48 + 64 * 9 * 48 * 48 + 64 * 48 * 128,
    );
    expect(multiplyAdds(program, shapes)).toBeLessThan(4e6);
    expect(lengthOf(shapes.at(-1)!)).toBe(128);
  });

  test.each([
    ['siam', 2 * 256],
    ['pseudo-siam', 2 * 256],
    ['2ch', 256],
    ['2ch-deep', 192],
    ['siam-2stream', 2 * 2 * 256],
    ['2ch-2stream', 2 * 4 * 192],
    ['siam-spp', 2 * 5 * 256],
    ['2ch-2stream-spp', 2 * 5 * 192],
  ] as const)('%s decides on %i features', (name, expected) => {
    expect(lengthOf(measure(name).features)).toBe(expected);
  });

  test.each(definitionNames)('%s gives one score a pair', (name) => {
    expect(measure(name).shapes.at(-1)).toEqual({ copies: 1, channels: 1, height: 1, width: 1 });
  });

  test('branches with weights of their own have twice the weights, at the same cost', () => {
    const [siamese, pseudo] = [measure('siam-l2'), measure('pseudo-siam-l2')];
    expect(pseudo.weights).toBe(2 * siamese.weights);
    expect(pseudo.millions).toBe(siamese.millions);
  });

  test.each(['siam-spp', '2ch-2stream-spp'] as const)('%s takes patches of every even side', (name) => {
    for (let side = 32; side <= 128; side += 2) expect(measure(name, side).features).toEqual(measure(name).features);
  });
});
