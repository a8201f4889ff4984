import type { CardNotes } from '../models/card-notes.ts';
import type { Network } from '../models/index.ts';
import {
  contractText,
  costOf,
  markdownTable,
  sidesText,
  structureLegend,
  structureOf,
} from '../src/nn/network/describe.ts';
import type { NetworkDefinition } from '../src/nn/network/definition.ts';
import type { NetworkPart } from '../src/nn/network/inference.ts';
import type { CalibrationFile } from './calibration-file.ts';
import { calibrationText } from './model-card-calibration.ts';
import { trainingText } from './model-card-training.ts';
import { modelBenchmarkNames, modelBenchmarks } from './model-benchmarks.ts';
import type { ModelResults, ModelRow } from './model-results.ts';
import { figureOf } from './results-markdown.ts';
import type { TrainingStage } from './training-history.ts';

/** A file of a network's weights. */
export interface WeightsFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Everything a model card is made of. */
export interface ModelCard {
  readonly network: Network;
  readonly notes: CardNotes;
  /** One, or of a siamese network in two files the branch and the decision. */
  readonly files: readonly WeightsFile[];
  /** Of all files, one after the other: what results and calibration call the weights by. */
  readonly sha256: string;
  readonly history: readonly TrainingStage[];
  readonly results: ModelResults;
  /** Null where the network has none of these weights. */
  readonly calibration: CalibrationFile | null;
}

/**
 * `models/<name>.md`: what a shipped network is, how it was made and what it comes to.
 * @throws Error where the weights do not say how they were trained
 */
export function modelCardMarkdown(card: ModelCard): string {
  const { network, notes } = card;
  const { name } = network.definition;
  const row = card.results.rows.find(({ sha256 }) => sha256 === card.sha256) ?? null;
  return [
    `# \`${name}\`: ${notes.task}`,
    'Written by `npm run readme` from the weights, what was measured of them, and `models/card-notes.ts`.',
    notes.purpose,
    factsTable(card),
    '## Structure',
    structureText(network.definition),
    '## Training',
    trainingOf(card),
    '## Figures',
    ...figuresText(card.results, row),
    '## Calibration',
    calibrationText(card.calibration, row),
    '## Limits',
    notes.limits.map((limit) => `- ${limit}`).join('\n'),
  ].join('\n\n');
}

/** What the network's files hold, in their order. */
export function partsOf(network: Network): NetworkPart[] {
  if (network.kind === 'descriptor') return ['branch'];
  return network.decisionFile === null ? ['pairs'] : ['branch', 'decision'];
}

function factsTable({ network, files }: ModelCard): string {
  const { definition, patchScale } = network;
  const parts = partsOf(network);
  const rows = parts.flatMap((part, i) => {
    const { weights, multiplyAdds } = costOf(definition, part);
    const { name, bytes, sha256 } = files[i];
    return [
      ['File', `\`${name}\`, ${(bytes / 1e6).toFixed(1)} MB`],
      ['SHA-256', `\`${sha256}\``],
      ['Takes and gives', contractText(definition, part)],
      ['Cost', `${millions(multiplyAdds)} multiply-adds ${part === 'branch' ? 'a patch' : 'a pair'}`],
      ['Parameters', millions(weights)],
    ];
  });
  return markdownTable(
    ['', ''],
    [
      ...rows,
      ['Patches', patchesText(network)],
      [
        'Patch frame',
        `the patch covers ${patchScale} keypoint sizes (k = ${patchScale}), turned by the keypoint’s angle`,
      ],
    ],
  );
}

function patchesText({ kind, definition }: Network): string {
  // The shortlist's network is given halves, and takes off the mean itself.
  return kind === 'descriptor'
    ? `${sidesText(definition)} pixels, grey in [0, 1]: the 64×64 patch averaged 2×2`
    : `${sidesText(definition)}, grey, each in [0, 1] minus its own mean`;
}

function millions(value: number): string {
  return `${(value / 1e6).toFixed(value < 1e7 ? 2 : 1)} M`;
}

function structureText(definition: NetworkDefinition): string {
  return [
    definition.summary,
    `Structure: ${structureOf(definition)}.`,
    `${structureLegend} Layer by layer: [NETWORKS.md](NETWORKS.md#${definition.name}).`,
  ].join('\n\n');
}

function trainingOf({ network, notes, history, sha256 }: ModelCard): string {
  if (history.length === 0) {
    throw new Error(`${network.file} says nothing of its training: ship what \`tessera train\` wrote`);
  }
  const text = trainingText(network.definition.name, history);
  return notes.training?.sha256 === sha256 ? `${text}\n\n${notes.training.remark}` : text;
}

/** The network between the baselines and what else there is under its name. */
function figuresText({ rows }: ModelResults, own: ModelRow | null): string[] {
  if (own === null) return ['Not measured yet.'];
  const others = rows.filter((row) => row !== own && (row.network === null || row.network === own.network));
  const lines = [own, ...others].map((row) => [
    row === own ? '**these weights**' : row.name,
    ...modelBenchmarkNames.flatMap((benchmark) => {
      const figure = figureOf(row, benchmark);
      const fpr95 = figure === undefined ? '–' : figure.fpr95.toFixed(2);
      const rank1 = figure?.rank1 ?? null;
      return [rank1 === null ? fpr95 : `${fpr95} / ${rank1.toFixed(2)}`];
    }),
  ]);
  const columns = modelBenchmarkNames.map((name) => `${modelBenchmarks[name].title} (${modelBenchmarks[name].letter})`);
  return [
    'FPR95 % / rank-1 %, both orders averaged; what the columns are, and all other networks: [RESULTS.md](RESULTS.md).',
    markdownTable(['', ...columns], lines),
  ];
}
