import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findings } from '../../models/findings.ts';
import { modelFiles, networks } from '../../models/index.ts';
import { hashFiles } from '../../pipeline/calibration-file.ts';
import { modelBenchmarkNames } from '../../pipeline/model-benchmarks.ts';
import { noResults, readModelResults, withFigure, type ModelFigure } from '../../pipeline/model-results.ts';
import { madeCommand, resultsMarkdown } from '../../pipeline/results-markdown.ts';
import { readTrainingSpeed } from '../../pipeline/training-speed.ts';

const models = join(import.meta.dirname, '../../models');

/** Prettier pads the columns of a table; what it says stays. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');

describe('models/RESULTS.md', () => {
  it('is what results.json gives (else: npm run readme)', async () => {
    const file = await readFile(join(models, 'RESULTS.md'), 'utf8');
    const results = await readModelResults(join(models, 'results.json'));
    const speed = await readTrainingSpeed(join(models, 'training-speed.json'));
    expect(unpadded(file)).toBe(unpadded(`${resultsMarkdown(results, findings, speed)}\n`));
  });

  it.each(Object.keys(networks))('has all figures of the %s that is shipped (else: measure-models)', async (name) => {
    const { rows } = await readModelResults(join(models, 'results.json'));
    const sha256 = await hashFiles(modelFiles(name));
    const row = rows.find((other) => other.sha256 === sha256);
    expect(row?.network).toBe(name);
    const measured = row?.figures.filter(({ side, every }) => side === 64 && every === 1);
    expect(measured?.map(({ benchmark }) => benchmark).sort()).toEqual([...modelBenchmarkNames].sort());
  });
});

describe('resultsMarkdown', () => {
  const figure = (changes: Partial<ModelFigure>): ModelFigure => ({
    benchmark: 'oxford',
    side: 64,
    every: 1,
    truePairs: 17949,
    wrongPairs: 17949,
    ranked: 17949,
    fpr95: 1.5,
    rank1: 92.345,
    rocAuc: 99,
    ece: null,
    calibrationSha256: null,
    ...changes,
  });
  const row = (name: string, label: string | null, pairsSeen: number | null) => ({
    name: label === null ? name : `${name} (${label})`,
    network: name,
    label,
    files: `${name}.onnx`,
    sha256: name,
    pairsSeen,
  });
  let results = withFigure(noResults, row('2ch-2stream-spp', null, 12_340_000), figure({}));
  results = withFigure(results, row('2ch-2stream-spp', null, 12_340_000), figure({ side: 96, fpr95: 1.25, every: 4 }));
  results = withFigure(
    results,
    row('2ch', null, 400_000),
    figure({ benchmark: 'pose', ranked: 0, rank1: null, fpr95: 0.08 }),
  );
  results = withFigure(results, row('2ch', 'bootstrap', null), figure({ fpr95: 6.4 }));
  results = withFigure(
    results,
    { name: 'sift', network: null, label: null, files: null, sha256: null, pairsSeen: null },
    figure({ fpr95: 6.8, rank1: 79.5 }),
  );
  const markdown = resultsMarkdown(results, ['One finding.'], {
    date: '2026-11-26T12:00:00.000Z',
    machine: 'a processor, 2 cores',
    versions: 'tessera 0.1.0',
    threads: 2,
    networks: [
      {
        name: '2ch',
        loss: 'ranking',
        side: 64,
        batch: 126,
        pairsPerSecond: 1140.4,
        ratio: 1,
        cpuSecondsPer1000: 1.734,
      },
    ],
  });
  const lines = markdown.split('\n');

  it('has baselines, earlier weights and then the networks, with a dash where nothing was measured', () => {
    const at = lines.findIndex((line) => line.startsWith('| network'));
    expect(lines.slice(at, at + 6)).toEqual([
      '| network | pairs seen | (a) FPR95 % | (a) rank-1 % | (b) FPR95 % | (c) FPR95 % |',
      '| --- | --- | --- | --- | --- | --- |',
      '| sift | – | 6.80 | 79.50 | – | – |',
      '| 2ch (bootstrap) | not stored | 6.40 | 92.34 | – | – |',
      '| 2ch | 0.40 M | – | – | – | 0.08 |',
      '| 2ch-2stream-spp | 12.3 M | 1.50 | 92.34 | – | – |',
    ]);
    expect(markdown).toMatch(/Not measured yet: `siam`.*`descriptor`/);
    expect(markdown).not.toMatch(/Not measured yet:.*`2ch`/);
  });

  it('compares the sides of patches, and marks figures of fewer pairs', () => {
    expect(lines).toContain('| 2ch-2stream-spp | 64×64 | 1.50 | 92.34 |');
    expect(lines).toContain('| 2ch-2stream-spp | 96×96 | 1.25 (1 of 4) | 92.34 (1 of 4) |');
    expect(resultsMarkdown(noResults, [], null)).not.toContain('other sides');
  });

  it('says how fast the networks train, where that was measured', () => {
    expect(markdown).toContain('on 2 CPU threads; ratios are to `2ch`');
    expect(markdown).toContain('2026-11-26');
    expect(lines).toContain('| 2ch | ranking | 64×64 | 126 | 1140 | 1.00 | 1.73 |');
    expect(resultsMarkdown(noResults, [], null)).not.toContain('How fast');
  });

  it('prints the paper’s figures as those of other data', () => {
    const [ours, paper] = markdown.split('## The paper’s, on other data');
    expect(ours).toContain('One finding.');
    expect(paper).toContain('| yosemite → liberty | 8.59 | 7.20 | 7.40 | 13.48 | 11.34 |');
    expect(paper).toContain('not to be compared');
  });
});

it('madeCommand makes the same set again', () => {
  const made = {
    command: 'dataset homography',
    tessera: '0.1.0',
    detector: 'dog',
    maxKeypoints: 4000,
    hardPerAnchor: 10,
    seed: 0,
  };
  expect(madeCommand(made, 'photos', 'b')).toBe(
    'tessera dataset homography photos -o b --detector dog --max-keypoints 4000 --seed 0',
  );
});
