import { definitionNames } from '../models/definitions.ts';
import { paperNetworks, paperResults } from '../models/paper-results.ts';
import { markdownTable } from '../src/nn/network/describe.ts';
import { modelBenchmarkNames, modelBenchmarks, type ModelBenchmark } from './model-benchmarks.ts';
import type { ModelFigure, ModelResults, ModelRow } from './model-results.ts';
import { flagOf } from './options.ts';
import { trainingSpeedSection, type TrainingSpeed } from './training-speed.ts';

/** Patches of this side are what all networks are compared on. */
const commonSide = 64;
const none = '–';

/** `models/RESULTS.md`: what the networks came to, beside what the paper's came to. */
export function resultsMarkdown(
  results: ModelResults,
  findings: readonly string[],
  speed: TrainingSpeed | null,
): string {
  return [
    '# What the networks come to',
    'Written by `npm run readme` from `models/results.json`. What each network is stands in [NETWORKS.md](NETWORKS.md).',
    '## Ours',
    ourTable(results),
    ...notMeasured(results),
    columnsText(results),
    ...sidesSection(results),
    ...(findings.length === 0 ? [] : ['## What they say', ...findings]),
    '## The paper’s, on other data',
    'FPR95 in % as printed by Zagoruyko & Komodakis (CVPR 2015, table 1), on the three sets of Brown, Hua & Winder, trained on one and ' +
      'tested on another. **Those are other photos, other keypoints and other wrong pairs**: the numbers are not to be compared with ours, ' +
      'only the order of the networks is.',
    paperTable(),
    ...(speed === null ? [] : trainingSpeedSection(speed)),
    '## Measuring again',
    reproduceText(results),
  ].join('\n\n');
}

function ourTable({ rows }: ModelResults): string {
  const head = ['network', 'pairs seen'];
  for (const name of modelBenchmarkNames) {
    head.push(`(${modelBenchmarks[name].letter}) FPR95 %`);
    if (isRanked(rows, name)) head.push(`(${modelBenchmarks[name].letter}) rank-1 %`);
  }
  const lines = ordered(rows).map((row) => [
    row.name,
    row.network === null ? none : pairsText(row.pairsSeen),
    ...modelBenchmarkNames.flatMap((name) => {
      const figure = figureOf(row, name);
      const cells = [figureText(figure?.fpr95, figure)];
      if (isRanked(rows, name)) cells.push(figureText(figure?.rank1, figure));
      return cells;
    }),
  ]);
  return markdownTable(head, lines);
}

/** Baselines, weights of earlier times, then the networks, as the definitions stand. */
function ordered(rows: readonly ModelRow[]): ModelRow[] {
  const rank = ({ network, label }: ModelRow): number => (network === null ? 0 : label === null ? 2 : 1);
  const place = ({ network }: ModelRow): number => (definitionNames as readonly (string | null)[]).indexOf(network);
  return [...rows].sort((a, b) => rank(a) - rank(b) || place(a) - place(b));
}

function isRanked(rows: readonly ModelRow[], benchmark: ModelBenchmark): boolean {
  return rows.some((row) => (figureOf(row, benchmark)?.ranked ?? 0) > 0);
}

/** A row's figure on a benchmark, at the side that all networks take. */
export function figureOf({ figures }: ModelRow, benchmark: ModelBenchmark): ModelFigure | undefined {
  return figures.find((figure) => figure.benchmark === benchmark && figure.side === commonSide);
}

/** Figures of fewer pairs are marked. */
function figureText(value: number | null | undefined, figure: ModelFigure | undefined): string {
  if (value === null || value === undefined || figure === undefined) return none;
  return figure.every === 1 ? value.toFixed(2) : `${value.toFixed(2)} (1 of ${figure.every})`;
}

/** 380000 as `0.38 M`. */
export function pairsText(pairs: number | null): string {
  if (pairs === null) return 'not stored';
  return pairs < 1e6 ? `${(pairs / 1e6).toFixed(2)} M` : `${(pairs / 1e6).toFixed(1)} M`;
}

function notMeasured({ rows }: ModelResults): string[] {
  const missing = definitionNames.filter((name) => !rows.some((row) => row.network === name && row.label === null));
  return missing.length === 0 ? [] : [`Not measured yet: ${missing.map((name) => `\`${name}\``).join(', ')}.`];
}

function columnsText({ rows }: ModelResults): string {
  const lines = modelBenchmarkNames.map((name) => {
    const { letter, title, text } = modelBenchmarks[name];
    const figure = rows.map((row) => figureOf(row, name)).find((found) => found?.every === 1);
    const counts = figure ? ` (${figure.truePairs} true pairs, ${figure.wrongPairs} random wrong ones)` : '';
    return `- **(${letter}) ${title}**: ${text}${counts}.`;
  });
  return [
    ...lines,
    '- **FPR95**: the share of random wrong pairs that pass at the threshold at which 95 % of the true pairs pass. Lower is better.',
    '- **rank-1**: the share of true pairs that score above all ten hard wrong ones of their anchor. Higher is better.',
    '- **pairs seen**: pairs of patches in training, over all runs that made the weights.',
    '- The scores of both orders, f(a, b) and f(b, a), are averaged. `sift`, `rootsift` and `ncc` are baselines that see the same patches.',
  ].join('\n');
}

/** What networks that take any side gain by more pixels, or lose by fewer. */
function sidesSection({ rows }: ModelResults): string[] {
  const lines = ordered(rows).flatMap(({ name, figures }) => {
    const ofMain = figures.filter(({ benchmark }) => benchmark === 'oxford');
    if (ofMain.length < 2) return [];
    return [...ofMain]
      .sort((a, b) => a.side - b.side)
      .map((figure) => [
        name,
        `${figure.side}×${figure.side}`,
        figureText(figure.fpr95, figure),
        figureText(figure.rank1, figure),
      ]);
  });
  if (lines.length === 0) return [];
  return [
    '## Patches of other sides',
    'Networks with spatial pyramid pooling take any even side from 32 to 128. The same pieces of (a), cut from the photos with so many ' +
      'pixels, nothing resized:',
    markdownTable(['network', 'patch', '(a) FPR95 %', '(a) rank-1 %'], lines),
  ];
}

function paperTable(): string {
  const rows = paperResults.map(({ train, test, fpr95 }) => [
    `${train} → ${test}`,
    ...paperNetworks.map((name) => fpr95[name].toFixed(2)),
  ]);
  const means = paperNetworks.map((name) => {
    const mean = paperResults.reduce((sum, { fpr95 }) => sum + fpr95[name], 0) / paperResults.length;
    return mean.toFixed(2);
  });
  return markdownTable(['train → test', ...paperNetworks], [...rows, ['mean', ...means]]);
}

function reproduceText({ benchmarks }: ModelResults): string {
  const own = benchmarks.ownDetector;
  return [
    'Benchmark (b) is made of the photos of (a):',
    fenced([own === undefined ? 'tessera dataset homography <photos> -o <b>' : madeCommand(own, '<photos>', '<b>')]),
    'One network, and all of a folder (`models/results.json` keeps what is known: only weights that it does not know are measured):',
    fenced([
      'tessera evaluate patches <a> --model <network>.onnx,sift,rootsift,ncc',
      'npm run build && node dist/pipeline/measure-models.js <folder> --oxford <a> --own-detector <b> --pose <c> --photos <photos>',
      'npm run readme',
    ]),
  ].join('\n\n');
}

function fenced(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

/** Facts of a set that are no option of the command that made it. */
const noOptions = ['command', 'tessera', 'photographs', 'hardPerAnchor'];

/** The command that made a set or benchmark, by what it says of itself. */
export function madeCommand(made: Readonly<Record<string, unknown>>, input: string, output: string): string {
  const options = Object.entries(made)
    .filter(([name]) => !noOptions.includes(name))
    .map(([name, value]) => `${flagOf(name)} ${String(value)}`);
  return [`tessera ${String(made.command)} ${input} -o ${output}`, ...options].join(' ');
}
