import { join } from 'node:path';
import { chartSvg, type Chart } from '../src/export/chart-svg.ts';
import type { NetworkDefinition } from '../src/nn/network/definition.ts';
import { inferenceModel, type NetworkPart } from '../src/nn/network/inference.ts';
import { trainedWeights } from '../src/nn/training/trained-weights.ts';
import { writeOutput } from './output.ts';
import type { Checkpoint } from './train-checkpoint.ts';
import { trainedNetwork } from './train-recipe.ts';
import { historyMetadata, stageOf } from './training-history.ts';
import { pairCount } from '../src/dataset/batches/batch-plan.ts';

/** Writes what people look at while a network trains: `log.json` and `curve.svg`. */
export async function writeTrainingLog(
  folder: string,
  { recipe, sources, step, losses, validations }: Checkpoint,
): Promise<void> {
  const pairsSeen = step * pairCount(recipe.plan);
  const log = { version: 1, recipe, sources, step, pairsSeen, losses, validations };
  await writeOutput(join(folder, 'log.json'), `${JSON.stringify(log, null, 1)}\n`);
  await writeOutput(join(folder, 'curve.svg'), chartSvg(trainingCharts({ recipe, losses, validations })));
}

function trainingCharts({
  recipe,
  losses,
  validations,
}: Pick<Checkpoint, 'recipe' | 'losses' | 'validations'>): Chart[] {
  const steps = { label: 'step', min: 0, max: Math.max(1, recipe.steps), scale: 'linear', format: 'number' } as const;
  const largest = Math.max(1e-6, ...losses.map(({ loss }) => loss));
  const charts: Chart[] = [
    {
      title: `${recipe.network}: loss`,
      x: steps,
      y: { label: 'loss', min: 0, max: largest, scale: 'linear', format: 'number' },
      series: [
        { name: null, x: losses.map(({ step }) => step), y: losses.map(({ loss }) => loss), mark: 'line', colour: 0 },
      ],
      height: 240,
    },
  ];
  if (validations.length === 0) return charts;
  const series = (
    name: string,
    colour: number,
    value: (figures: Checkpoint['validations'][number]['sets'][number]) => number,
  ) =>
    validations[0].sets.map((_, set) => ({
      name: validations[0].sets.length > 1 ? `${name}, set ${set + 1}` : name,
      x: validations.map(({ step }) => step),
      y: validations.map(({ sets }) => Math.max(1e-4, value(sets[set]))),
      mark: 'line' as const,
      colour,
    }));
  charts.push({
    title: 'Validation: what goes wrong',
    x: steps,
    y: { label: 'share', min: 1e-3, max: 1, scale: 'log', format: 'percent' },
    series: [
      ...series('FPR95', 1, ({ fpr95 }) => fpr95),
      ...(validations[0].sets.every(({ rank1 }) => rank1 !== null)
        ? series('not ranked first', 0, ({ rank1 }) => 1 - (rank1 ?? 0))
        : []),
    ],
    height: 280,
  });
  return charts;
}

/** The files of a trained network: its name, and which part of it each holds. */
export function modelParts(definition: NetworkDefinition): { readonly file: string; readonly part: NetworkPart }[] {
  const { name, pairing, decision } = definition;
  if (pairing !== 'siamese') return [{ file: `${name}.onnx`, part: 'pairs' }];
  if (decision.kind === 'distance') return [{ file: `${name}.onnx`, part: 'branch' }];
  return [
    { file: `${name}.onnx`, part: 'pairs' },
    { file: `${name}-branch.onnx`, part: 'branch' },
    { file: `${name}-decision.onnx`, part: 'decision' },
  ];
}

/** Writes the network of the best validation, or as it is where nothing was validated; returns the files' paths. */
export async function writeTrainedModel(folder: string, checkpoint: Checkpoint): Promise<string[]> {
  const { recipe, sources, state, best } = checkpoint;
  const definition = trainedNetwork(recipe);
  const weights = trainedWeights(definition, best?.state ?? state, recipe);
  const facts = historyMetadata([...sources.earlier, await stageOf(checkpoint)]);
  const written: string[] = [];
  for (const { file, part } of modelParts(definition)) {
    const path = join(folder, file);
    await writeOutput(path, Buffer.from(inferenceModel(definition, weights, part, facts)));
    written.push(path);
  }
  return written;
}
