import type { NetworkDefinition } from '../network/definition.ts';
import { compilePairs, type Program } from '../network/program.ts';
import { inferShapes, parametersOf, type ParameterShape } from '../network/shapes.ts';
import type { OnnxGraph } from '../onnx-graph.ts';
import { emitBackward, emitForward, reluBehindPool, type Tape } from './differentiate.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import {
  distanceHingeLoss,
  distillationLoss,
  evenTripletLoss,
  hingeLoss,
  rankingLoss,
  tripletLoss,
  type LossNodes,
} from './losses.ts';
import type { Optimiser } from './optimisers.ts';

/** What is minimised; it decides what a batch is made of. */
export type LossSettings =
  | { readonly kind: 'hinge' | 'distance-hinge' }
  /** `taught`: the step's target says what share of the softmax each pair of a group is to have. */
  | { readonly kind: 'ranking'; readonly groupSize: number; readonly taught?: boolean }
  | { readonly kind: 'distillation'; readonly groupSize: number; readonly sharpness: number }
  /** `evenLengths`: weight of the penalty that makes features alike in length before they are divided by it. */
  | { readonly kind: 'triplet'; readonly evenLengths?: number };

export interface TrainingGraphSettings {
  /** Pairs a step. */
  readonly batch: number;
  /** Side of the patches. */
  readonly side: number;
  readonly loss: LossSettings;
  readonly optimiser: Optimiser;
  readonly weightDecay: number;
  readonly batchNormalise: boolean;
  /** The gradient of all parameters together is shortened to this length; infinite: never. */
  readonly maxGradientNorm: number;
}

/** A tensor that a step takes and gives back changed. */
export interface StateTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One training step as a graph: forward, loss, gradients and the optimiser's update. */
export interface TrainingGraph {
  readonly graph: OnnxGraph;
  readonly parameters: readonly ParameterShape[];
  /** Inputs of these names have results of the same name with `next/` before it. */
  readonly state: readonly StateTensor[];
  /** Shape of the input `target`: labels, or which pairs are the same place; null where the loss needs none. */
  readonly target: readonly number[] | null;
}

/** Share of the newest batch in the running statistics of batch normalisation. */
const statisticsRate = 0.02;

/** What the names of running statistics begin with. */
export const statisticsPrefix = 'statistics/';

/** Names of the state tensors that belong to a parameter or to a layer with batch normalisation. */
export const stateNames = {
  parameter: (name: string) => `parameter/${name}`,
  average: (name: string) => `average/${name}`,
  slot: (slot: string, name: string) => `${slot}/${name}`,
  statistic: (part: 'mean' | 'variance', name: string) => `${statisticsPrefix}${name}.${part}`,
} as const;

/**
 * Builds a step for a network. Its inputs beside the state: `patches` [batch, 2, side, side] in [0, 1]; `target` (see
 * above); the scalars `learningRate` and `averageRate` (share of the new weights in their running average). Its results
 * beside the state: `loss`, and `gradientNorm` before clipping.
 */
export function buildTrainingGraph(definition: NetworkDefinition, settings: TrainingGraphSettings): TrainingGraph {
  const { batch, side } = settings;
  const whole = compilePairs(definition, { batchNormalise: settings.batchNormalise });
  const program = reluBehindPool(
    settings.loss.kind === 'triplet' ? withoutDistance(definition, whole, settings.loss) : whole,
  );
  const parameters = parametersOf(program, inferShapes(definition.name, program, side));
  const b = new GraphBuilder();
  const state = new StateWriter(b);
  const patches = b.input('patches', [batch, 2, side, side]);
  const learningRate = b.input('learningRate', []);
  const averageRate = b.input('averageRate', []);
  const values = new Map(
    parameters.map(({ name, shape }) => [name, state.take(stateNames.parameter(name), shape)] as const),
  );
  const valueOf = (name: string): Value => values.get(name)!;

  const tape = emitForward(b, program, patches, valueOf);
  const target = targetShape(settings.loss, batch);
  const { loss, gradient } = emitLoss(b, settings.loss, tape.output, target && b.input('target', target));
  const { clipped, norm } = clip(b, emitBackward(b, tape, gradient, valueOf), settings.maxGradientNorm);
  b.output('loss', loss);
  b.output('gradientNorm', norm);

  for (const { name, shape, fanIn } of parameters) {
    const slots = Object.fromEntries(
      settings.optimiser.slots.map((slot) => [slot, state.take(stateNames.slot(slot, name), shape)]),
    );
    const update = settings.optimiser.update(b, {
      parameter: valueOf(name),
      gradient: clipped.get(name)!,
      slots,
      learningRate,
      weightDecay: fanIn > 0 ? settings.weightDecay : 0,
    });
    state.give(stateNames.parameter(name), update.parameter);
    for (const slot of settings.optimiser.slots) state.give(stateNames.slot(slot, name), update.slots[slot]);
    state.approach(stateNames.average(name), update.parameter, averageRate);
  }
  keepStatistics(b, tape, state);
  return { graph: b.build(`${definition.name}-training`), parameters, state: state.tensors, target };
}

/** State tensors of a graph: each an input and, changed, a result. */
class StateWriter {
  readonly tensors: StateTensor[] = [];
  readonly #b: GraphBuilder;

  constructor(b: GraphBuilder) {
    this.#b = b;
  }

  take(name: string, shape: readonly number[]): Value {
    this.tensors.push({ name, shape });
    return this.#b.input(name, shape);
  }

  give(name: string, value: Value): void {
    this.#b.output(`next/${name}`, value);
  }

  /** Moves a tensor by a share of the way towards a value. */
  approach(name: string, value: Value, rate: Value): void {
    const old = this.take(name, value.shape);
    this.give(name, this.#b.add(old, this.#b.multiply(this.#b.subtract(value, old), rate)));
  }
}

/**
 * The descriptors of a pair instead of their distance: what the triplet loss compares is all pairs of the batch. Where
 * lengths are to become even the loss itself divides by them.
 */
function withoutDistance(
  definition: NetworkDefinition,
  program: Program,
  { evenLengths }: Extract<LossSettings, { kind: 'triplet' }>,
): Program {
  if (definition.decision.kind !== 'distance' || definition.pairing !== 'siamese') {
    throw new TypeError(
      `the triplet loss trains siamese networks that compare by distance; ${definition.name} does not`,
    );
  }
  const descriptors = program.slice(0, -1);
  if (evenLengths === undefined) return descriptors;
  // A vector flattened is itself: the operations after it keep their places.
  return descriptors.map((operation) =>
    operation.kind === 'normalise' ? { kind: 'flatten', inputs: operation.inputs } : operation,
  );
}

function targetShape(loss: LossSettings, batch: number): readonly number[] | null {
  if (loss.kind === 'ranking' && !loss.taught) return null;
  return loss.kind === 'triplet' ? [batch, batch] : [batch];
}

function emitLoss(b: GraphBuilder, loss: LossSettings, output: Value, target: Value | null): LossNodes {
  switch (loss.kind) {
    case 'hinge':
      return hingeLoss(b, output, target!);
    case 'distance-hinge':
      return distanceHingeLoss(b, output, target!);
    case 'ranking':
      return rankingLoss(b, output, loss.groupSize, target ?? undefined);
    case 'distillation':
      return distillationLoss(b, output, target!, loss.groupSize, loss.sharpness);
    case 'triplet':
      return loss.evenLengths === undefined
        ? tripletLoss(b, output, target!)
        : evenTripletLoss(b, output, target!, loss.evenLengths);
  }
}

function clip(
  b: GraphBuilder,
  gradients: ReadonlyMap<string, Value>,
  maxNorm: number,
): { clipped: ReadonlyMap<string, Value>; norm: Value } {
  const squares = [...gradients.values()].map((gradient) =>
    b.reshape(b.reduceSumSquare(b.reshape(gradient, [gradient.shape.reduce((a, n) => a * n, 1)]), [0]), []),
  );
  const norm = b.sqrt(b.sum(squares));
  if (maxNorm === Infinity) return { clipped: gradients, norm };
  const factor = b.divide(b.scalar(maxNorm), b.maximum(norm, b.scalar(maxNorm)));
  return { clipped: new Map([...gradients].map(([name, value]) => [name, b.multiply(value, factor)])), norm };
}

function keepStatistics(b: GraphBuilder, tape: Tape, state: StateWriter): void {
  const rate = b.scalar(statisticsRate);
  tape.program.forEach((operation, i) => {
    if (operation.kind !== 'batchNormalise') return;
    const [mean, variance] = tape.steps[i].saved;
    const channels = [mean.shape[1]];
    state.approach(stateNames.statistic('mean', operation.name), b.reshape(mean, channels), rate);
    state.approach(stateNames.statistic('variance', operation.name), b.reshape(variance, channels), rate);
  });
}
