import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelPath } from '../../../models/index.ts';
import { UsageError } from '../../../src/errors.ts';
import { descriptorContract } from '../../../src/nn/descriptor.ts';
import { pairContract } from '../../../src/nn/judge.ts';
import { deviceNames, loadModel } from '../../../src/nn/model.ts';
import { averagingNetwork } from './tiny-network.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

const cpu = { device: 'cpu', threads: 1 } as const;

describe('loadModel', () => {
  test('runs a network of the user’s that keeps the contract, whatever its structure', async () => {
    const model = await loadModel(
      await write('own.onnx', averagingNetwork({ shape: ['n', 2, 64, 64] })),
      pairContract,
      cpu,
    );
    const data = new Float32Array(2 * 2 * 64 * 64).fill(0.25, 0, 2 * 64 * 64).fill(-3, 2 * 64 * 64);
    const { score } = await model.run({ patches: { data, shape: [2, 2, 64, 64] } });
    expect(score[0]).toBeCloseTo(0.25, 5);
    expect(score[1]).toBeCloseTo(-3, 5);
    await model.release();
  });

  test.each([
    ['another size', { shape: ['n', 2, 32, 32] }, 'expected input patches float32 [n,2,64,64]', '[n,2,32,32]'],
    ['another rank', { shape: ['n', 8192] }, 'expected input patches float32 [n,2,64,64]', '[n,8192]'],
    ['another name', { shape: ['n', 2, 64, 64], input: 'images' }, 'expected input patches', 'has images float32'],
    ['another output', { shape: ['n', 2, 64, 64], output: 'logit' }, 'expected output score', 'has logit float32'],
    ['a fixed batch', { shape: [128, 2, 64, 64] }, 'expected input patches float32 [n,2,64,64]', '[128,2,64,64]'],
    ['a further input', { shape: ['n', 2, 64, 64], extraInput: true }, 'expected input only patches', 'weight float32'],
  ] as const)(
    'refuses a network with %s, naming file, expectation and what it has',
    async (name, options, wanted, has) => {
      const file = await write(`${name}.onnx`, averagingNetwork(options));
      const error = await loadModel(file, pairContract, cpu).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UsageError);
      const { message } = error as UsageError;
      expect(message).toContain(file);
      expect(message).toContain(wanted);
      expect(message).toContain(has);
    },
  );

  test('refuses a missing file and a file that is no network, naming it', async () => {
    const missing = join(folder, 'missing.onnx');
    await expect(loadModel(missing, pairContract, cpu)).rejects.toThrow(missing);
    await expect(loadModel(missing, pairContract, cpu)).rejects.toThrow(UsageError);
    const text = await write('text.onnx', 'this is not a network');
    await expect(loadModel(text, pairContract, cpu)).rejects.toThrow(UsageError);
    await expect(loadModel(text, pairContract, cpu)).rejects.toThrow(text);
  });

  test.each(deviceNames)('gives the same numbers when asked for %s, and says where it ran', async (device) => {
    const file = modelPath('descriptor');
    const [model, reference] = [
      await loadModel(file, descriptorContract, { device, threads: 1 }),
      await loadModel(file, descriptorContract, cpu),
    ];
    const data = Float32Array.from({ length: 3 * 1024 }, (_, i) => 0.5 + 0.5 * Math.sin(i * i * 0.01));
    const input = { patches: { data, shape: [3, 1, 32, 32] } };
    const { descriptor } = await model.run(input);
    const { descriptor: expected } = await reference.run(input);
    expect(Math.max(...descriptor.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(0.005);
    if (model.provider === device) expect(model.fallbackReason).toBeNull();
    else if (model.provider === 'cpu') expect(model.fallbackReason).toMatch(/\w/);
    else expect([device, model.fallbackReason]).toEqual(['auto', null]);
    await Promise.all([model.release(), reference.release()]);
  });
});
