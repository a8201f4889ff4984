import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { definitionNames } from '../models/definitions.ts';
import type { PatchFigures } from '../src/evaluation/measure-patches.ts';
import { DataError, OutputError } from '../src/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../src/nn/safetensors.ts';
import type { TrainingState } from '../src/nn/training/initial-state.ts';
import { buildTrainingGraph, stateNames, statisticsPrefix } from '../src/nn/training/training-graph.ts';
import { writeWhole } from '../src/write-whole.ts';
import { firstSide, graphSettings, trainedNetwork, type Recipe } from './train-recipe.ts';
import type { TrainingStage } from './training-history.ts';

/** What a training run is told to train on; names of folders as given. */
export interface TrainingSources {
  readonly data: readonly string[];
  readonly weights: readonly number[] | null;
  readonly validation: readonly string[];
  readonly validationPairs: number;
  readonly validateEvery: number;
  /**
   * Bytes of patches that may be in memory: they decide the windows that larger data is trained on in, so a run that goes
   * on elsewhere keeps them. Null in checkpoints from before there were windows: all that an array can hold.
   */
  readonly memory: number | null;
  /** Model the run started from. */
  readonly start: string | null;
  /** The runs that made that model. */
  readonly earlier: readonly TrainingStage[];
}

/** A validation's figures, shares 0 … 1, and the step after which they were measured. */
export interface Validation {
  readonly step: number;
  readonly sets: readonly PatchFigures[];
}

/** Mean over some steps. */
export interface LossEntry {
  /** The last of the steps, counted from 1. */
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly pairsPerSecond: number;
}

/** Sums over the steps since the last entry. */
export interface PendingLoss {
  readonly steps: number;
  readonly loss: number;
  readonly gradientNorm: number;
}

export const noLoss: PendingLoss = { steps: 0, loss: 0, gradientNorm: 0 };

/** All that a run is: with the data it can go on as if it had not been interrupted. */
export interface Checkpoint {
  readonly recipe: Recipe;
  readonly sources: TrainingSources;
  /** Steps done. Batches depend on seed and step alone, so this is the random state and the data position too. */
  readonly step: number;
  readonly state: TrainingState;
  /** The best state by validation, and when it was; null before the first validation. */
  readonly best: { readonly validation: Validation; readonly state: TrainingState } | null;
  readonly losses: readonly LossEntry[];
  readonly pending: PendingLoss;
  readonly validations: readonly Validation[];
}

const version = 1;
const fileName = 'checkpoint.safetensors';

export const checkpointPath = (folder: string): string => join(folder, fileName);

/** What of a state the trained network is made of: the best one is kept without the optimiser. */
export function withoutOptimiser<T>(state: ReadonlyMap<string, T>): Map<string, T> {
  return new Map(
    [...state].filter(([name]) => name.startsWith(stateNames.average('')) || name.startsWith(statisticsPrefix)),
  );
}

/**
 * Writes a checkpoint whole, or leaves the one before.
 * @throws OutputError naming the file
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { state, best, ...facts } = checkpoint;
  const tensors = new Map(state);
  for (const [name, data] of best?.state ?? []) tensors.set(`best/${name}`, data);
  const run = JSON.stringify({ ...facts, version, bestValidation: best?.validation ?? null });
  const path = checkpointPath(folder);
  const bytes = encodeSafetensors({ tensors, metadata: { run } });
  await writeWhole(path, (temporary) => writeFile(temporary, bytes)).catch((error: unknown) => {
    throw new OutputError(
      `${path} could not be written (${(error as Error).message}); the checkpoint before it is as it was. Make room or choose another folder, then go on with --resume`,
    );
  });
}

const runSchema = z.looseObject({
  version: z.literal(version),
  step: z.number().int().min(0),
  recipe: z.looseObject({ network: z.enum(definitionNames) }),
});

/**
 * @throws DataError where the folder holds no checkpoint, or a damaged one or one of another version's networks
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const path = checkpointPath(folder);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: there is no checkpoint to go on with (${error.code}); start without --resume`);
  });
  const { tensors, metadata } = decodeSafetensors(path, bytes);
  let run: unknown;
  try {
    run = JSON.parse(metadata.run ?? 'null');
  } catch {
    run = null;
  }
  if (!runSchema.safeParse(run).success) throw new DataError(`${path}: expected a checkpoint of "tessera train"`);
  const { bestValidation, ...facts } = run as Omit<Checkpoint, 'state' | 'best' | 'pending'> & {
    bestValidation: Validation | null;
  };
  const state = new Map<string, Float32Array>();
  const bestState = new Map<string, Float32Array>();
  for (const [name, data] of tensors) {
    if (name.startsWith('best/')) bestState.set(name.slice('best/'.length), data);
    else state.set(name, data);
  }
  const graph = buildTrainingGraph(trainedNetwork(facts.recipe), {
    ...graphSettings(facts.recipe),
    side: firstSide(facts.recipe),
  });
  const expected = new Map(graph.state.map(({ name, shape }) => [name, shape.reduce((count, n) => count * n, 1)]));
  requireTensors(path, state, expected);
  if (bestValidation) requireTensors(path, bestState, withoutOptimiser(expected));
  const sources = { ...facts.sources, memory: facts.sources.memory ?? null };
  return {
    pending: noLoss,
    ...facts,
    sources,
    state,
    best: bestValidation && { validation: bestValidation, state: bestState },
  };
}

/** A network trained on with tensors missing or left over would be another one. */
function requireTensors(path: string, found: TrainingState, expected: ReadonlyMap<string, number>): void {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [length, wanted] = [found.get(name)?.length, expected.get(name)];
    if (length === wanted) continue;
    throw new DataError(
      `${path}: expected a checkpoint by this version of Tessera, with ${wanted ?? 'no'} numbers in ${name}, ` +
        `but there are ${length ?? 'none'}; train anew`,
    );
  }
}
