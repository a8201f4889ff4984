import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHomographyDataset } from '../../pipeline/dataset-homography.ts';
import { datasetHomographyOptions } from '../../pipeline/dataset-homography-options.ts';
import { evaluatePatches } from '../../pipeline/evaluate-patches.ts';
import { evaluatePatchesOptions } from '../../pipeline/evaluate-patches-options.ts';
import { silentObserver } from '../../pipeline/observer.ts';
import { resolveOptions } from '../../pipeline/options.ts';
import { DataError, UsageError } from '../../src/errors.ts';

/** Rendered photos of a plane with their homographies. */
const pairs = fileURLToPath(new URL('../../fixtures/pairs', import.meta.url));

describe('tessera dataset homography', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-homography-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const make = (name: string, given: Record<string, unknown> = {}) =>
    makeHomographyDataset(
      pairs,
      resolveOptions(datasetHomographyOptions, {
        output: join(folder, name),
        only: 'plane-moderate',
        maxKeypoints: 400,
        threads: 2,
        ...given,
      }),
    );

  it('makes a benchmark that `evaluate patches` reads, the same one again on another number of threads', async () => {
    const made = await make('a', { anchors: 80 });
    expect(made).toMatchObject({ sequences: 1, photoPairs: 2 });
    expect(made.anchors).toBeGreaterThan(80);
    expect(made.anchors).toBeLessThanOrEqual(160);
    await make('b', { anchors: 80, threads: 1 });
    const names = await readdir(join(folder, 'a'));
    expect(names).toEqual([
      'anchors.csv',
      'benchmark.json',
      'plane-moderate.1.keypoints.csv',
      'plane-moderate.2.keypoints.csv',
      'plane-moderate.3.keypoints.csv',
    ]);
    for (const name of names) {
      expect(await readFile(join(folder, 'b', name), 'utf8')).toBe(await readFile(join(folder, 'a', name), 'utf8'));
    }
    const options = resolveOptions(evaluatePatchesOptions, { model: 'sift', photos: pairs, device: 'cpu', threads: 2 });
    const [{ truePairs, ranked, figures }] = await evaluatePatches(join(folder, 'a'), options, silentObserver);
    expect([truePairs, ranked]).toEqual([made.anchors, made.anchors]);
    // Random wrong pairs hardly ever look like right ones; look-alikes do at times.
    expect(figures.fpr95).toBeLessThan(0.3);
    expect(figures.rank1).toBeGreaterThan(0.6);
  });

  it('cuts with a detector’s own k', async () => {
    await make('dog', { anchors: 1 });
    await make('brisk', { anchors: 1, detector: 'brisk' });
    const about = JSON.parse(await readFile(join(folder, 'brisk', 'benchmark.json'), 'utf8'));
    expect(about).toMatchObject({ patchScale: 6, made: { detector: 'brisk', seed: 0, maxKeypoints: 400 } });
    const sizes = (await readFile(join(folder, 'brisk', 'plane-moderate.1.keypoints.csv'), 'utf8'))
      .split('\n')
      .slice(1, -1)
      .map((line) => Number(line.split(',')[2]));
    // BRISK's sizes start at 9.6 px, and three of them are a patch: half as much for k = 6.
    expect(Math.min(...sizes)).toBeLessThan(9.6);
  });

  it('says what is wrong before it works', async () => {
    await expect(make('a', { output: undefined })).rejects.toThrow(/-o/);
    await expect(make('a', { output: pairs })).rejects.toThrow(UsageError);
    await expect(make('a', { only: 'oxford-*' })).rejects.toThrow(/no sequences called oxford/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes nothing where nothing is found again', async () => {
    const blank = join(folder, 'photos', 'blank');
    await mkdir(blank, { recursive: true });
    const picture = sharp({ create: { width: 200, height: 160, channels: 3, background: '#777' } }).jpeg();
    for (const name of ['1.jpg', '2.jpg']) await picture.toFile(join(blank, name));
    await writeFile(join(blank, 'H_1_2'), '1 0 0 0 1 0 0 0 1');
    const options = resolveOptions(datasetHomographyOptions, { output: join(folder, 'a'), threads: 1 });
    await expect(makeHomographyDataset(join(folder, 'photos'), options)).rejects.toThrow(DataError);
    expect(await readdir(folder)).toEqual(['photos']);
  });

  it('ends when interrupted and leaves nothing', async () => {
    const options = resolveOptions(datasetHomographyOptions, {
      output: join(folder, 'a'),
      maxKeypoints: 50,
      threads: 1,
    });
    const interruption = new AbortController();
    const reason = new Error('enough');
    const work = makeHomographyDataset(pairs, options, interruption.signal, () => interruption.abort(reason));
    await expect(work).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });
});
