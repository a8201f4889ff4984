import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { definitions } from '../../../../models/definitions.ts';
import type { DefinitionName } from '../../../../models/definitions.ts';
import { defaultSide } from '../../../../src/nn/network/definition.ts';
import { compilePart, featureLength, inferenceModel } from '../../../../src/nn/network/inference.ts';
import type { NetworkPart } from '../../../../src/nn/network/inference.ts';
import { randomWeights, wavyPatches } from './reference.ts';

/** Debian's chromium brings a Vulkan driver that computes on the CPU: slow, but the whole GPU path runs on it. */
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;
if (!existsSync(driver)) console.warn(`SKIPPED: no ${driver}; the networks are not compared on WebGPU`);

/** Runs every model of a list on both providers and prints the outputs. */
const script = `
  import { readFileSync } from 'node:fs';
  import ort from 'onnxruntime-node';
  const jobs = JSON.parse(readFileSync(process.argv[1], 'utf8'));
  for (const { file, input, values, shape } of jobs) {
    const outputs = [];
    for (const provider of ['cpu', 'webgpu']) {
      const session = await ort.InferenceSession.create(file, { executionProviders: [provider], logSeverityLevel: 3 });
      const results = await session.run({ [input]: new ort.Tensor('float32', Float32Array.from(values), shape) });
      outputs.push([...Object.values(results)[0].data]);
      await session.release();
    }
    console.log(JSON.stringify(outputs));
  }
`;

/** Every kind of layer, pairing, view and decision; half of the patches have next to no contrast. */
const cases: readonly (readonly [DefinitionName, NetworkPart, side?: number])[] = [
  ['2ch', 'pairs'],
  ['2ch-2stream', 'pairs'],
  ['siam-2stream', 'pairs'],
  ['siam', 'decision'],
  ['pseudo-siam-l2', 'pairs'],
  ['siam-spp', 'branch', 46],
  ['2ch-2stream-spp', 'pairs', 32],
  ['descriptor', 'branch'],
];

test.skipIf(!existsSync(driver))(
  'webgpu gives the CPU’s numbers for every kind of network (on software Vulkan)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-webgpu-'));
    const jobs = await Promise.all(
      cases.map(async ([name, part, side = defaultSide(definitions[name])], i) => {
        const definition = definitions[name];
        const file = join(folder, `${i}.onnx`);
        await writeFile(
          file,
          inferenceModel(definition, randomWeights(compilePart(definition, part).parameters, 1), part),
        );
        if (part === 'decision') {
          const length = 2 * featureLength(definition);
          return {
            file,
            input: 'features',
            values: [...wavyPatches(length, 2, 1).subarray(0, 2 * length)],
            shape: [2, length],
          };
        }
        const channels = part === 'pairs' ? 2 : 1;
        const patches = wavyPatches(2 * channels, side, 2);
        const values = patches.map((value, k) => (k < patches.length / 2 ? value : 0.9 + 0.01 * value));
        return { file, input: 'patches', values: [...values], shape: [2, channels, side, side] };
      }),
    );
    const list = join(folder, 'jobs.json');
    await writeFile(list, JSON.stringify(jobs));
    const software = { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: chromium };
    const args = ['--input-type=module', '-e', script, list];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...software } });
    await rm(folder, { recursive: true });
    const found = stdout.split('\n').filter((line) => line.startsWith('[['));
    expect(found).toHaveLength(cases.length);
    found.forEach((line, i) => {
      const [cpu, gpu] = JSON.parse(line) as number[][];
      expect(cpu.every(Number.isFinite)).toBe(true);
      expect(Math.max(...cpu.map((value, k) => Math.abs(value - gpu[k]))), cases[i].join(' ')).toBeLessThan(1e-4);
    });
  },
);
