import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeOutputFolder } from '../../pipeline/output.ts';
import { UsageError } from '../../src/errors.ts';

describe('makeOutputFolder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-output-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('makes the folder with those above it, and takes one that is there', async () => {
    const inner = join(folder, 'a b', 'ö');
    await makeOutputFolder(inner);
    await makeOutputFolder(inner);
    expect((await stat(inner)).isDirectory()).toBe(true);
  });

  it('names a folder that cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(makeOutputFolder(join(file, 'x'))).rejects.toThrow(UsageError);
    await expect(makeOutputFolder(join(file, 'x'))).rejects.toThrow(`${join(file, 'x')} cannot be made`);
  });
});
