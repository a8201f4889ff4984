import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doctor, renderDoctorReport } from '../../pipeline/doctor.ts';
import { probeProvider } from '../../pipeline/provider-probe.ts';

describe('doctor', () => {
  it('has run the judge on the CPU and finds every shipped model as its card says', async () => {
    const report = await doctor();
    expect(report.providers.map((state) => state.provider)).toEqual(['cpu', 'webgpu', 'cuda']);
    expect(report.providers[0]).toMatchObject({ provider: 'cpu', ran: true, pairs: 64 });
    for (const state of report.providers) if (!state.ran) expect(state.reason).not.toBe('');
    expect(report.models.map((model) => [model.name, model.card])).toEqual([
      ['descriptor', 'matches'],
      ['2ch', 'matches'],
      ['2ch-2stream', 'matches'],
      ['2ch-2stream-spp', 'matches'],
    ]);
    const text = renderDoctorReport(report);
    expect(text).toMatch(/^provider cpu +ran 64 patch pairs in \d+ ms/m);
    expect(text).toContain(report.workspace.folder);
    for (const version of Object.values(report.versions)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe('probeProvider', () => {
  it('says why a network cannot run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-test-'));
    try {
      const model = join(folder, 'broken.onnx');
      await writeFile(model, 'no network');
      const state = await probeProvider('cpu', model);
      expect(state).toMatchObject({ provider: 'cpu', ran: false });
      expect(state.ran ? '' : state.reason).toMatch(/load|parse|protobuf/i);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
