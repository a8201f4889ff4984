import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitions } from '../../../models/definitions.ts';
import { UsageError } from '../../../src/errors.ts';
import { branchContract } from '../../../src/nn/branch.ts';
import { pairContractAt, scorePairs } from '../../../src/nn/judge.ts';
import { loadModel } from '../../../src/nn/model.ts';
import { compilePart, inferenceModel } from '../../../src/nn/network/inference.ts';
import { requirePatchSide } from '../../../src/features/patch-side.ts';
import { randomWeights, wavyPatches } from './network/reference.ts';

const name = '2ch-2stream-spp';
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-sides-'));
  file = join(folder, `${name}.onnx`);
  const weights = randomWeights(compilePart(definitions[name], 'pairs').parameters, 1);
  await writeFile(file, inferenceModel(definitions[name], weights, 'pairs'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([32, 46, 64, 98, 128])(
  'a network of open sides gives finite scores of grey patches of side %i',
  async (side) => {
    const model = await loadModel(file, pairContractAt(side), { device: 'cpu', threads: 1 });
    const patches = Uint8Array.from(wavyPatches(3, side, 2), (value) => 255 * value);
    patches.fill(90, 0, side * side);
    const pairs = { count: 3, index1: Uint32Array.of(0, 1, 2), index2: Uint32Array.of(1, 2, 0) };
    const scores = await scorePairs(model, patches, patches, pairs, side);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(new Set(scores).size).toBe(3);
    await model.release();
  },
);

describe('a side that no network takes', () => {
  test.each([31, 45, 30, 130, 64.5, 0, NaN])('%d is refused with the sides that there are', (side) => {
    for (const refused of [() => requirePatchSide(side), () => pairContractAt(side), () => branchContract(side, 256)]) {
      expect(refused).toThrow(UsageError);
      expect(refused).toThrow(/even side from 32 to 128/);
    }
  });
});
