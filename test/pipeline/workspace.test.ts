import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheKey, openWorkspace } from '../../pipeline/workspace.ts';

describe('workspace', () => {
  let folder: string;
  const warnings: string[] = [];
  const open = (maxBytes = 1e9) => openWorkspace(folder, maxBytes, (text) => warnings.push(text));
  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true })).filter((f) => /\.\w+$/.test(f));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-workspace-'));
    warnings.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps typed arrays, shared memory too, from one run to the next', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([1.5, -2]);
    const value = { shared, nested: [{ points: Float64Array.of(1, 2) }], kind: 'homography' };
    const key = cacheKey('pair', 'a', { b: 1 });
    await (await open()).put('pairs', key, value);
    expect(await (await open()).get('pairs', key)).toEqual({
      shared: Float32Array.of(1.5, -2),
      nested: [{ points: Float64Array.of(1, 2) }],
      kind: 'homography',
    });
    expect(await (await open()).get('pairs', cacheKey('pair', 'a', { b: 2 }))).toBeUndefined();
  });

  it('takes a damaged entry for absent', async () => {
    const workspace = await open();
    const key = cacheKey('x');
    await workspace.put('features', key, { data: new Uint8Array(1000) });
    const [entry] = await files();
    await truncate(join(folder, entry), 100);
    expect(await workspace.get('features', key)).toBeUndefined();
  });

  it('trims what was not used for longest, and what a killed run left behind', async () => {
    const workspace = await open(2500);
    for (const name of ['old', 'middle', 'new']) {
      await workspace.put('features', cacheKey(name), new Uint8Array(1000));
    }
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const file of await files())
      if (file.includes(cacheKey('old'))) await utimes(join(folder, file), longAgo, longAgo);
    const abandoned = join(folder, 'features', 'half.tmp');
    await writeFile(abandoned, 'half');
    await utimes(abandoned, longAgo, longAgo);
    await workspace.trim();
    expect(await workspace.get('features', cacheKey('old'))).toBeUndefined();
    expect(await workspace.get('features', cacheKey('middle'))).toHaveLength(1000);
    expect(await workspace.get('features', cacheKey('new'))).toHaveLength(1000);
    expect((await files()).some((file) => file.endsWith('.tmp'))).toBe(false);
  });

  it('keeps every entry where there is no bound, and not what a killed run left behind', async () => {
    const workspace = await openWorkspace(folder, Infinity, (text) => warnings.push(text));
    await workspace.put('features', cacheKey('old'), new Float32Array(1000));
    const longAgo = new Date('2020-01-01');
    const abandoned = join(folder, 'half.tmp');
    const underWay = join(folder, 'features', 'half.tmp');
    for (const path of [abandoned, underWay]) await writeFile(path, 'half');
    await utimes(abandoned, longAgo, longAgo);
    await workspace.trim();
    expect(await workspace.get('features', cacheKey('old'))).toHaveLength(1000);
    expect((await files()).filter((file) => file.endsWith('.tmp'))).toEqual([join('features', 'half.tmp')]);
  });

  it('warns once and goes on where it cannot write', async () => {
    const blocked = join(folder, 'file');
    await writeFile(blocked, '');
    const workspace = await openWorkspace(join(blocked, 'inside'), 1e9, (text) => warnings.push(text));
    await workspace.put('features', cacheKey('a'), 1);
    await workspace.put('features', cacheKey('b'), 1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('inside');
  });
});
