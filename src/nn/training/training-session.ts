import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { NetworkDefinition } from '../network/definition.ts';
import { encodeOnnxModel } from '../onnx-graph.ts';
import { createSession, float32Data, onnxRuntime, type SessionOptions } from '../runtime.ts';
import type { TrainingState } from './initial-state.ts';
import { buildTrainingGraph, type TrainingGraph, type TrainingGraphSettings } from './training-graph.ts';

/** What a step is given beside the state. */
export interface StepInput {
  readonly side: number;
  /** [pairs, 2, side, side], in [0, 1]. */
  readonly patches: Float32Array;
  /** Of the length the loss takes; empty where it needs none. */
  readonly targets: Float32Array;
  readonly learningRate: number;
  /** Share of the new weights in their running average. */
  readonly averageRate: number;
}

export interface StepResult {
  readonly loss: number;
  /** Of all parameters together, before clipping. */
  readonly gradientNorm: number;
}

type TensorState = ReadonlyMap<string, Tensor>;

/** A network in training: each step is one run of ONNX Runtime, and blocks its thread. */
export interface TrainingSession {
  /** Opens the graph for a side ahead of its first step. @throws Error of ONNX Runtime where the provider cannot run it */
  prepare(side: number): Promise<void>;
  step(input: StepInput): Promise<StepResult>;
  /** The present state; the arrays change no more. */
  state(): Map<string, Float32Array>;
  release(): Promise<void>;
}

/**
 * Opens a session on a state. The graphs for patches of other sides are made when first needed.
 * @param settings but for the side, which each step says
 */
export function createTrainingSession(
  definition: NetworkDefinition,
  settings: Omit<TrainingGraphSettings, 'side'>,
  start: TrainingState,
  options: SessionOptions,
): TrainingSession {
  const { Tensor: TensorOf } = onnxRuntime();
  const scalar = (value: number): Tensor => new TensorOf('float32', Float32Array.of(value), []);
  const opened = new Map<number, Promise<{ readonly graph: TrainingGraph; readonly session: InferenceSession }>>();
  const open = (side: number): Promise<{ graph: TrainingGraph; session: InferenceSession }> => {
    const known = opened.get(side);
    if (known) return known;
    const graph = buildTrainingGraph(definition, { ...settings, side });
    const made = createSession(encodeOnnxModel(graph.graph), options).then((session) => ({ graph, session }));
    opened.set(side, made);
    return made;
  };
  // Steps write into the state before the last instead of new memory: first touching memory takes longer than computing what
  // goes there (seen: a third of a step of `2ch-2stream`).
  let buffers: { readonly state: TensorState; readonly spare: TensorState } | undefined;
  const copyOfStart = ({ state }: TrainingGraph): TensorState =>
    new Map(state.map(({ name, shape }) => [name, new TensorOf('float32', start.get(name)!.slice(), [...shape])]));
  return {
    async prepare(side) {
      await open(side);
    },
    async step({ side, patches, targets, learningRate, averageRate }) {
      const { graph, session } = await open(side);
      const { state, spare } = (buffers ??= { state: copyOfStart(graph), spare: copyOfStart(graph) });
      const feeds: Record<string, Tensor> = {
        patches: new TensorOf('float32', patches, [settings.batch, 2, side, side]),
        learningRate: scalar(learningRate),
        averageRate: scalar(averageRate),
        ...Object.fromEntries(state),
      };
      if (graph.target) feeds.target = new TensorOf('float32', targets, [...graph.target]);
      const fetches = Object.fromEntries([...spare].map(([name, tensor]) => [`next/${name}`, tensor]));
      const results = await session.run(feeds, { ...fetches, loss: null, gradientNorm: null });
      buffers = { state: spare, spare: state };
      return { loss: float32Data(results.loss)[0], gradientNorm: float32Data(results.gradientNorm)[0] };
    },
    state() {
      if (!buffers) return new Map(start);
      return new Map([...buffers.state].map(([name, tensor]) => [name, float32Data(tensor).slice()]));
    },
    async release() {
      for (const made of opened.values()) await (await made).session.release();
    },
  };
}
