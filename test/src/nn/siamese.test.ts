import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitions } from '../../../models/definitions.ts';
import { UsageError } from '../../../src/errors.ts';
import { pairContractAt, scorePairs } from '../../../src/nn/judge.ts';
import { loadJudge } from '../../../src/nn/load-judge.ts';
import { loadModel } from '../../../src/nn/model.ts';
import type { Model } from '../../../src/nn/model.ts';
import { compilePart, featureLength, inferenceModel, partContract } from '../../../src/nn/network/inference.ts';
import type { NetworkPart } from '../../../src/nn/network/inference.ts';
import { scoreSiamesePairs } from '../../../src/nn/siamese.ts';
import { randomWeights, wavyPatches } from './network/reference.ts';

const options = { device: 'cpu', threads: 1 } as const;
const names = ['siam', 'siam-2stream-l2', 'siam-spp'] as const;

let folder: string;
const fileOf = (name: string, part: NetworkPart): string => join(folder, `${name}-${part}.onnx`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-siamese-'));
  for (const name of names) {
    const weights = randomWeights(compilePart(definitions[name], 'pairs').parameters, 1);
    for (const part of ['pairs', 'branch', 'decision'] as const) {
      await writeFile(fileOf(name, part), inferenceModel(definitions[name], weights, part));
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

const bytes = (count: number, side: number, seed: number): Uint8Array =>
  Uint8Array.from(wavyPatches(count, side, seed), (value) => 255 * value);
const patches1 = bytes(5, 64, 1);
const patches2 = bytes(6, 64, 2);
// Some patches in several pairs, some in none.
const pairs = { count: 7, index1: Uint32Array.of(4, 0, 0, 2, 4, 4, 2), index2: Uint32Array.of(5, 1, 5, 1, 1, 3, 1) };

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((score, i) => expect(Math.abs(score - expected[i])).toBeLessThan(1e-5));
}

describe('loadJudge', () => {
  test.each(names)('%s in two files scores as in one', async (name) => {
    const whole = await loadJudge({ judgePath: fileOf(name, 'pairs') }, options);
    const files = { judgePath: fileOf(name, 'branch'), decisionPath: fileOf(name, 'decision') };
    const parts = await loadJudge(files, options);
    const expected = await whole.score(patches1, patches2, pairs);
    expect(new Set(expected).size).toBeGreaterThan(3);
    expectClose(await parts.score(patches1, patches2, pairs), expected);
    const none = { count: 0, index1: new Uint32Array(), index2: new Uint32Array() };
    expect(await parts.score(patches1, patches2, none)).toHaveLength(0);
    await whole.release();
    await parts.release();
  });

  test('a decision for another branch, and a whole network as branch, are refused by name', async () => {
    const mixed = { judgePath: fileOf('siam', 'branch'), decisionPath: fileOf('siam-spp', 'decision') };
    await expect(loadJudge(mixed, options)).rejects.toThrow(/siam-spp-decision.onnx/);
    const whole = { judgePath: fileOf('siam', 'pairs'), decisionPath: fileOf('siam', 'decision') };
    await expect(loadJudge(whole, options)).rejects.toThrow(UsageError);
  });
});

test('each patch passes through the branch once', async () => {
  const sizes: number[] = [];
  const fake = (output: string, length: number): Model => ({
    file: '',
    provider: 'cpu',
    fallbackReason: null,
    release: async () => {},
    run: async (inputs) => {
      const [{ data, shape }] = Object.values(inputs);
      if (output === 'descriptor') sizes.push(shape[0]);
      const width = data.length / shape[0];
      return {
        [output]: Float32Array.from({ length: shape[0] * length }, (_, i) => data[Math.floor(i / length) * width]),
      };
    },
  });
  const models = { branch: fake('descriptor', 2), decision: fake('score', 1), length: 2 };
  await scoreSiamesePairs(models, patches1, patches2, pairs);
  expect(sizes).toEqual([3, 3]);
});

test.each([32, 46, 64, 98, 128])('siam-spp scores patches of side %i, whole or in two files', async (side) => {
  const definition = definitions['siam-spp'];
  const length = featureLength(definition);
  const whole = await loadModel(fileOf('siam-spp', 'pairs'), pairContractAt(side), options);
  const branch = await loadModel(fileOf('siam-spp', 'branch'), partContract(definition, 'branch'), options);
  const decision = await loadModel(fileOf('siam-spp', 'decision'), partContract(definition, 'decision'), options);
  const [a, b] = [bytes(5, side, 1), bytes(6, side, 2)];
  const expected = await scorePairs(whole, a, b, pairs, side);
  expectClose(await scoreSiamesePairs({ branch, decision, length }, a, b, pairs, side), expected);
  for (const model of [whole, branch, decision]) await model.release();
});
