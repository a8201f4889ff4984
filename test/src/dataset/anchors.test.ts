import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anchorsFile, readAnchors, writeAnchors } from '../../../src/dataset/anchors.ts';
import { DataError } from '../../../src/errors.ts';

const anchors = {
  count: 5000,
  patch1: Uint32Array.from({ length: 5000 }, (_, i) => i),
  true2: Uint32Array.from({ length: 5000 }, (_, i) => i + 5000),
  hard2: Uint32Array.from({ length: 15_000 }, (_, i) => (i * 7919) % 10_000),
};

describe('anchors.csv', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-anchors-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('comes back as written', async () => {
    await writeAnchors(folder, anchors);
    const text = await readFile(join(folder, anchorsFile), 'utf8');
    expect(text.split('\n').slice(0, 3)).toEqual(['patch1,true2,hard2', '0,5000,0 7919 5838', '1,5001,3757 1676 9595']);
    const read = await readAnchors(folder, 10_000);
    expect(read).toEqual(anchors);
    expect(read!.hard2.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('is null where nothing was mined, and empty where nothing was found', async () => {
    expect(await readAnchors(folder, 10)).toBeNull();
    await writeAnchors(folder, {
      count: 0,
      patch1: new Uint32Array(),
      true2: new Uint32Array(),
      hard2: new Uint32Array(),
    });
    expect((await readAnchors(folder, 10))!.count).toBe(0);
  });

  it.each([
    ['a patch that the set has not', 'patch1,true2,hard2\n1,2,3 4\n1,2,3 10\n', /line 3/],
    ['too few numbers', 'patch1,true2,hard2\n1,2,3 4\n1,2,3\n', /line 3/],
    ['letters', 'patch1,true2,hard2\n1,x,3 4\n', /line 2/],
    ['another file', 'x,y\n1,2\n', /first line/],
  ])('with %s is refused by name', async (_, text, message) => {
    await writeFile(join(folder, anchorsFile), text);
    await expect(readAnchors(folder, 10)).rejects.toThrow(DataError);
    await expect(readAnchors(folder, 10)).rejects.toThrow(message);
    await expect(readAnchors(folder, 10)).rejects.toThrow(anchorsFile);
  });
});
