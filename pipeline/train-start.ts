import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../src/errors.ts';
import { joinHalves } from '../src/nn/network/halves.ts';
import { readWeights } from '../src/nn/network/read-weights.ts';
import { sharedConvolutions } from '../src/nn/network/shared-convolutions.ts';
import type { Weights } from '../src/nn/network/weights.ts';
import { averagedWeights, runningStatistics } from '../src/nn/training/trained-weights.ts';
import { readCheckpoint, type Checkpoint } from './train-checkpoint.ts';
import { modelParts } from './train-files.ts';
import { trainedNetwork, type Recipe } from './train-recipe.ts';
import { readTrainingHistory, stageOf, type TrainingStage } from './training-history.ts';

/** What a run begins with where another one has been before. */
export interface TrainingStart {
  /** With the running statistics of batch normalisation, where there is any. */
  readonly weights: Weights;
  /** The weights are those of layers with batch normalisation; in a model's file it is folded into them. */
  readonly batchNormalise: boolean;
  /** The runs that made the weights. */
  readonly earlier: readonly TrainingStage[];
}

/**
 * Reads what to start from: a model's file, or the folder of a run, whose best weights come with their batch
 * normalisation. Of a run with `--half` the 2-channel network is made; of a run of another network the convolutions are
 * taken that both have.
 * @throws UsageError where it is of a network that has nothing to give or cannot be read; DataError for a damaged checkpoint
 */
export async function readStart(path: string, wanted: Trained): Promise<TrainingStart> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      throw new UsageError(`${path}, to start from, cannot be read (${error.code})`);
    },
  );
  if (isFolder) return startOfRun(path, wanted, await readCheckpoint(path));
  const definition = trainedNetwork(wanted);
  const weights = readWeights(path, await readFile(path), definition, modelParts(definition)[0].part);
  return { weights, batchNormalise: false, earlier: await readTrainingHistory(path) };
}

async function startOfRun(folder: string, wanted: Trained, checkpoint: Checkpoint): Promise<TrainingStart> {
  const { recipe, sources, state, best } = checkpoint;
  const trained = best?.state ?? state;
  return {
    weights: weightsFrom(folder, recipe, wanted, new Map([...averagedWeights(trained), ...runningStatistics(trained)])),
    batchNormalise: recipe.batchNormalise,
    earlier: [...sources.earlier, await stageOf(checkpoint)],
  };
}

type Trained = Pick<Recipe, 'network' | 'half'>;

function weightsFrom(folder: string, from: Trained, wanted: Trained, weights: Weights): Weights {
  if (from.network === wanted.network && from.half === wanted.half) return weights;
  if (from.network === wanted.network && from.half && !wanted.half) return joinHalves(trainedNetwork(wanted), weights);
  const shared = sharedConvolutions(trainedNetwork(from), trainedNetwork(wanted), weights);
  if (shared.size > 0) return shared;
  throw new UsageError(
    `${folder}: expected a run of ${nameOf(wanted)} to start from, or of a network with convolutions of the same size, but ` +
      `it is one of ${nameOf(from)}`,
  );
}

function nameOf({ network, half }: Trained): string {
  return `${network}${half ? ' --half' : ''}`;
}
