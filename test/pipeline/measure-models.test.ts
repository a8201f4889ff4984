import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '../../models/definitions.ts';
import { hashFiles, writeCalibration } from '../../pipeline/calibration-file.ts';
import { datasetHomographyOptions } from '../../pipeline/dataset-homography-options.ts';
import { makeHomographyDataset } from '../../pipeline/dataset-homography.ts';
import { measureModelsOptions } from '../../pipeline/measure-models-options.ts';
import { measureModels } from '../../pipeline/measure-models.ts';
import { readModelResults } from '../../pipeline/model-results.ts';
import type { ProgressEvent } from '../../pipeline/observer.ts';
import { resolveOptions } from '../../pipeline/options.ts';
import { historyMetadata } from '../../pipeline/training-history.ts';
import { UsageError } from '../../src/errors.ts';
import type { NetworkDefinition } from '../../src/nn/network/definition.ts';
import { compilePart, inferenceModel, type NetworkPart } from '../../src/nn/network/inference.ts';
import { randomWeights } from '../src/nn/network/reference.ts';

/** Rendered photos of a plane with their homographies. */
const photos = fileURLToPath(new URL('../../fixtures/pairs', import.meta.url));

const stage = {
  network: null,
  half: false,
  batchNormalise: true,
  preset: 'tessera',
  steps: 10,
  pairs: 1260,
  batch: 126,
  learningRate: 0.001,
  loss: 'ranking',
  seed: 0,
  teacher: null,
  data: [],
  validation: [],
};

describe('measureModels', () => {
  let folder: string;
  let results: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-measure-'));
    results = join(folder, 'results.json');
    const given = { only: 'plane-moderate', maxKeypoints: 200, anchors: 12, threads: 1 };
    for (const [name, seed] of [
      ['a', 0],
      ['b', 1],
    ] as const) {
      const options = { ...given, output: join(folder, name), seed };
      await makeHomographyDataset(photos, resolveOptions(datasetHomographyOptions, options));
    }
    await mkdir(join(folder, 'trained'));
    await store('siam-spp', { 'siam-spp': 'pairs', 'siam-spp-branch': 'branch', 'siam-spp-decision': 'decision' }, 1);
    await store('2ch', { '2ch': 'pairs' }, 1);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function store(
    name: keyof typeof definitions,
    files: Record<string, NetworkPart>,
    seed: number,
  ): Promise<void> {
    const definition: NetworkDefinition = definitions[name];
    const weights = randomWeights(compilePart(definition, 'pairs').parameters, seed);
    for (const [file, part] of Object.entries(files)) {
      const bytes = inferenceModel(definition, weights, part, historyMetadata([stage, stage]));
      await writeFile(trained(`${file}.onnx`), bytes);
    }
  }
  const trained = (name: string): string => join(folder, 'trained', name);

  /** Runs, and says what it measured. */
  async function measured(given: Record<string, unknown>): Promise<string[]> {
    const resolved = resolveOptions(measureModelsOptions, { photos, device: 'cpu', threads: 1, ...given });
    const messages: string[] = [];
    const observe = (event: ProgressEvent): void => {
      if (event.type === 'message') messages.push(event.text);
    };
    await measureModels(join(folder, 'trained'), { ...resolved, results }, observe);
    return messages;
  }

  it('measures all that is there, and again only what has changed', async () => {
    const benchmarks = { oxford: join(folder, 'a'), ownDetector: join(folder, 'b'), otherSides: '32' };
    const only = 'sift,2ch,siam-spp';
    expect(await measured({ oxford: benchmarks.oxford, only: 'sift' })).toEqual(['sift on oxford']);
    const twice = (name: string): string[] => [`${name} on oxford`, `${name} on ownDetector`];
    expect(await measured({ ...benchmarks, only })).toEqual([
      'sift on ownDetector',
      ...twice('2ch'),
      ...twice('siam-spp'),
      'siam-spp on oxford at 32 px',
    ]);
    const { rows } = await readModelResults(results);
    expect(rows.map(({ name, files, pairsSeen }) => [name, files, pairsSeen])).toEqual([
      ['sift', null, null],
      ['2ch', '2ch.onnx', 2520],
      ['siam-spp', 'siam-spp-branch.onnx+siam-spp-decision.onnx', 2520],
    ]);
    expect(rows[1].sha256).toBe(await hashFiles([trained('2ch.onnx')]));
    // Easy pairs: SIFT knows them, networks that nobody trained do not.
    expect(rows[0].figures[0].rank1).toBeGreaterThan(60);
    expect(rows[1].figures[0].rank1).toBeLessThan(rows[0].figures[0].rank1!);
    expect(rows[0].figures[0].ranked).toBe(24);

    expect(await measured({ ...benchmarks, only })).toEqual([]);
    await store('2ch', { '2ch': 'pairs' }, 2);
    expect(await measured({ ...benchmarks, only, every: 3 })).toEqual(twice('2ch'));
    expect(await measured({ oxford: benchmarks.oxford, only, label: 'old' })).toEqual([
      '2ch (old) on oxford',
      'siam-spp (old) on oxford',
    ]);

    // A calibration brings an expected calibration error, on the benchmark it is reported on.
    await writeCalibration(trained('2ch.calibration.json'), {
      version: 1,
      sha256: await hashFiles([trained('2ch.onnx')]),
      pair: {
        map: { kind: 'logistic', bias: 0, slope: 1 },
        fittedOn: 'held-out',
        truePairs: 10,
        heldOutEce: { logistic: 1, table: 1 },
      },
      match: {},
    });
    expect(await measured({ ...benchmarks, only, every: 3 })).toEqual(['2ch on oxford']);
    const again = (await readModelResults(results)).rows.find(({ name }) => name === '2ch');
    expect(again?.figures.map(({ benchmark, ece }) => [benchmark, ece !== null])).toEqual([
      ['ownDetector', false],
      ['oxford', true],
    ]);
  });

  it('refuses another benchmark, networks that are not there and sides that no network takes', async () => {
    const before = await readFile(results, 'utf8');
    await expect(measured({ oxford: join(folder, 'b') })).rejects.toThrow(/"seed":1.*results.json.*"seed":0/);
    await expect(measured({ oxford: join(folder, 'a'), only: '2ch-deep' })).rejects.toThrow(/no 2ch-deep.onnx/);
    await expect(measured({ oxford: join(folder, 'a'), only: '3ch' })).rejects.toThrow(/"3ch"/);
    await expect(measured({ oxford: join(folder, 'a'), otherSides: '33' })).rejects.toThrow(/even side/);
    await expect(measured({})).rejects.toThrow(UsageError);
    expect(await readFile(results, 'utf8')).toBe(before);
  });
});
