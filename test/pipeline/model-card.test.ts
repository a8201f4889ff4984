import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '../../models/definitions.ts';
import { networks, type Network, type NetworkName } from '../../models/index.ts';
import { modelCardMarkdown, type ModelCard } from '../../pipeline/model-card.ts';
import { noResults, withFigure } from '../../pipeline/model-results.ts';
import { readModelCard } from '../../pipeline/read-model-card.ts';
import { trainingText } from '../../pipeline/model-card-training.ts';
import type { TrainingStage } from '../../pipeline/training-history.ts';
import { partContract } from '../../src/nn/network/inference.ts';

const models = join(import.meta.dirname, '../../models');

/** Prettier pads the columns of a table; what it says stays. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');

it.each(Object.keys(networks) as NetworkName[])('the card of %s is current (else: npm run readme)', async (name) => {
  const file = await readFile(join(models, networks[name].card), 'utf8');
  expect(unpadded(file)).toBe(unpadded(`${modelCardMarkdown(await readModelCard(name))}\n`));
});

describe('modelCardMarkdown', () => {
  const siam: Network = {
    kind: 'pair',
    definition: definitions.siam,
    file: 'siam-branch.onnx',
    decisionFile: 'siam-decision.onnx',
    contract: partContract(definitions.siam, 'branch'),
    card: 'siam.md',
    patchScale: 6,
  };
  const first: TrainingStage = {
    network: 'siam',
    half: false,
    batchNormalise: true,
    preset: 'tessera',
    steps: 20_000,
    pairs: 2_520_000,
    batch: 126,
    learningRate: 0.001,
    loss: 'ranking',
    seed: 3,
    teacher: null,
    data: [
      {
        name: 'photos',
        weight: 2,
        made: {
          command: 'dataset photos',
          detectors: 'dog,akaze',
          views: 3,
          holdOut: 0.1,
          photographs: 465,
          tessera: '0.1.0',
        },
      },
      { name: 'brown', weight: 1, made: null },
    ],
    validation: [
      {
        name: 'held-out',
        fpr95: 0.0123,
        rank1: 0.91,
        made: { command: 'dataset photos', part: 'held-out', views: 2, tessera: '0.1.0' },
      },
    ],
  };
  const second: TrainingStage = {
    ...first,
    batchNormalise: false,
    steps: 1000,
    pairs: 126_000,
    teacher: { name: 'descriptor.onnx', share: 0.5 },
    data: [
      {
        name: 'scene',
        weight: null,
        made: { command: 'dataset sfm', detectors: 'dog', photographs: 24, tessera: '0.1.0' },
      },
    ],
    validation: [],
  };
  const figure = {
    benchmark: 'oxford',
    side: 64,
    every: 1,
    truePairs: 10,
    wrongPairs: 10,
    ranked: 10,
    fpr95: 1.234,
    rank1: 93.5,
    rocAuc: 99,
    ece: 2.345,
    calibrationSha256: 'cc',
  } as const;
  const row = { name: 'siam', network: 'siam', label: null, files: '', sha256: 'both', pairsSeen: null };
  const card: ModelCard = {
    network: siam,
    notes: { task: 'judges', purpose: 'Judges pairs.', limits: ['It is a test.'] },
    files: [
      { name: 'siam-branch.onnx', bytes: 3_600_000, sha256: 'b1' },
      { name: 'siam-decision.onnx', bytes: 1_100_000, sha256: 'd1' },
    ],
    sha256: 'both',
    history: [first, second],
    results: withFigure(noResults, row, figure),
    calibration: {
      version: 1,
      sha256: 'both',
      pair: {
        map: { kind: 'logistic', bias: -1.5, slope: 2 },
        fittedOn: 'held-out',
        truePairs: 4000,
        heldOutEce: { logistic: 1.26, table: 1.5 },
      },
      match: {
        dog: {
          map: { bias: 4.8, score: 0, similarity: 3.1, ratio: -9, minScore: -0.75 },
          fittedOn: 'val-dog',
          candidates: 21422,
          heldOutEce: 2.86,
        },
      },
    },
  };
  let markdown: string;
  beforeAll(() => {
    markdown = modelCardMarkdown(card);
  });

  it('says what each file is, takes and gives', () => {
    expect(markdown).toContain('| File | `siam-branch.onnx`, 3.6 MB |');
    expect(markdown).toContain('| SHA-256 | `d1` |');
    expect(markdown).toContain('`patches` [n, 1, 64, 64] → `descriptor` [n, 256]');
    expect(markdown).toContain('`features` [n, 512] → `score` [n, 1]');
    expect(markdown).toContain('k = 6');
  });

  it('tells each run, its data, and the commands that do it again', () => {
    expect(markdown).toContain('2.6 M pairs seen by `tessera train` in 2 runs');
    expect(markdown).toContain(
      '| photos | 2 | `dataset photos` (0.1.0) of 465 photographs: detectors dog,akaze, views 3, holdOut 0.1 |',
    );
    expect(markdown).toContain('| brown | 1 | not stored |');
    expect(markdown).toContain('held-out: FPR95 1.23 %, rank-1 91.00 %');
    const commands = markdown.split('```sh\n')[1].split('\n```')[0].split('\n');
    expect(commands).toEqual([
      'tessera dataset photos <photos> -o photos --detectors dog,akaze --views 3 --hold-out 0.1',
      'tessera dataset mine photos',
      'tessera dataset mine brown',
      'tessera dataset photos <photos> -o held-out --part held-out --views 2',
      'tessera dataset mine held-out',
      'tessera dataset sfm <scene> --model-dir <reconstruction> -o scene --detectors dog',
      'tessera dataset mine scene',
      'tessera train siam --data photos,brown --weights 2,1 --validation held-out --preset tessera --steps 20000 --batch 126 --learning-rate 0.001 --seed 3 -o run-1',
      'tessera train siam --data scene --start run-1/siam.onnx --teacher descriptor.onnx --teacher-share 0.5 --preset tessera --steps 1000 --batch 126 --learning-rate 0.001 --seed 3 -o trained',
    ]);
  });

  it('tells of a siamese half, and goes on from the folder of its run', () => {
    const text = trainingText('2ch', [
      { ...first, network: '2ch', half: true },
      { ...first, network: '2ch', loss: 'ranking' },
    ]);
    expect(text).toContain('**Run 1.** The siamese network of half the width. Preset');
    expect(text).toMatch(/\*\*Run 2\.\*\* Preset .* The data sets of run 1\.\n\nHeld out/);
    expect(text).toMatch(
      /\ntessera train 2ch --half --data .* -o run-1\ntessera train 2ch --data .* --start run-1 .* -o trained\n/,
    );
  });

  it('names the network whose convolutions a run took over', () => {
    const text = trainingText('2ch-2stream-spp', [
      { ...first, network: '2ch-2stream', half: true },
      { ...first, network: '2ch-2stream-spp', half: true },
      { ...first, network: '2ch-2stream-spp' },
    ]);
    expect(text).toContain(
      '**Run 1.** The siamese network of half the width of `2ch-2stream`, whose convolutions run 2 took over. Preset',
    );
    expect(text).toContain('**Run 2.** The siamese network of half the width. Preset');
    expect(text).toMatch(
      /\ntessera train 2ch-2stream --half .*\ntessera train 2ch-2stream-spp --half .* --start run-1 /,
    );
  });

  it('has the figures and the calibration of these weights', () => {
    expect(markdown).toContain('| **these weights** | 1.23 / 93.50 | – | – |');
    expect(markdown).toContain('1 / (1 + exp(−(−1.50 + 2.00·score)))');
    expect(markdown).toMatch(/held out, 1.3 %; on Oxford, which it never saw, 2.3 %/);
    expect(markdown).toContain(
      '- dog: 1 / (1 + exp(−(4.80 + 3.10·similarity − 9.00·ratio))); what scores below −0.75 is thrown out. ' +
        'Fitted on 21422 candidates of val-dog; expected calibration error there, on photos held out, 2.9 %',
    );
    const others = modelCardMarkdown({ ...card, sha256: 'other', calibration: null });
    expect(others).toContain('Not measured yet.');
    expect(others).toContain('not calibrated yet');
  });

  it('adds what the notes say of the training of these weights, not of others', () => {
    const training = { sha256: 'both', remark: 'With smaller warps.' };
    const remarked = { ...card, notes: { ...card.notes, training } };
    expect(modelCardMarkdown(remarked)).toContain('```\n\nWith smaller warps.\n\n## Figures');
    expect(modelCardMarkdown({ ...remarked, sha256: 'new', calibration: null })).not.toContain('smaller warps');
  });

  it('is not written of weights that do not say how they were trained', () => {
    expect(() => modelCardMarkdown({ ...card, history: [] })).toThrow(/siam-branch.onnx says nothing/);
  });
});
