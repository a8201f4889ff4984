import { definitions, type DefinitionName } from '../models/definitions.ts';
import { modelPath } from '../models/index.ts';
import { paperAugmentation, tesseraAugmentation } from '../src/dataset/batches/augmentation.ts';
import { pairCount, type BatchPlan } from '../src/dataset/batches/batch-plan.ts';
import type { NetworkDefinition } from '../src/nn/network/definition.ts';
import { siameseHalf } from '../src/nn/network/halves.ts';
import { adamW, momentumSgd, type Optimiser } from '../src/nn/training/optimisers.ts';
import { distanceSharpness } from '../src/nn/training/soft-targets.ts';
import type { LossSettings, TrainingGraphSettings } from '../src/nn/training/training-graph.ts';
import { teacherSide } from './train-teacher.ts';

export const presetNames = ['tessera', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];

/** Everything that decides what a run computes, as plain data: it is stored with each checkpoint. */
export interface Recipe {
  readonly network: DefinitionName;
  /** The siamese network of half the width is trained, from which a 2-channel network can start. */
  readonly half: boolean;
  readonly preset: PresetName;
  readonly steps: number;
  readonly seed: number;
  readonly plan: BatchPlan;
  readonly loss: LossSettings;
  readonly optimiser: 'momentum-sgd' | 'adamw';
  readonly learningRate: number;
  /** Steps in which the learning rate rises linearly from zero. */
  readonly warmUpSteps: number;
  /** `cosine`: falls to zero along half a cosine; `constant`: stays. */
  readonly schedule: 'cosine' | 'constant';
  readonly weightDecay: number;
  readonly batchNormalise: boolean;
  /** The gradient is shortened to this length; null: never. */
  readonly maxGradientNorm: number | null;
  /** A trained network whose ranking is followed beside the truth. */
  readonly teacher: { readonly file: string; readonly share: number } | null;
  /** Batches hold patches of 64×64 for the teacher; the network sees them averaged 2×2. */
  readonly halved: boolean;
  /** The running average of the weights keeps this share of itself each step; its first steps are a plain mean. */
  readonly averageDecay: number;
}

/** What a user may set of a recipe. */
export interface RecipeChoices {
  readonly half?: boolean;
  readonly preset: PresetName;
  readonly steps?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly seed: number;
  readonly teacher?: string;
  readonly teacherShare?: number;
  /** The run starts from trained weights that batch normalisation is folded into already. */
  readonly startsFolded: boolean;
}

/** The recipe of a preset for a network. */
export function recipeFor(network: DefinitionName, choices: RecipeChoices): Recipe {
  return choices.preset === 'paper' ? paperRecipe(network, choices) : tesseraRecipe(network, choices);
}

/** What a run of the recipe trains. */
export function trainedNetwork({ network, half }: Pick<Recipe, 'network' | 'half'>): NetworkDefinition {
  const definition: NetworkDefinition = definitions[network];
  return half ? siameseHalf(definition) : definition;
}

/** Sides a network is trained at: mixed where any side goes in. */
function sidesOf(definition: NetworkDefinition): number[] {
  return 'side' in definition.input ? [definition.input.side] : [32, 48, 64, 64, 96];
}

/**
 * The paper's recipe (section 4): batches of 128, half of them matches, hinge loss, weight decay 0.0005, momentum 0.9,
 * averaged stochastic gradient descent, flips and quarter turns. Its learning rate of 1.0 does not fit a loss that is a mean
 * over the batch with the initial weights of He: `2ch` breaks down at step 4, and at step 12 with the 0.1 of the released
 * code. With a hundred steps of warm-up and gradients no longer than 1, 0.1 learns and 1.0 does not; 0.01 learns with and
 * without them.
 */
function paperRecipe(
  network: DefinitionName,
  { half = false, steps = 40_000, batch = 128, learningRate = 0.01, seed }: RecipeChoices,
): Recipe {
  const definition = trainedNetwork({ network, half });
  return {
    network,
    half,
    preset: 'paper',
    steps,
    seed,
    plan: {
      kind: 'pairs',
      pairs: batch,
      hardShare: 0,
      sides: sidesOf(definition),
      swap: false,
      augmentation: paperAugmentation,
    },
    loss: { kind: definition.decision.kind === 'distance' ? 'distance-hinge' : 'hinge' },
    optimiser: 'momentum-sgd',
    learningRate,
    warmUpSteps: 100,
    schedule: 'constant',
    weightDecay: 5e-4,
    batchNormalise: false,
    maxGradientNorm: 1,
    teacher: null,
    halved: false,
    averageDecay: 0.999,
  };
}

/**
 * Tessera's own: AdamW with warm-up and cosine, batch normalisation while training, averaged weights. Networks that decide rank
 * the true partner among mined look-alikes and random patches; networks that compare by distance learn from the hardest
 * wrong partner of the batch.
 */
function tesseraRecipe(network: DefinitionName, choices: RecipeChoices): Recipe {
  const { half = false, steps = 10_000, seed, startsFolded } = choices;
  const definition = trainedNetwork({ network, half });
  const { teacher } = choices;
  const { plan, loss } = tesseraPlan(definition, choices.batch, { taught: teacher !== undefined, half });
  return {
    network,
    half,
    preset: 'tessera',
    steps,
    seed,
    plan,
    loss,
    optimiser: 'adamw',
    learningRate: choices.learningRate ?? (startsFolded ? 3e-4 : loss.kind === 'triplet' ? 2e-3 : 1e-3),
    warmUpSteps: Math.min(300, Math.ceil(steps / 20)),
    schedule: 'cosine',
    weightDecay: 1e-4,
    batchNormalise: !startsFolded,
    maxGradientNorm: 10,
    teacher: teacher === undefined ? null : { file: modelPath(teacher), share: choices.teacherShare ?? 0.5 },
    halved: teacher !== undefined && sidesOf(definition)[0] === teacherSide / 2,
    averageDecay: 0.998,
  };
}

function tesseraPlan(
  definition: NetworkDefinition,
  batch: number | undefined,
  { taught, half }: { readonly taught: boolean; readonly half: boolean },
): { plan: BatchPlan; loss: LossSettings } {
  const shared = { sides: taught ? [teacherSide] : sidesOf(definition), swap: true, augmentation: tesseraAugmentation };
  const byDistance = definition.decision.kind === 'distance';
  if (!byDistance || taught) {
    const [hard, easy] = [4, 1];
    const groupSize = 1 + hard + easy;
    const groups = Math.max(1, Math.round((batch ?? 128) / groupSize));
    return {
      plan: { kind: 'ranking', groups, hard, easy, ...shared },
      loss: byDistance
        ? { kind: 'distillation', groupSize, sharpness: distanceSharpness }
        : { kind: 'ranking', groupSize, taught },
    };
  }
  if (definition.pairing === 'siamese') {
    const pairs = batch ?? (sidesOf(definition)[0] === 32 ? 512 : 128);
    const photos = Math.max(2, Math.round(pairs / 32));
    return {
      plan: { kind: 'triplets', photos, perPhoto: Math.round(pairs / photos), ...shared },
      loss: half ? { kind: 'triplet', evenLengths: 0.3 } : { kind: 'triplet' },
    };
  }
  return {
    plan: { kind: 'pairs', pairs: batch ?? 128, hardShare: 0.5, ...shared },
    loss: { kind: 'distance-hinge' },
  };
}

/** Learning rate of step `step`, counted from 0, before the optimiser's own correction. */
export function learningRateAt({ steps, learningRate, warmUpSteps, schedule }: Recipe, step: number): number {
  const warm = Math.min(1, (step + 1) / warmUpSteps);
  if (schedule === 'constant') return learningRate * warm;
  const through = Math.max(0, step - warmUpSteps) / Math.max(1, steps - warmUpSteps);
  return learningRate * warm * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, through)));
}

/** Share of the new weights in their average at step `step`, counted from 0. */
export function averageRateAt({ averageDecay }: Recipe, step: number): number {
  return Math.max(1 - averageDecay, 1 / (step + 1));
}

export function optimiserOf({ optimiser }: Recipe): Optimiser {
  return optimiser === 'adamw' ? adamW() : momentumSgd();
}

/** Side of the first graph that a run needs. */
export function firstSide({ plan, halved }: Recipe): number {
  return halved ? plan.sides[0] / 2 : plan.sides[0];
}

/** What the training graphs of a recipe are built by. */
export function graphSettings(recipe: Recipe): Omit<TrainingGraphSettings, 'side'> {
  return {
    batch: pairCount(recipe.plan),
    loss: recipe.loss,
    optimiser: optimiserOf(recipe),
    weightDecay: recipe.weightDecay,
    batchNormalise: recipe.batchNormalise,
    maxGradientNorm: recipe.maxGradientNorm ?? Infinity,
  };
}
