import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../src/errors.ts';
import { joinHalves } from '../src/nn/network/halves.ts';
import { readWeights } from '../src/nn/network/read-weights.ts';
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
 * normalisation; of a run with `--half` the 2-channel network is made.
 * @throws UsageError where it is of another network or cannot be read; DataError for a damaged checkpoint
 */
export async function readStart(path: string, wanted: Pick<Recipe, 'network' | 'half'>): Promise<TrainingStart> {
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

async function startOfRun(
  folder: string,
  wanted: Pick<Recipe, 'network' | 'half'>,
  checkpoint: Checkpoint,
): Promise<TrainingStart> {
  const { recipe, sources, state, best } = checkpoint;
  if (recipe.network !== wanted.network || (wanted.half && !recipe.half)) {
    throw new UsageError(
      `${folder}: expected a run of ${wanted.network}${wanted.half ? ' --half' : ''} to start from, but it is one of ` +
        `${recipe.network}${recipe.half ? ' --half' : ''}`,
    );
  }
  const trained = best?.state ?? state;
  const weights = new Map([...averagedWeights(trained), ...runningStatistics(trained)]);
  return {
    weights: recipe.half && !wanted.half ? joinHalves(trainedNetwork(wanted), weights) : weights,
    batchNormalise: recipe.batchNormalise,
    earlier: [...sources.earlier, await stageOf(checkpoint)],
  };
}
