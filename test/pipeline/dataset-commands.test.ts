import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawPairSheet } from '../../src/dataset/pair-sheet.ts';
import { readPatchSet } from '../../src/dataset/read-patch-set.ts';
import type { ReadPatchSet } from '../../src/dataset/read-patches.ts';
import { isWrong } from '../../src/dataset/wrong-patch.ts';
import { writePatchSet } from '../../src/dataset/write-patch-set.ts';
import { createRandom } from '../../src/math/random.ts';

const cli = join(import.meta.dirname, '../../dist/pipeline/cli.js');

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function tessera(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Five photos of the same 120 places, 600 patches; a patch and its partners are one texture under different noise. */
const [photos, places] = [5, 120];
const count = photos * places;

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tessera-dataset-'));
  folder = join(parent, 'set');
  const random = createRandom(3);
  const textures = Array.from({ length: places }, () =>
    Float64Array.from({ length: 64 }, () => 60 + 130 * random.next()),
  );
  const patches = new Uint8Array(count * 4096);
  for (let patch = 0; patch < count; patch++) {
    // 8×8 blocks of 8×8 pixels.
    for (let i = 0; i < 4096; i++) {
      const block = (i >> 9) * 8 + ((i & 63) >> 3);
      patches[patch * 4096 + i] = textures[patch % places][block] + 20 * random.next();
    }
  }
  const ids = Array.from({ length: count }, (_, patch) => patch);
  await writePatchSet(folder, async (append) => {
    await append({
      count,
      patches,
      point: Uint32Array.from(ids, (patch) => patch % places),
      photo: Uint32Array.from(ids, (patch) => Math.floor(patch / places)),
      keypoints: {
        x: Float32Array.from(ids, (patch) => 40 * (patch % 10)),
        y: Float32Array.from(ids, (patch) => 40 * Math.floor((patch % places) / 10)),
        size: new Float32Array(count).fill(5),
        angle: new Float32Array(count),
      },
    });
    return { facts: { version: 1, patchScale: 6, photoNames: null, made: {} }, pairs: null };
  });
});
afterEach(() => rm(parent, { recursive: true, force: true }));

async function expectRightAnchors(expected: number | null): Promise<ReadPatchSet> {
  const set = await readPatchSet(folder);
  const { count, patch1, true2, hard2 } = set.anchors!;
  if (expected === null) expect(count).toBeGreaterThan(100);
  else expect(count).toBe(expected);
  for (let row = 0; row < count; row++) {
    const partner = true2[row];
    expect(set.point[partner]).toBe(set.point[patch1[row]]);
    for (const patch of hard2.subarray(4 * row, 4 * row + 4)) {
      expect(set.photo[patch]).toBe(set.photo[partner]);
      expect(isWrong(set, partner, patch)).toBe(true);
    }
  }
  return set;
}

describe('tessera dataset mine', () => {
  it('finds wrong patches of the photo of the partner, also beside a damaged mosaic', async () => {
    const file = join(folder, 'patches0000.bmp');
    const whole = await readFile(file);
    const mined = await tessera('dataset', 'mine', folder, '--per-anchor', '4', '--threads', '1');
    expect(mined).toMatchObject({ code: 0, stdout: `${folder}: 2400 anchor patches with 4 look-alikes each\n` });
    await expectRightAnchors(2400);
    // Without the second mosaic the last 88 patches of the last photo have other numbers.
    await writeFile(join(folder, 'patches0001.bmp'), whole.subarray(0, 1000));
    const again = await tessera('dataset', 'mine', folder, '--per-anchor', '4', '--threads', '1');
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('patches0001.bmp');
    const { photo, anchors } = await expectRightAnchors(null);
    expect(anchors!.true2.some((partner) => photo[partner] === 4)).toBe(true);
    await writeFile(join(folder, 'patches0001.bmp'), whole);
    await expectRightAnchors(anchors!.count);
  });
});

describe('tessera dataset show', () => {
  it('counts what there is, and draws right pairs', async () => {
    const picture = join(parent, 'sheet.png');
    const shown = await tessera('dataset', 'show', folder, '--json', '-o', picture, '--columns', '3', '--rows', '2');
    expect(shown.code).toBe(0);
    expect(JSON.parse(shown.stdout)).toEqual({
      patches: 600,
      points: 120,
      sharedPoints: 120,
      photos: 5,
      rightPairs: 1200,
      anchors: null,
      patchScale: 6,
      skipped: [],
    });
    const set = await readPatchSet(folder);
    const { width, height, pixels } = drawPairSheet(set, 3, 2, 0);
    const drawn = await sharp(picture).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    expect([drawn.info.width, drawn.info.height]).toEqual([width, height]);
    expect(drawn.data.equals(Buffer.from(pixels))).toBe(true);
    // The two patches of the first pair: one texture.
    const levels = (left: number) => Array.from({ length: 64 }, (_, u) => pixels[(10 + 32) * width + left + u]);
    levels(10).forEach((level, u) => expect(Math.abs(level - levels(10 + 66)[u])).toBeLessThanOrEqual(21));
    expect((await tessera('dataset', 'show', folder)).stdout).toMatch(/patches +600\npoints +120, 120 of them/);
  });
});

describe('tessera dataset', () => {
  it('ends with the exit codes that scripts rely on, and leaves nothing', async () => {
    const fixtures = join(import.meta.dirname, '../../fixtures/panoramas/row');
    const cases: readonly (readonly [number, RegExp, readonly string[]])[] = [
      [2, /name it with -o/, ['photos', fixtures]],
      [2, /new or empty folder/, ['photos', fixtures, '-o', folder]],
      [2, /no such file or folder/, ['photos', join(parent, 'nowhere'), '-o', join(parent, 'new')]],
      [2, /"sift"/, ['photos', fixtures, '-o', join(parent, 'new'), '--detectors', 'sift']],
      [2, /--model-dir/, ['sfm', fixtures, '-o', join(parent, 'new')]],
      [1, /holds no set of patches/, ['show', fixtures]],
      [2, /ENOENT/, ['mine', join(parent, 'nowhere')]],
    ];
    for (const [code, message, args] of cases) {
      const finished = await tessera('dataset', ...args);
      expect(finished.stderr).toMatch(message);
      expect(finished.code).toBe(code);
    }
    expect(await readdir(parent)).toEqual(['set']);
  });
});
