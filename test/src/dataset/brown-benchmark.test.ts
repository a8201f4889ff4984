import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAnchors } from '../../../src/dataset/anchors.ts';
import { readPatchBenchmark } from '../../../src/dataset/read-patch-benchmark.ts';
import { writePatchSet } from '../../../src/dataset/write-patch-set.ts';
import { DataError, UsageError } from '../../../src/errors.ts';

/** 600 patches, two a point; all pixels of a patch say its number (mod 256). */
const count = 600;
const point = Uint32Array.from({ length: count }, (_, i) => 7 * Math.floor(i / 2));
const pairsText = [
  '0 0 0 1 0 0 0',
  '0 0 0 2 7 0 0',
  '300 1050 0 301 1050 0 0',
  '599 2093 0 598 2093 0 0',
  '599 2093 0 300 1050 0 0',
];
const options = { side: 64, every: 1 };

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tessera-benchmark-')), 'set');
  await writePatchSet(folder, async (append) => {
    const patches = Uint8Array.from({ length: count * 4096 }, (_, i) => Math.floor(i / 4096));
    await append({ count, patches, point, photo: new Uint32Array(count), keypoints: null });
    return { facts: null, pairs: null };
  });
  await writePairs('m50_3_2_0.txt', pairsText);
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

function writePairs(name: string, lines: readonly string[]): Promise<void> {
  return writeFile(join(folder, name), lines.map((line) => `${line}\n`).join(''));
}

const indices = ({ index1, index2 }: { index1: Uint32Array; index2: Uint32Array }) => [[...index1], [...index2]];

describe("a benchmark in Brown's format", () => {
  it('has the pairs of the file, the right ones where both points are one', async () => {
    const benchmark = await readPatchBenchmark(folder, options);
    expect(benchmark).toMatchObject({ count, side: 64, ranking: null });
    expect(indices(benchmark.truePairs)).toEqual([
      [0, 300, 599],
      [1, 301, 598],
    ]);
    expect(indices(benchmark.wrongPairs)).toEqual([
      [0, 599],
      [2, 300],
    ]);
    expect(benchmark.truePairs.count).toBe(3);
    expect(benchmark.patches[599 * 4096 + 5]).toBe(599 % 256);
    const sparse = await readPatchBenchmark(folder, { ...options, every: 2 });
    expect(indices(sparse.truePairs)).toEqual([
      [0, 300],
      [1, 301],
    ]);
  });

  it('uses the largest file of several, and says so', async () => {
    await writePairs('m50_1_1_0.txt', pairsText.slice(0, 2));
    const notes: string[] = [];
    const { truePairs } = await readPatchBenchmark(folder, { ...options, note: (text) => notes.push(text) });
    expect(truePairs.count).toBe(3);
    expect(notes).toEqual([expect.stringContaining('m50_3_2_0.txt')]);
  });

  it('ranks true partners among what was mined', async () => {
    await writeAnchors(folder, {
      count: 2,
      patch1: Uint32Array.from([10, 20]),
      true2: Uint32Array.from([11, 21]),
      hard2: Uint32Array.from([30, 40, 50, 60]),
    });
    const { ranking } = await readPatchBenchmark(folder, options);
    expect(ranking!.hardPerAnchor).toBe(2);
    expect(indices(ranking!.truePairs)).toEqual([
      [10, 20],
      [11, 21],
    ]);
    expect(indices(ranking!.hardPairs)).toEqual([
      [10, 10, 20, 20],
      [30, 40, 50, 60],
    ]);
    const sparse = await readPatchBenchmark(folder, { ...options, every: 2 });
    expect(indices(sparse.ranking!.hardPairs)).toEqual([
      [10, 10],
      [30, 40],
    ]);
  });

  it('leaves out the pairs of a damaged mosaic, with a note', async () => {
    const file = join(folder, 'patches0001.bmp');
    await writeFile(file, (await readFile(file)).subarray(0, 99));
    const notes: string[] = [];
    const { truePairs, wrongPairs } = await readPatchBenchmark(folder, {
      ...options,
      note: (text) => notes.push(text),
    });
    expect(indices(truePairs)).toEqual([
      [0, 343],
      [1, 342],
    ]);
    expect(indices(wrongPairs)).toEqual([[0], [2]]);
    expect(notes).toEqual([expect.stringContaining('patches0001.bmp'), expect.stringContaining('2 pairs')]);
  });

  it.each([
    ['a patch that is not there', '0 0 0 600 0 0 0', /line 1: there are only 600/],
    ['points that info.txt has otherwise', '0 0 0 2 0 0 0', /line 1: its points/],
    ['too few numbers', '0 0 0 2 0 0', /line 1: expected 7 whole numbers/],
    ['right pairs only', '0 0 0 1 0 0 0', /there are 1 and 0/],
  ])('with %s is refused by name', async (_, line, message) => {
    await writePairs('m50_3_2_0.txt', [line]);
    await expect(readPatchBenchmark(folder, options)).rejects.toThrow(DataError);
    await expect(readPatchBenchmark(folder, options)).rejects.toThrow(message);
  });

  it('says what is missing, and that patches are 64×64', async () => {
    await expect(readPatchBenchmark(folder, { ...options, side: 32 })).rejects.toThrow(UsageError);
    await expect(readPatchBenchmark(folder, { ...options, side: 32 })).rejects.toThrow(/64×64.*received 32/);
    for (const name of await readdir(folder)) if (name.startsWith('m50')) await rm(join(folder, name));
    await expect(readPatchBenchmark(folder, options)).rejects.toThrow(/no pairs to verify/);
  });
});
