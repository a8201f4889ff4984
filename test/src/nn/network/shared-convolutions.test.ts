import { describe, expect, test } from 'vitest';
import { definitions } from '../../../../models/definitions.ts';
import { siameseHalf } from '../../../../src/nn/network/halves.ts';
import { compilePart } from '../../../../src/nn/network/inference.ts';
import { sharedConvolutions } from '../../../../src/nn/network/shared-convolutions.ts';
import { randomWeights } from './reference.ts';

describe('sharedConvolutions', () => {
  const twoStream = siameseHalf(definitions['2ch-2stream']);
  const weights = randomWeights(compilePart(twoStream, 'pairs').parameters, 1);

  test('of networks that differ in padding and pooling: all, and no dense layer', () => {
    const shared = sharedConvolutions(twoStream, siameseHalf(definitions['2ch-2stream-spp']), weights);
    const convolutions = [...weights.keys()].filter((name) => /^(central|surround)\.[1-4]\./.test(name));
    expect([...shared.keys()]).toEqual(convolutions);
    expect(convolutions).toHaveLength(16);
    expect(shared.get('surround.3.weight')).toBe(weights.get('surround.3.weight'));
  });

  test('with what batch normalisation keeps of them', () => {
    const mean = new Float32Array(48);
    const kept = new Map([...weights, ['central.1.mean', mean]]);
    expect(sharedConvolutions(twoStream, twoStream, kept).get('central.1.mean')).toBe(mean);
  });

  test('none where kernels, channels or filters differ', () => {
    expect(sharedConvolutions(twoStream, definitions['2ch-2stream'], weights).size).toBe(0);
    expect(sharedConvolutions(twoStream, definitions['siam-2stream'], weights).size).toBe(0);
  });
});
