import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  knownFigure,
  noResults,
  readModelResults,
  withFigure,
  writeModelResults,
  type ModelFigure,
} from '../../pipeline/model-results.ts';
import { DataError } from '../../src/errors.ts';

const row = { name: '2ch', network: '2ch', label: null, files: '2ch.onnx', sha256: 'aa', pairsSeen: 5e5 };
const figure = (changes: Partial<ModelFigure> = {}): ModelFigure => ({
  benchmark: 'oxford',
  side: 64,
  every: 1,
  truePairs: 10,
  wrongPairs: 10,
  ranked: 10,
  fpr95: 3.2,
  rank1: 91,
  rocAuc: 99,
  ece: null,
  calibrationSha256: null,
  ...changes,
});

describe('withFigure', () => {
  it('keeps other figures of the same weights, and none of other weights', () => {
    let results = withFigure(noResults, row, figure());
    results = withFigure(results, { ...row, name: 'sift', sha256: null }, figure({ fpr95: 7 }));
    results = withFigure(results, row, figure({ benchmark: 'pose' }));
    results = withFigure(results, row, figure({ side: 32, fpr95: 5 }));
    results = withFigure(results, row, figure({ fpr95: 3 }));
    expect(results.rows.map(({ name }) => name)).toEqual(['2ch', 'sift']);
    expect(results.rows[0].figures.map(({ benchmark, side, fpr95 }) => [benchmark, side, fpr95])).toEqual([
      ['pose', 64, 3.2],
      ['oxford', 32, 5],
      ['oxford', 64, 3],
    ]);
    const replaced = withFigure(results, { ...row, sha256: 'bb' }, figure({ fpr95: 2 }));
    expect(replaced.rows[0]).toMatchObject({ sha256: 'bb', figures: [{ fpr95: 2 }] });
    expect(replaced.rows[0].figures).toHaveLength(1);
    expect(replaced.rows[1]).toEqual(results.rows[1]);
  });

  it('keeps the pairs seen that were set by hand, for the same weights only', () => {
    const results = withFigure(noResults, row, figure());
    const silent = { ...row, pairsSeen: null };
    expect(withFigure(results, silent, figure()).rows[0].pairsSeen).toBe(5e5);
    expect(withFigure(results, { ...silent, sha256: 'bb' }, figure()).rows[0].pairsSeen).toBeNull();
  });
});

describe('knownFigure', () => {
  const results = withFigure(noResults, row, figure({ every: 4 }));
  it.each([
    ['the same', row, {}, true],
    ['fewer pairs', row, { every: 8 }, true],
    ['more pairs', row, { every: 1 }, false],
    ['another side', row, { side: 32 }, false],
    ['another benchmark', row, { benchmark: 'pose' }, false],
    ['other weights', { ...row, sha256: 'bb' }, {}, false],
    ['another row', { ...row, name: '2ch (bootstrap)' }, {}, false],
  ] as const)('%s', (_, of, changes, known) => {
    expect(knownFigure(results, of, figure({ every: 4, ...changes })) !== null).toBe(known);
  });
});

describe('results.json', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-results-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read as it was written, and is nothing where there is none', async () => {
    const file = join(folder, 'results.json');
    expect(await readModelResults(file)).toEqual(noResults);
    const results = { ...withFigure(noResults, row, figure()), benchmarks: { ownDetector: { detector: 'dog' } } };
    await writeModelResults(file, results);
    expect(await readModelResults(file)).toEqual(results);
  });

  it('is refused by name and field where it is not as expected', async () => {
    const file = join(folder, 'results.json');
    await writeFile(file, '{');
    await expect(readModelResults(file)).rejects.toThrow(/results.json is not JSON/);
    await writeFile(
      file,
      JSON.stringify({ version: 1, benchmarks: {}, rows: [{ ...row, figures: [figure({ fpr95: 130 })] }] }),
    );
    await expect(readModelResults(file)).rejects.toThrow(DataError);
    await expect(readModelResults(file)).rejects.toThrow(/results.json: rows.0.figures.0.fpr95/);
  });
});
