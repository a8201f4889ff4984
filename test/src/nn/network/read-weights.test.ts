import { describe, expect, test } from 'vitest';
import { definitionNames, definitions } from '../../../../models/definitions.ts';
import { UsageError } from '../../../../src/errors.ts';
import { compilePart, inferenceModel } from '../../../../src/nn/network/inference.ts';
import { readWeights } from '../../../../src/nn/network/read-weights.ts';
import { averagingNetwork } from '../tiny-network.ts';
import type { Weights } from '../../../../src/nn/network/weights.ts';
import { randomWeights } from './reference.ts';

/** As `toEqual`, which takes seconds for a million numbers. */
function expectSame(found: Weights, expected: Weights): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, data] of expected) {
    const [a, b] = [found.get(name)!, data].map(({ buffer }) => Buffer.from(buffer));
    expect(a.equals(b), name).toBe(true);
  }
}

describe('readWeights', () => {
  test.each(definitionNames)('%s: what was written is read, bit for bit', (name) => {
    const definition = definitions[name];
    const weights = randomWeights(compilePart(definition, 'pairs').parameters, 1);
    expectSame(readWeights('x.onnx', inferenceModel(definition, weights, 'pairs'), definition, 'pairs'), weights);
    if (definition.pairing !== 'siamese') return;
    const [branch, decision] = (['branch', 'decision'] as const).map((part) =>
      readWeights('x.onnx', inferenceModel(definition, weights, part), definition, part),
    );
    expectSame(new Map([...branch, ...decision]), weights);
  });

  test('a file as Node reads it', () => {
    const weights = randomWeights(compilePart(definitions.descriptor, 'pairs').parameters, 1);
    const bytes = Buffer.from(inferenceModel(definitions.descriptor, weights, 'branch'));
    expectSame(readWeights('x.onnx', bytes, definitions.descriptor, 'branch'), weights);
  });

  test('another network’s file is refused by name', () => {
    const weights = randomWeights(compilePart(definitions.siam, 'pairs').parameters, 1);
    const bytes = inferenceModel(definitions.siam, weights, 'branch');
    const read = (name: '2ch' | 'siam-l2' | 'siam') => () =>
      readWeights('other.onnx', bytes, definitions[name], 'pairs');
    expect(read('2ch')).toThrow(UsageError);
    expect(read('2ch')).toThrow(/other.onnx.*2ch \(pairs\).*1.weight should be \[96, 2, 7, 7\] but is \[96, 1, 7, 7\]/);
    expect(read('siam')).toThrow(/decision.1.weight should be \[512, 512\] but is none/);
    // The same branch: the decision is a distance and has no weights.
    expect(read('siam-l2')().get('3.bias')).toEqual(weights.get('3.bias'));
  });

  test('a foreign, a cut and a nonsensical file are refused by name', () => {
    const weights = randomWeights(compilePart(definitions.descriptor, 'pairs').parameters, 1);
    const bytes = inferenceModel(definitions.descriptor, weights, 'branch');
    const read = (data: Uint8Array) => () => readWeights('bad.onnx', data, definitions.descriptor, 'branch');
    expect(read(averagingNetwork({ shape: ['n', 1, 32, 32] }))).toThrow(/bad.onnx.*1.weight.*but is none/);
    for (const data of [bytes.subarray(0, 50_000), Uint8Array.of(1, 2, 3, 255), new TextEncoder().encode('<html>')]) {
      expect(read(data)).toThrow(UsageError);
      expect(read(data)).toThrow(/bad.onnx: expected/);
    }
  });
});
