import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPatchSet } from '../../../src/dataset/open-patch-set.ts';
import { mostPatches, readPatches } from '../../../src/dataset/read-patches.ts';
import { writePatchSet } from '../../../src/dataset/write-patch-set.ts';
import { DataError } from '../../../src/errors.ts';
import { syntheticSet } from './batches/synthetic-set.ts';

/** 600 patches in three mosaics, the last of which is not full. */
const whole = syntheticSet(1, 300);

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tessera-read-'));
  folder = join(parent, 'set');
  await writePatchSet(folder, async (append) => {
    const { count, patches, point, photo, x, y, size, angle } = whole;
    await append({ count, patches, point, photo, keypoints: { x: x!, y: y!, size: size!, angle: angle! } });
    return { facts: null, pairs: null };
  });
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const expectPatches = (found: Uint8Array, first: number, end: number): void =>
  expect(Buffer.compare(found, whole.patches.subarray(first * 4096, end * 4096))).toBe(0);

describe('reading patches of a set', () => {
  it.each([
    [0, 256],
    [256, 600],
    [512, 600],
  ])('of the range %i to %i gives a set of its own', async (first, end) => {
    const set = await readPatches(await openPatchSet(folder), { first, end });
    expect(set.count).toBe(end - first);
    expectPatches(set.patches, first, end);
    expect(set.point).toEqual(whole.point.slice(first, end));
    expect(set.y).toEqual(whole.y!.slice(first, end));
    expect(set.numberInSet[first]).toBe(0);
    expect(set.numberInSet[first - 1] ?? -1).toBe(-1);
  });

  it('goes into memory that is there already', async () => {
    const into = new Uint8Array(new SharedArrayBuffer(512 * 4096)).fill(9);
    const set = await readPatches(await openPatchSet(folder), { first: 512, end: 600 }, { into });
    expect(set.patches.buffer).toBe(into.buffer);
    expectPatches(set.patches, 512, 600);
    expect(into[88 * 4096]).toBe(9);
  });

  it('leaves out what is damaged within the range, and notes nothing else', async () => {
    for (const mosaic of [0, 1]) await writeFile(join(folder, `patches000${mosaic}.bmp`), 'nonsense');
    const set = await readPatches(await openPatchSet(folder), { first: 256, end: 600 });
    expect(set.count).toBe(88);
    expectPatches(set.patches, 512, 600);
    expect(set.skipped.length).toBe(1);
    expect(set.skipped[0]).toMatch(/patches0001\.bmp.*patches 256 to 511 are left out/);
  });

  it('refuses more than an array can hold, and says what to do', async () => {
    const end = mostPatches + 1;
    const huge = readPatches({ ...whole, folder: 'huge', count: end }, { first: 0, end });
    await expect(huge).rejects.toThrow(DataError);
    await expect(huge).rejects.toThrow(/huge: 1048577 patches.*"tessera train".*several sets/);
  });
});
