import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAnchors, writeAnchors } from '../../../src/dataset/anchors.ts';
import { readGreyBmp, writeGreyBmp } from '../../../src/dataset/brown/bmp.ts';
import { drawPairs } from '../../../src/dataset/brown/draw-pairs.ts';
import { findPairsFiles, readPairsFile, type VerificationPairs } from '../../../src/dataset/brown/pairs-file.ts';
import type { PatchSetFacts } from '../../../src/dataset/brown/set-file.ts';
import { readPatchSet } from '../../../src/dataset/read-patch-set.ts';
import { requireFree, writePatchSet } from '../../../src/dataset/write-patch-set.ts';
import { DataError, UsageError } from '../../../src/errors.ts';
import { createRandom } from '../../../src/math/random.ts';

const evalPatches = join(import.meta.dirname, '../../../../shared/data/eval/patches');
const count = 600;
const facts: PatchSetFacts = { version: 1, patchScale: 6, photoNames: ['a.jpg', 'b.jpg'], made: { seed: 3 } };

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tessera-brown-'));
  folder = join(parent, 'set');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

function syntheticColumns() {
  const random = createRandom(5);
  const floats = (scale: number) => Float32Array.from({ length: count }, () => scale * random.next());
  return {
    patches: Uint8Array.from({ length: count * 4096 }, () => random.integer(256)),
    point: Uint32Array.from({ length: count }, (_, i) => Math.floor(i / 2) * 10),
    photo: Uint32Array.from({ length: count }, (_, i) => i % 2),
    keypoints: { x: floats(4000), y: floats(1e-3), size: floats(300), angle: floats(6.3) },
  };
}

const columns = syntheticColumns();
const pairs = drawPairs(columns, 50, 1);

/** Writes the set in chunks that do not end where mosaics do. */
async function writeSet(to: string, pairsToWrite: VerificationPairs | null = pairs): Promise<void> {
  await writePatchSet(to, async (append) => {
    for (let start = 0; start < count; start += 250) {
      const end = Math.min(count, start + 250);
      const cut = (values: Float32Array) => values.subarray(start, end);
      const { x, y, size, angle } = columns.keypoints;
      await append({
        count: end - start,
        patches: columns.patches.subarray(start * 4096, end * 4096),
        point: columns.point.subarray(start, end),
        photo: columns.photo.subarray(start, end),
        keypoints: { x: cut(x), y: cut(y), size: cut(size), angle: cut(angle) },
      });
    }
    return { facts, pairs: pairsToWrite };
  });
}

describe("a set in Brown's format", () => {
  it('comes back as it was written, to the bit', async () => {
    await writeSet(folder);
    const set = await readPatchSet(folder);
    expect(set.count).toBe(count);
    expect(Buffer.compare(Buffer.from(set.patches), Buffer.from(columns.patches))).toBe(0);
    expect(set.point).toEqual(columns.point);
    expect(set.photo).toEqual(columns.photo);
    expect({ x: set.x, y: set.y, size: set.size, angle: set.angle }).toEqual(columns.keypoints);
    expect([set.patchScale, set.photoNames, set.anchors, set.skipped]).toEqual([6, facts.photoNames, null, []]);
    expect(set.patches.buffer).toBeInstanceOf(SharedArrayBuffer);
    const [name] = await findPairsFiles(folder);
    expect(await readPairsFile(folder, name)).toEqual(pairs);
    expect((await readdir(parent)).length).toBe(1);
  });

  it('lays patches out as the released data does', async () => {
    await writeSet(folder);
    expect((await readdir(folder)).sort()).toEqual([
      'info.txt',
      'keypoints.csv',
      'm50_50_50_0.txt',
      'patches0000.bmp',
      'patches0001.bmp',
      'patches0002.bmp',
      'set.json',
    ]);
    const bmp = readGreyBmp(await readFile(join(folder, 'patches0001.bmp')));
    if (bmp.kind === 'damaged') throw new Error(bmp.reason);
    // Patch 17 of the second mosaic: second row, second column.
    const patch = 256 + 17;
    const at = (u: number, v: number) => bmp.pixels[(64 + v) * 1024 + 64 + u];
    expect(at(5, 9)).toBe(columns.patches[patch * 4096 + 9 * 64 + 5]);
    const last = readGreyBmp(await readFile(join(folder, 'patches0002.bmp')));
    if (last.kind === 'damaged') throw new Error(last.reason);
    expect(last.pixels.subarray(1024 * 1023).every((grey) => grey === 0)).toBe(true);
    expect((await readFile(join(folder, 'info.txt'), 'latin1')).split('\n').slice(2, 4)).toEqual(['10 0', '10 1']);
  });

  it.skipIf(!existsSync(evalPatches))('of the released kind is written again byte for byte', async () => {
    const set = await readPatchSet(evalPatches);
    const names = await findPairsFiles(evalPatches);
    const released = await readPairsFile(evalPatches, names[0]);
    expect([set.count, set.skipped, released.count]).toEqual([2560, [], 2560]);
    await writePatchSet(folder, async (append) => {
      await append({ ...set, keypoints: null });
      return { facts: null, pairs: released };
    });
    const files = (await readdir(evalPatches)).sort();
    expect((await readdir(folder)).sort()).toEqual(files);
    for (const file of files) {
      const [ours, theirs] = await Promise.all([readFile(join(folder, file)), readFile(join(evalPatches, file))]);
      expect(ours.equals(theirs), file).toBe(true);
    }
  });
  if (!existsSync(evalPatches))
    console.warn('SKIPPED: ../shared/data is not there: no released patches to write again');

  it('is not written over anything, nor left half-written', async () => {
    await mkdir(folder);
    await requireFree(folder);
    await expect(writePatchSet(folder, () => Promise.reject(new DataError('nothing to write')))).rejects.toThrow(
      'nothing to write',
    );
    expect(await readdir(folder)).toEqual([]);
    expect(await readdir(parent)).toEqual(['set']);
    await writeFile(join(folder, 'mine.txt'), 'keep');
    await expect(writeSet(folder)).rejects.toThrow(UsageError);
    expect(await readdir(folder)).toEqual(['mine.txt']);
  });
});

describe('damage', () => {
  it.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, 500_000), /patches0001\.bmp: it is truncated/],
    ['empty', () => Buffer.alloc(0), /patches0001\.bmp: it is empty/],
    ['no BMP', () => Buffer.from('<html>not found</html>'), /patches0001\.bmp: it is not a BMP/],
    [
      'of another size',
      () => Buffer.from(writeGreyBmp(new Uint8Array(64 * 64), 64, 64)),
      /64×64 pixels, expected 1024/,
    ],
  ])('to a mosaic (%s) is named, and takes only its own patches', async (_, damage, note) => {
    await writeSet(folder);
    const inside = { count: 3, patch1: [0, 10, 520], true2: [1, 300, 521], hard2: [2, 3, 4, 5, 530, 0] };
    const mined = {
      count: 3,
      patch1: Uint32Array.from(inside.patch1),
      true2: Uint32Array.from(inside.true2),
      hard2: Uint32Array.from(inside.hard2),
    };
    await writeAnchors(folder, mined);
    expect(await readAnchors(folder, count)).toEqual(mined);
    const file = join(folder, 'patches0001.bmp');
    await writeFile(file, damage(await readFile(file)));
    const set = await readPatchSet(folder);
    expect(set.skipped.length).toBe(1);
    expect(set.skipped[0]).toMatch(note);
    expect(set.skipped[0]).toMatch(/patches 256 to 511/);
    expect(set.count).toBe(count - 256);
    const there = [...Array(count).keys()].filter((patch) => patch < 256 || patch >= 512);
    expect([...set.point]).toEqual(there.map((patch) => columns.point[patch]));
    expect([...set.x!]).toEqual(there.map((patch) => columns.keypoints.x[patch]));
    expect(set.patches.length).toBe(set.count * 4096);
    for (const patch of [255, 512, 599]) {
      const now = set.numberInSet[patch] * 4096;
      expect([...set.patches.subarray(now, now + 64)]).toEqual([
        ...columns.patches.subarray(patch * 4096, patch * 4096 + 64),
      ]);
    }
    // The second anchor's partner is gone; the third is 256 patches further down.
    expect([...set.anchors!.patch1]).toEqual([0, 264]);
    expect([...set.anchors!.true2]).toEqual([1, 265]);
    expect([...set.anchors!.hard2]).toEqual([2, 3, 274, 0]);
  });

  it('to all mosaics is an error that says what to do', async () => {
    await writeSet(folder);
    for (const mosaic of [0, 1, 2]) await rm(join(folder, `patches000${mosaic}.bmp`));
    await expect(readPatchSet(folder)).rejects.toThrow(DataError);
    await expect(readPatchSet(folder)).rejects.toThrow(/none of the 3 mosaics.*ENOENT.*again/);
  });

  it.each([
    ['info.txt', '1 0\n2 0\nthree 0\n', /info\.txt, line 3: expected 2 whole numbers \(point, photo\).*three/],
    ['info.txt', '', /info\.txt is empty/],
    ['keypoints.csv', 'x,y,size,angle\n1,2,3,4\n', /keypoints\.csv: expected 600 keypoints/],
    ['keypoints.csv', 'x,y,size,angle\n1,2,,4\n', /keypoints\.csv, line 2/],
    ['set.json', '{"version":2}', /set\.json: version/],
    ['set.json', '{', /set\.json is not JSON/],
  ])('to %s is named', async (file, text, message) => {
    await writeSet(folder);
    await writeFile(join(folder, file), text);
    await expect(readPatchSet(folder)).rejects.toThrow(DataError);
    await expect(readPatchSet(folder)).rejects.toThrow(message);
  });

  it('stops reading when asked to', async () => {
    await writeSet(folder);
    await expect(readPatchSet(folder, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('BMP', () => {
  it('is read with rows from the top, an odd width and any grey palette', () => {
    const pixels = Uint8Array.from([1, 2, 3, 4, 5, 6]);
    const bytes = writeGreyBmp(pixels, 3, 2);
    expect(readGreyBmp(bytes)).toEqual({ kind: 'grey', width: 3, height: 2, pixels });
    const view = new DataView(bytes.buffer);
    view.setInt32(22, -2, true);
    expect(readGreyBmp(bytes)).toMatchObject({ pixels: Uint8Array.from([4, 5, 6, 1, 2, 3]) });
    // Entry 4 of the palette becomes white.
    bytes.fill(255, 54 + 4 * 4, 54 + 4 * 4 + 3);
    expect(readGreyBmp(bytes)).toMatchObject({ pixels: Uint8Array.from([255, 5, 6, 1, 2, 3]) });
    bytes[54 + 4 * 4] = 0;
    expect(readGreyBmp(bytes)).toEqual({ kind: 'damaged', reason: 'its palette is not grey' });
  });
});

describe('pairs', () => {
  it('are half right, of two photos each, and no point twice', () => {
    const right = [...pairs.patch1.keys()].filter((i) => pairs.point1[i] === pairs.point2[i]);
    expect([pairs.count, right.length]).toEqual([100, 50]);
    expect(right.every((i) => columns.photo[pairs.patch1[i]] !== columns.photo[pairs.patch2[i]])).toBe(true);
    expect(new Set(right.map((i) => pairs.point1[i])).size).toBe(50);
    expect([...pairs.point1]).toEqual([...pairs.patch1].map((patch) => columns.point[patch]));
    expect(drawPairs(columns, 50, 1)).toEqual(pairs);
    expect(drawPairs(columns, 50, 2)).not.toEqual(pairs);
  });

  it('are taken from the largest file', async () => {
    await writeSet(folder);
    await cp(join(folder, 'm50_50_50_0.txt'), join(folder, 'm50_100000_100000_0.txt'));
    await cp(join(folder, 'm50_50_50_0.txt'), join(folder, 'm50_9000_9000_0.txt'));
    expect((await findPairsFiles(folder))[0]).toBe('m50_100000_100000_0.txt');
  });
});
