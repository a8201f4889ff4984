import { availableParallelism, totalmem } from 'node:os';
import { definitionNames } from '../models/definitions.ts';
import { presetNames } from './train-recipe.ts';
import {
  choice,
  commonOptions,
  integer,
  number,
  onOff,
  type OptionTable,
  type Resolved,
  text,
  textOr,
} from './options.ts';

/** GB; of all memory, not of what is free just now, so that a machine trains the same twice. */
function halfOfMemory(): number {
  // Containers may have less than the machine; no limit is 0, nothing or a number beyond all memory.
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.max(0.1, Math.round(bytes / 2e8) / 10);
}

/** Options of `tessera train`. */
export const trainOptions = {
  network: text(`the network: ${definitionNames.join(', ')}`, 'name'),
  data: text('folders of patch sets to train on, separated by commas', 'folders'),
  weights: text('how often each set is drawn from, relative to the others, separated by commas', 'numbers'),
  validation: text('folders of patch sets to validate on, separated by commas', 'folders'),
  output: textOr('folder for checkpoint, log, curve and model', 'folder', 'trained'),
  preset: choice('recipe', presetNames, 'tessera'),
  steps: integer('training steps (tessera 10 000, paper 40 000)', 'n', 1, 100_000_000),
  batch: integer('pairs of a step (128; descriptor 512)', 'n', 8, 65_536),
  learningRate: number('peak learning rate (by preset and network)', 'rate', 1e-7, 10),
  half: onOff('train the siamese network of half the width that a 2-channel network can --start from', false),
  start: text(
    'to start from: model of the same network, or folder of a run of it, of its --half or of one with convolutions of the same size',
    'file|folder',
  ),
  teacher: text(
    'trained network whose ranking is followed beside the truth: a shipped name or an ONNX file',
    'name|file',
  ),
  teacherShare: number('weight of the teacher against the truth', '0-1', 0, 1, 0.5),
  resume: onOff('go on with the checkpoint in the output folder, by the options stored in it', false),
  checkpointEvery: integer('steps between checkpoints', 'n', 1, 1_000_000, 500),
  validateEvery: integer('steps between validations', 'n', 1, 1_000_000, 500),
  validationPairs: integer(
    'true pairs of a validation set that are scored, and as many wrong ones',
    'n',
    20,
    100_000,
    1000,
  ),
  memory: number(
    'patches in memory at once; sets that take more are trained on part by part, in turn',
    'GB',
    0.001,
    100_000,
    halfOfMemory(),
  ),
  seed: integer('seed of every random choice', 'n', 0, 2 ** 31 - 1, 0),
  device: commonOptions.device,
  threads: commonOptions.threads,
  batchThreads: integer('threads that make batches', 'n', 1, 256, Math.max(1, Math.floor(availableParallelism() / 2))),
  quiet: commonOptions.quiet,
} satisfies OptionTable;

export type TrainOptions = Resolved<typeof trainOptions>;
