import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { pairCount } from '../src/dataset/batches/batch-plan.ts';
import { readSetFile } from '../src/dataset/brown/set-file.ts';
import { UsageError } from '../src/errors.ts';
import { readMetadata } from '../src/nn/network/read-weights.ts';
import type { Checkpoint } from './train-checkpoint.ts';

const share = z.number().nullable();
/** What a set's `set.json` says of its making. */
const made = z.record(z.string(), z.unknown()).nullable();
const setSchema = z.object({
  name: z.string(),
  /** How often it was drawn from, relative to the others; null: by its number of patches. */
  weight: z.number().nullable(),
  made,
});
const stageSchema = z.object({
  /** What was trained; null in files that do not say: what the file holds. */
  network: z.string().nullable().default(null),
  /** What was trained was the siamese network of half the width. */
  half: z.boolean().default(false),
  /** With it a run that is not the first began with the folder of the one before, without with its ONNX file. */
  batchNormalise: z.boolean().default(false),
  preset: z.string(),
  steps: z.number(),
  /** Pairs seen until the weights that were kept. */
  pairs: z.number(),
  batch: z.number(),
  learningRate: z.number(),
  loss: z.string(),
  seed: z.number(),
  /** The network whose ranking was followed beside the truth. */
  teacher: z.object({ name: z.string(), share: z.number() }).nullable().default(null),
  data: z.array(setSchema),
  /** Figures of the validation sets, shares 0 … 1, when the weights were kept. */
  validation: z.array(z.object({ name: z.string(), fpr95: z.number(), rank1: share, made: made.default(null) })),
});
/** One run of `tessera train`. */
export type TrainingStage = z.infer<typeof stageSchema>;

const key = 'training';

/** The runs that made a model, oldest first, as stored in its file; empty for a model that says nothing of it. */
export async function readTrainingHistory(file: string): Promise<TrainingStage[]> {
  const text = readMetadata(file, await readFile(file)).get(key);
  if (text === undefined) return [];
  const checked = z.array(stageSchema).safeParse(JSON.parse(text));
  if (checked.success) return checked.data;
  throw new UsageError(`${file}: its training history is not as Tessera writes it`);
}

/** What a run adds to the history of its model. Folders are named without their path. */
export async function stageOf({ recipe, sources, step, best }: Checkpoint): Promise<TrainingStage> {
  const { data, weights, validation } = sources;
  return {
    network: recipe.network,
    half: recipe.half,
    batchNormalise: recipe.batchNormalise,
    preset: recipe.preset,
    steps: recipe.steps,
    pairs: (best?.validation.step ?? step) * pairCount(recipe.plan),
    batch: pairCount(recipe.plan),
    learningRate: recipe.learningRate,
    loss: recipe.loss.kind,
    seed: recipe.seed,
    teacher: recipe.teacher && { name: basename(recipe.teacher.file), share: recipe.teacher.share },
    data: await Promise.all(
      data.map(async (folder, i) => ({
        name: basename(folder),
        weight: weights?.[i] ?? null,
        made: await makingOf(folder),
      })),
    ),
    validation: await Promise.all(
      (best?.validation.sets ?? []).map(async ({ fpr95, rank1 }, i) => ({
        name: basename(validation[i]),
        fpr95,
        rank1,
        made: await makingOf(validation[i]),
      })),
    ),
  };
}

async function makingOf(folder: string): Promise<z.infer<typeof made>> {
  return (await readSetFile(folder))?.made ?? null;
}

/** The metadata of a model's file. */
export function historyMetadata(stages: readonly TrainingStage[]): Record<string, string> {
  return { [key]: JSON.stringify(stages) };
}
