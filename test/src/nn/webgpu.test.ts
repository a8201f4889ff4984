import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { networks } from '../../../models/index.ts';

/** Debian's chromium brings a Vulkan driver that computes on the CPU: slow, but the whole GPU path runs on it. */
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;
const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** Scores eight pairs of seeded patches on the device; prints provider, reason and scores. */
const script = `
  import { modelPath } from '${dist}models/index.js';
  import { pairContract, scorePairs } from '${dist}src/nn/judge.js';
  import { loadModel } from '${dist}src/nn/model.js';
  const model = await loadModel(modelPath(process.argv[2]), pairContract, { device: process.argv[1], threads: 1 });
  const patches = Uint8Array.from({ length: 8 * 4096 }, (_, i) => 128 + 90 * Math.sin(i / (7 + (i >> 12))) * Math.cos(i / 640));
  const index = Uint32Array.from({ length: 8 }, (_, i) => i);
  const scores = await scorePairs(model, patches, patches, { count: 8, index1: index, index2: index.map((i) => (i * 3) % 8) });
  console.log(JSON.stringify({ provider: model.provider, reason: model.fallbackReason, scores: [...scores] }));
`;

async function scoreOn(device: string, network: string, env: Record<string, string>) {
  const args = ['--input-type=module', '-e', script, device, network];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as { provider: string; reason: string | null; scores: number[] };
}

describe('devices', () => {
  const judges = Object.entries(networks).flatMap(([name, { kind }]) => (kind === 'pair' ? [name] : []));
  it.skipIf(!existsSync(driver)).each(judges)(
    'webgpu gives the CPU’s scores of %s (on software Vulkan)',
    async (network) => {
      const software = { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: chromium };
      const gpu = await scoreOn('webgpu', network, software);
      const cpu = await scoreOn('cpu', network, {});
      expect([gpu.provider, cpu.provider]).toEqual(['webgpu', 'cpu']);
      gpu.scores.forEach((score, i) => expect(Math.abs(score - cpu.scores[i])).toBeLessThan(1e-4));
    },
  );

  it('cuda without its libraries falls back to the CPU and says how to install them', async () => {
    const { provider, reason, scores } = await scoreOn('cuda', '2ch', {});
    if (provider === 'cuda') return;
    expect(provider).toBe('cpu');
    expect(reason).toMatch(/npm rebuild onnxruntime-node|no CUDA/);
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});
