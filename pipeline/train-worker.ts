import { workerData } from 'piscina';
import { patchFigures, scoreBenchmark, type PatchFigures } from '../src/evaluation/measure-patches.ts';
import type { PairScorer, PatchBenchmark } from '../src/evaluation/patch-benchmark.ts';
import { halvePatches, patchSide } from '../src/features/patches.ts';
import { scorePairs } from '../src/nn/judge.ts';
import type { Model } from '../src/nn/model.ts';
import type { NetworkDefinition } from '../src/nn/network/definition.ts';
import { inferenceModel } from '../src/nn/network/inference.ts';
import { createSession, float32Data, onnxRuntime, type Provider } from '../src/nn/runtime.ts';
import { softTargets } from '../src/nn/training/soft-targets.ts';
import { trainedWeights } from '../src/nn/training/trained-weights.ts';
import {
  createTrainingSession,
  type StepInput,
  type StepResult,
  type TrainingSession,
} from '../src/nn/training/training-session.ts';
import { graphSettings, trainedNetwork, type Recipe } from './train-recipe.ts';
import { sendError } from './thread-errors.ts';
import { openTeacher, type Teacher } from './train-teacher.ts';

/** What the training thread is started with. */
export interface TrainWorkerData {
  readonly recipe: Recipe;
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly provider: Provider;
  readonly threads: number;
}

/** What the training thread can be asked. */
export type TrainRequest =
  | { readonly kind: 'prepare'; readonly side: number }
  | { readonly kind: 'step'; readonly input: StepInput }
  | { readonly kind: 'state' }
  | { readonly kind: 'validate'; readonly benchmarks: readonly PatchBenchmark[] };

/** Of `prepare`: why the provider cannot train here, or null. */
export type TrainAnswer<K extends TrainRequest['kind']> = {
  prepare: string | null;
  step: StepResult;
  state: ReadonlyMap<string, Float32Array>;
  validate: readonly PatchFigures[];
}[K];

let session: TrainingSession | undefined;
let teacher: Promise<Teacher> | undefined;

/** Called for each request, one after the other, in the training thread: a step blocks its thread. */
export default async function train(request: TrainRequest): Promise<unknown> {
  return answer(request).catch((error: unknown) => {
    throw sendError(error);
  });
}

async function answer(request: TrainRequest): Promise<unknown> {
  const { recipe, state, provider, threads } = workerData as TrainWorkerData;
  const definition = trainedNetwork(recipe);
  session ??= createTrainingSession(definition, graphSettings(recipe), state, { provider, threads });
  switch (request.kind) {
    case 'prepare':
      return session.prepare(request.side).then(
        () => null,
        (error: Error) => error.message.split('\n')[0],
      );
    case 'step':
      return session.step(await prepareStep(request.input, recipe, threads));
    case 'state':
      return session.state();
    case 'validate': {
      const weights = trainedWeights(definition, session.state(), recipe);
      const scorer = await openScorer(definition, inferenceModel(definition, weights, 'pairs'), threads);
      const figures: PatchFigures[] = [];
      for (const benchmark of request.benchmarks) {
        figures.push(patchFigures((await scoreBenchmark(benchmark, scorer.score, true)).averaged));
      }
      await scorer.release();
      return figures;
    }
  }
}

/** Asks the teacher, where there is one, and halves the patches for a network that sees them so. */
async function prepareStep(input: StepInput, recipe: Recipe, threads: number): Promise<StepInput> {
  let { patches, side, targets } = input;
  if (recipe.teacher !== null) {
    teacher ??= openTeacher(recipe.teacher.file, threads);
    const { score, sharpness } = await teacher;
    const { groupSize } = recipe.loss as Extract<Recipe['loss'], { groupSize: number }>;
    const scores = await score(patches, patches.length / (2 * side * side));
    targets = softTargets(scores, groupSize, { share: recipe.teacher.share, sharpness });
  }
  if (recipe.halved) {
    patches = halvePatches(patches, 1);
    side /= 2;
  }
  return { ...input, patches, side, targets };
}

/** Rounded to bytes. Made by constructors: `from` would hold all of them as JavaScript numbers at once. */
function halvedBytes(patches: Uint8Array): Uint8Array {
  return new Uint8Array(new Uint8ClampedArray(halvePatches(patches, 1)).buffer);
}

/** Scores pairs in one order: training swaps at random, so the other says the same on average. */
async function openScorer(
  definition: NetworkDefinition,
  model: Uint8Array,
  threads: number,
): Promise<{ readonly score: PairScorer; readonly release: () => Promise<void> }> {
  const inference = await createSession(model, { provider: 'cpu', threads });
  const side = 'side' in definition.input ? definition.input.side : patchSide;
  const { Tensor } = onnxRuntime();
  const run: Model['run'] = async ({ patches: { data, shape } }) => {
    const { score } = await inference.run({ patches: new Tensor('float32', data, [...shape]) });
    return { score: float32Data(score) };
  };
  return {
    score: (patches, _count, index1, index2) => {
      const seen = side === patchSide ? patches : halvedBytes(patches);
      return scorePairs({ run }, seen, seen, { count: index1.length, index1, index2 }, side);
    },
    release: () => inference.release(),
  };
}
