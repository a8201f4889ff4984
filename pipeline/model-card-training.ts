import { isDeepStrictEqual } from 'node:util';
import { markdownTable } from '../src/nn/network/describe.ts';
import { madeCommand, pairsText } from './results-markdown.ts';
import type { TrainingStage } from './training-history.ts';

/** Losses that rank partners among mined look-alikes. */
const minedLosses = ['ranking', 'distillation'];

/** How a network was trained by `tessera train`, run by run, and the commands that do it again. */
export function trainingText(name: string, stages: readonly TrainingStage[]): string {
  const total = stages.reduce((sum, { pairs }) => sum + pairs, 0);
  const runs = stages.length === 1 ? 'one run' : `${stages.length} runs, each from the weights of the one before`;
  return [
    `${pairsText(total)} pairs seen by \`tessera train\` in ${runs}.`,
    ...stages.flatMap((_, i) => stageText(name, stages, i)),
    'Again, with names for the folders:',
    ['```sh', ...commands(name, stages), '```'].join('\n'),
  ].join('\n\n');
}

/** Number, from 1, of the first run with the data of run `i` from 0; null where that is this one. */
function sameData(stages: readonly TrainingStage[], i: number): number | null {
  const first = stages.findIndex(({ data }) => isDeepStrictEqual(data, stages[i].data));
  return first < i ? first + 1 : null;
}

/** The network of a run, where it is not the one that the card is of. */
function otherNetwork(name: string, { network }: TrainingStage): string | null {
  return network === name ? null : network;
}

/** Number, from 1, of the first run of the card's own network: that which took the convolutions over. */
function takenOverBy(name: string, stages: readonly TrainingStage[]): number {
  return stages.findIndex((stage) => otherNetwork(name, stage) === null) + 1;
}

function stageText(name: string, stages: readonly TrainingStage[], i: number): string[] {
  const { half, preset, steps, pairs, batch, learningRate, loss, seed, teacher, data, validation } = stages[i];
  const dataOf = sameData(stages, i);
  const taught = teacher === null ? '' : `, taught by ${teacher.name} (share ${teacher.share})`;
  const other = otherNetwork(name, stages[i]);
  const trained = `The ${half ? 'siamese network of half the width' : 'network'}`;
  const taken = other === null ? '' : ` of \`${other}\`, whose convolutions run ${takenOverBy(name, stages)} took over`;
  const what = half || other !== null ? `${trained}${taken}. ` : '';
  const recipe =
    `${stages.length === 1 ? '' : `**Run ${i + 1}.** `}${what}Preset \`${preset}\`: ${loss} loss${taught}, ${steps} steps of ${batch} pairs, peak learning rate ` +
    `${learningRate}, seed ${seed}; the weights kept had seen ${pairsText(pairs)} pairs. ` +
    (dataOf === null ? 'The data sets:' : `The data sets of run ${dataOf}.`);
  const sets = data.map((set) => [
    set.name,
    set.weight === null ? 'by its size' : String(set.weight),
    set.made === null ? 'not stored' : madeText(set.made),
  ]);
  const table = dataOf === null ? [markdownTable(['set', 'drawn', 'how it was made'], sets)] : [];
  if (validation.length === 0) return [recipe, ...table, 'Nothing was validated: the last weights were kept.'];
  const kept = validation.map(({ name, fpr95, rank1 }) => {
    const ranked = rank1 === null ? '' : `, rank-1 ${(100 * rank1).toFixed(2)} %`;
    return `${name}: FPR95 ${(100 * fpr95).toFixed(2)} %${ranked}`;
  });
  return [recipe, ...table, `Held out, when the weights were kept: ${kept.join('; ')}.`];
}

function madeText({ command, tessera, photographs, ...options }: Readonly<Record<string, unknown>>): string {
  const settings = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  const size = photographs === undefined ? '' : ` of ${String(photographs)} photographs`;
  return `\`${String(command)}\` (${String(tessera)})${size}: ${settings.join(', ')}`;
}

function commands(name: string, stages: readonly TrainingStage[]): string[] {
  const sets = new Map(
    stages.flatMap(({ data, validation }) => [...data, ...validation]).map((set) => [set.name, set]),
  );
  const mined = new Set(
    stages.flatMap(({ loss, data, validation }) => [
      ...(minedLosses.includes(loss) ? data : []).map((set) => set.name),
      ...validation.filter(({ rank1 }) => rank1 !== null).map((set) => set.name),
    ]),
  );
  const making = [...sets.values()].flatMap(({ name: set, made }) => {
    const input = made?.command === 'dataset sfm' ? '<scene> --model-dir <reconstruction>' : '<photos>';
    return [
      ...(made === null ? [] : [madeCommand(made, input, set)]),
      ...(mined.has(set) ? [`tessera dataset mine ${set}`] : []),
    ];
  });
  const training = stages.map((stage, i) => {
    const last = i === stages.length - 1;
    const start = i === 0 ? null : stage.batchNormalise ? `run-${i}` : `run-${i}/${name}.onnx`;
    return trainCommand(stage.network ?? name, stage, last ? 'trained' : `run-${i + 1}`, start);
  });
  return [...making, ...training];
}

function trainCommand(
  name: string,
  { half, preset, steps, batch, learningRate, seed, teacher, data, validation }: TrainingStage,
  output: string,
  start: string | null,
): string {
  const weights = data.some(({ weight }) => weight !== null) ? data.map(({ weight }) => weight ?? 1).join(',') : null;
  const flags: [string, string | number | null][] = [
    ['--data', data.map((set) => set.name).join(',')],
    ['--weights', weights],
    ['--validation', validation.length === 0 ? null : validation.map((set) => set.name).join(',')],
    ['--start', start],
    ['--teacher', teacher && teacher.name],
    ['--teacher-share', teacher && teacher.share],
    ['--preset', preset],
    ['--steps', steps],
    ['--batch', batch],
    ['--learning-rate', learningRate],
    ['--seed', seed],
    ['-o', output],
  ];
  return [
    `tessera train ${name}${half ? ' --half' : ''}`,
    ...flags.flatMap(([flag, value]) => (value === null ? [] : [`${flag} ${value}`])),
  ].join(' ');
}
