import { existsSync } from 'node:fs';
import { definitionNames, definitions, type DefinitionName } from '../models/definitions.ts';
import { pairCount } from '../src/dataset/batches/batch-plan.ts';
import { heldOutBenchmark } from '../src/dataset/held-out-benchmark.ts';
import { readPatchSet } from '../src/dataset/read-patch-set.ts';
import { DataError, UsageError } from '../src/errors.ts';
import type { PatchBenchmark } from '../src/evaluation/patch-benchmark.ts';
import { hasSiameseHalf } from '../src/nn/network/halves.ts';
import { initialState } from '../src/nn/training/initial-state.ts';
import { buildTrainingGraph } from '../src/nn/training/training-graph.ts';
import type { BatchSource } from './batch-source.ts';
import { silentObserver, type Observer } from './observer.ts';
import {
  checkpointPath,
  noLoss,
  readCheckpoint,
  withoutOptimiser,
  writeCheckpoint,
  type Checkpoint,
  type TrainingSources,
  type Validation,
} from './train-checkpoint.ts';
import { writeTrainedModel, writeTrainingLog } from './train-files.ts';
import type { TrainOptions } from './train-options.ts';
import { createTrainingMeter } from './train-meter.ts';
import {
  averageRateAt,
  graphSettings,
  learningRateAt,
  optimiserOf,
  recipeFor,
  type Recipe,
  firstSide,
  trainedNetwork,
} from './train-recipe.ts';
import { makeOutputFolder } from './output.ts';
import { openTrainingBatches } from './training-batches.ts';
import { readStart } from './train-start.ts';
import { openTrainThread, type TrainThread } from './train-thread.ts';

export interface TrainResult {
  readonly files: readonly string[];
  readonly steps: number;
  readonly pairsSeen: number;
  readonly best: Validation | null;
}

/**
 * Trains a network, or goes on with a run, and writes checkpoint, log, curve and model into the output folder. An abort
 * writes a checkpoint first, so `resume` loses nothing.
 * @throws UsageError, DataError, OutputError; the signal's reason when aborted
 */
export async function train(
  options: TrainOptions,
  signal?: AbortSignal,
  observe: Observer = silentObserver,
): Promise<TrainResult> {
  let run = options.resume ? await readCheckpoint(options.output) : await begin(options);
  const { recipe, sources } = run;
  const benchmarks = await readBenchmarks(sources, observe, signal);
  // Not ended by the signal once it has begun: an aborted run still finishes its step and saves itself.
  const source = await openTrainingBatches(run, options.batchThreads, observe, signal);
  const thread = await openTrainThread(
    { recipe, state: run.state, threads: options.threads },
    options.device,
    observe,
  ).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  const meter = createTrainingMeter(recipe, run, observe);
  const save = async (): Promise<void> => {
    run = { ...run, state: await thread.ask({ kind: 'state' }), ...meter.log() };
    await writeCheckpoint(options.output, run);
    await writeTrainingLog(options.output, run);
  };
  try {
    // What a run starts from is kept where training does not better it.
    if (run.validations.length === 0 && run.step === 0 && sources.start !== null && benchmarks.length > 0) {
      run = await validate(run, thread, benchmarks);
      meter.validated(run.validations[0]);
    }
    while (run.step < recipe.steps) {
      if (signal?.aborted) {
        await save();
        signal.throwIfAborted();
      }
      await oneStep(run.step, recipe, source, thread, meter);
      run = { ...run, step: run.step + 1 };
      const isLast = run.step === recipe.steps;
      if (benchmarks.length > 0 && (run.step % sources.validateEvery === 0 || isLast)) {
        run = await validate(run, thread, benchmarks);
        meter.validated(run.validations[run.validations.length - 1]);
      }
      if (run.step % options.checkpointEvery === 0 || isLast) await save();
    }
    const files = await writeTrainedModel(options.output, run);
    const pairsSeen = run.step * pairCount(recipe.plan);
    return { files, steps: run.step, pairsSeen, best: run.best?.validation ?? null };
  } finally {
    await Promise.all([source.close(), thread.close()]);
  }
}

/** A run that has not begun. */
async function begin(options: TrainOptions): Promise<Checkpoint> {
  const network = networkNamed(options.network);
  const data = namesOf(options.data);
  if (data.length === 0) throw new UsageError('expected --data with at least one folder of patches to train on');
  if (existsSync(checkpointPath(options.output))) {
    throw new UsageError(
      `${checkpointPath(options.output)} exists already: go on with it (--resume), or choose another folder with --output`,
    );
  }
  await makeOutputFolder(options.output);
  if (options.half && !hasSiameseHalf(definitions[network])) {
    throw new UsageError(`${network} does not start from a siamese network of half its width: leave --half out`);
  }
  const start = options.start === undefined ? null : await readStart(options.start, { network, half: options.half });
  const recipe = recipeFor(network, { ...options, startsFolded: start !== null && !start.batchNormalise });
  if (start?.batchNormalise === true && !recipe.batchNormalise) {
    throw new UsageError(
      `the weights of ${options.start} are those of batch normalisation, which preset ${recipe.preset} does without: start from the run’s ONNX file`,
    );
  }
  const graph = buildTrainingGraph(trainedNetwork(recipe), { ...graphSettings(recipe), side: firstSide(recipe) });
  return {
    recipe,
    sources: {
      data,
      weights: options.weights === undefined ? null : numbersOf(options.weights, data.length),
      validation: namesOf(options.validation),
      validationPairs: options.validationPairs,
      validateEvery: options.validateEvery,
      memory: options.memory * 1e9,
      start: options.start ?? null,
      earlier: start?.earlier ?? [],
    },
    step: 0,
    state: initialState(graph, recipe.seed, start?.weights),
    best: null,
    losses: [],
    pending: noLoss,
    validations: [],
  };
}

function networkNamed(name: string | undefined): DefinitionName {
  const known = definitionNames.find((candidate) => candidate === name);
  if (known) return known;
  throw new UsageError(
    `expected the name of a network to train (${definitionNames.join(', ')}) but received ${name ?? 'none'}`,
  );
}

function namesOf(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function numbersOf(list: string, count: number): number[] {
  const numbers = namesOf(list).map(Number);
  if (numbers.length === count && numbers.every((value) => value >= 0) && numbers.some((value) => value > 0))
    return numbers;
  throw new UsageError(
    `option "weights": expected ${count} numbers of at least 0, one a folder of --data, but received "${list}"`,
  );
}

/** Not the run's: the figures of runs with different seeds are of the same pairs. */
const validationSeed = 0;

async function readBenchmarks(
  { validation, validationPairs }: TrainingSources,
  observe: Observer,
  signal?: AbortSignal,
): Promise<PatchBenchmark[]> {
  const benchmarks: PatchBenchmark[] = [];
  for (const folder of validation) {
    const { skipped, ...set } = await readPatchSet(folder, { signal });
    for (const text of skipped) observe({ type: 'message', level: 'warning', text });
    benchmarks.push(heldOutBenchmark(set, validationPairs, validationSeed));
  }
  return benchmarks;
}

async function oneStep(
  step: number,
  recipe: Recipe,
  source: BatchSource,
  thread: TrainThread,
  meter: ReturnType<typeof createTrainingMeter>,
): Promise<void> {
  const { side, patches, targets } = await source.next();
  const learningRate = learningRateAt(recipe, step);
  const { loss, gradientNorm } = await thread.ask({
    kind: 'step',
    input: {
      side,
      patches,
      targets,
      learningRate: learningRate * optimiserOf(recipe).rateFactor(step + 1),
      averageRate: averageRateAt(recipe, step),
    },
  });
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
    throw new DataError(
      `training broke down at step ${step + 1}: the loss is ${loss}, the length of its gradient ${gradientNorm}. ` +
        'The last checkpoint was kept; train again with a lower --learning-rate, or look for damaged data',
    );
  }
  meter.stepped(step + 1, { loss, gradientNorm, learningRate });
}

async function validate(
  run: Checkpoint,
  thread: TrainThread,
  benchmarks: readonly PatchBenchmark[],
): Promise<Checkpoint> {
  const sets = await thread.ask({ kind: 'validate', benchmarks });
  const validation: Validation = { step: run.step, sets };
  const validations = [...run.validations, validation];
  if (run.best !== null && shortfall(run.best.validation) <= shortfall(validation)) return { ...run, validations };
  const state = withoutOptimiser(await thread.ask({ kind: 'state' }));
  return { ...run, validations, best: { validation, state } };
}

/** What goes wrong in a validation, the less the better: false positives at 95 % recall, and true partners not ranked first. */
function shortfall({ sets }: Validation): number {
  return sets.reduce((sum, { fpr95, rank1 }) => sum + fpr95 + (rank1 === null ? 0 : 1 - rank1), 0);
}
