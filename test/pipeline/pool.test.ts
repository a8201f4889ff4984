import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type Pool, type TaskName } from '../../pipeline/pool.ts';
import { UsageError } from '../../src/errors.ts';

const settings = { device: 'cpu', sessionThreads: 1, judgePath: '', descriptorPath: '' } as const;
const file = fileURLToPath(new URL('./workers/failing-worker.mjs', import.meta.url));

describe('pool', () => {
  let folder: string;
  let pool: Pool;
  const stop = new AbortController();
  const run = (name: string, input: unknown): Promise<unknown> => pool.run(name as TaskName, input as never);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-pool-'));
    pool = createPool(2, settings, stop.signal, file);
  });
  afterEach(async () => {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('replaces a crashed worker and tries its task once more, and only once', async () => {
    expect(await run('crash-once', join(folder, 'marker'))).toBe('survived');
    await expect(run('crash-always', null)).rejects.toThrow(/exited/);
    expect(await run('crash-once', join(folder, 'marker'))).toBe('survived');
  });

  it('passes a task’s own error on, without a second try', async () => {
    await expect(run('fail', null)).rejects.toThrow('the task says no');
  });

  it('a task’s error keeps its class', async () => {
    const real = createPool(1, settings);
    await expect(real.run('inspectPatchModel', fileURLToPath(import.meta.url))).rejects.toThrow(UsageError);
    await real.close();
  });

  it('keeps the order of the inputs and counts what is done', async () => {
    const done: number[] = [];
    const threads = await pool.map('busy' as TaskName, [300, 1, 1, 300] as never, (n) => done.push(n));
    expect(done).toEqual([1, 2, 3, 4]);
    expect(new Set(threads).size).toBe(2);
  });

  it('an abort ends a task that never looks up', async () => {
    const long = run('busy', 60_000);
    const start = Date.now();
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await expect(long).rejects.toThrow();
    expect(Date.now() - start).toBeLessThan(20_000);
  });
});
