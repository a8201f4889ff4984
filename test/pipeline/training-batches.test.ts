import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../pipeline/observer.ts';
import { recipeFor } from '../../pipeline/train-recipe.ts';
import { openTrainingBatches } from '../../pipeline/training-batches.ts';
import type { Batch } from '../../src/dataset/batches/make-batch.ts';
import { writePatchSet } from '../../src/dataset/write-patch-set.ts';
import { DataError } from '../../src/errors.ts';

const mosaics = 8;
const smallLevel = 200;

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const levelOf = (mosaic: number): number => 20 * (mosaic + 1);

/** Mosaics of 128 points in two photos each; all patches of a mosaic are of one grey, which tells it from the others. */
async function writeGreySet(to: string, levels: readonly number[]): Promise<void> {
  const ids = Array.from({ length: 256 * levels.length }, (_, i) => i);
  const patches = new Uint8Array(ids.length * 4096);
  levels.forEach((level, mosaic) => patches.fill(level, 256 * 4096 * mosaic, 256 * 4096 * (mosaic + 1)));
  await writePatchSet(to, async (append) => {
    await append({
      count: ids.length,
      patches,
      point: Uint32Array.from(ids, (i) => 128 * Math.floor(i / 256) + (i % 128)),
      photo: Uint32Array.from(ids, (i) => Math.floor(i / 128)),
      keypoints: null,
    });
    return { facts: null, pairs: null };
  });
}

/** Four windows of two mosaics of the large set beside the small one, each for five steps. */
const memory = 0.0057e9;
const stepsPerWindow = 5;

/** Batches `[from, to)` of a run. */
async function batchesOf(
  from: number,
  to: number,
  given: { readonly memory?: number | null; readonly data?: readonly string[] } = {},
  observe: (event: ProgressEvent) => void = () => undefined,
): Promise<Drawn[]> {
  const recipe = recipeFor('2ch', {
    preset: 'paper',
    batch: 64,
    steps: 45,
    seed: 1,
    startsFolded: false,
  });
  const sources = {
    data: given.data ?? [at('large'), at('small')],
    weights: null,
    validation: [],
    validationPairs: 0,
    validateEvery: 1,
    memory: given.memory === undefined ? memory : given.memory,
    start: null,
    earlier: [],
  };
  const source = await openTrainingBatches({ recipe, sources, step: from }, 1, observe);
  try {
    const batches: Drawn[] = [];
    while (batches.length < to - from) batches.push(inShort(await source.next()));
    return batches;
  } finally {
    await source.close();
  }
}

/** A batch, in short. */
interface Drawn {
  readonly step: number;
  /** The grey of each patch. */
  readonly levels: readonly number[];
  readonly digest: string;
}

function inShort({ step, patches, targets }: Batch): Drawn {
  const levels = Array.from({ length: patches.length / 4096 }, (_, i) => Math.round(255 * patches[i * 4096]));
  return { step, levels, digest: createHash('sha1').update(patches).update(targets).digest('hex') };
}

/** The mosaics of the large set that batches draw from, ascending. */
const mosaicsOf = (batches: readonly Drawn[]): number[] =>
  [...new Set(batches.flatMap(({ levels }) => levels))]
    .filter((level) => level !== smallLevel)
    .map((level) => level / 20 - 1)
    .sort((a, b) => a - b);

const turnsOf = (batches: readonly Drawn[]): number[][] =>
  Array.from({ length: batches.length / stepsPerWindow }, (_, turn) =>
    mosaicsOf(batches.slice(turn * stepsPerWindow, (turn + 1) * stepsPerWindow)),
  );

let whole: Drawn[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-batches-'));
  await writeGreySet(
    at('large'),
    Array.from({ length: mosaics }, (_, mosaic) => levelOf(mosaic)),
  );
  await writeGreySet(at('small'), [smallLevel]);
  whole = await batchesOf(0, 45);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('batches of data larger than the memory', () => {
  it('are drawn from one window after the other, each once a round', () => {
    const turns = turnsOf(whole);
    for (const [low, high] of turns) expect([low % 2, high]).toEqual([0, low + 1]);
    for (const round of [0, 1]) {
      const firsts = turns.slice(4 * round, 4 * round + 4).map(([low]) => low);
      expect(firsts.sort((a, b) => a - b)).toEqual([0, 2, 4, 6]);
    }
  });

  it('draw each patch as often as any other, whichever window it is in', () => {
    const all = whole.flatMap(({ levels }) => levels);
    const share = all.filter((level) => level === smallLevel).length / all.length;
    expect(share).toBeGreaterThan(0.07);
    expect(share).toBeLessThan(0.16);
  });

  it.each([5, 13])('are the same for a run that goes on at step %i', async (step) => {
    const rest = await batchesOf(step, 45);
    expect(rest).toEqual(whole.slice(step));
  });

  it('say so, in windows, gigabytes and steps', async () => {
    const texts: string[] = [];
    await batchesOf(0, 1, {}, (event) => event.type === 'message' && texts.push(event.text));
    expect(texts).toEqual([
      '0.0094 GB of patches are trained on in 4 windows of 0.0031 GB, each for 5 steps at a time (--memory)',
    ]);
  });

  it.each([1e9, null])('are of all data at once where it fits (%s)', async (memory) => {
    const texts: string[] = [];
    const batches = await batchesOf(0, 5, { memory }, (event) => event.type === 'message' && texts.push(event.text));
    expect(mosaicsOf(batches)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(texts).toEqual([]);
  });

  it('leave out a damaged mosaic, with one note in all rounds', async () => {
    await writeGreySet(
      at('damaged'),
      Array.from({ length: mosaics }, (_, mosaic) => levelOf(mosaic)),
    );
    await writeFile(at('damaged', 'patches0003.bmp'), 'nonsense');
    const notes: string[] = [];
    const data = [at('damaged'), at('small')];
    const batches = await batchesOf(0, 45, { data }, (event) => {
      if (event.type === 'message' && event.level === 'warning') notes.push(event.text);
    });
    expect(mosaicsOf(batches)).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(notes.length).toBe(1);
    expect(notes[0]).toMatch(/patches0003\.bmp.*patches 768 to 1023 are left out/);
  });

  it('end with the name of a set of whose window nothing can be read', async () => {
    await writeGreySet(
      at('lost'),
      Array.from({ length: mosaics }, (_, mosaic) => levelOf(mosaic)),
    );
    for (const mosaic of [2, 3]) await rm(at('lost', `patches000${mosaic}.bmp`));
    const data = [at('lost'), at('small')];
    const lost = batchesOf(0, 45, { data });
    await expect(lost).rejects.toThrow(DataError);
    await expect(lost).rejects.toThrow(/lost: none of the 2 mosaics \(patches0002\.bmp …\)/);
  });
});
