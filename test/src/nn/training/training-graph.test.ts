import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/math/random.ts';
import type { Decision, Layer, NetworkDefinition, Stream } from '../../../../src/nn/network/definition.ts';
import { compilePairs } from '../../../../src/nn/network/program.ts';
import type { ParameterShape } from '../../../../src/nn/network/shapes.ts';
import { encodeOnnxModel } from '../../../../src/nn/onnx-graph.ts';
import { createSession, float32Data, onnxRuntime } from '../../../../src/nn/runtime.ts';
import { initialState } from '../../../../src/nn/training/initial-state.ts';
import { momentumSgd } from '../../../../src/nn/training/optimisers.ts';
import {
  buildTrainingGraph,
  stateNames,
  type LossSettings,
  type TrainingGraphSettings,
} from '../../../../src/nn/training/training-graph.ts';
import { referenceForward, wavyPatches, type Tensors } from '../network/reference.ts';
import { expectClose } from './run-graph.ts';
import { distanceHinge, distillation, hinge, ranking, triplet } from './reference-losses.ts';

const side = 16;
const batch = 6;

const conv = (
  filters: number,
  size: number,
  options: Partial<Extract<Layer, { kind: 'convolution' }>> = {},
): Layer => ({
  kind: 'convolution',
  filters,
  size,
  ...options,
});
const pool: Layer = { kind: 'maxPool' };
const whole = (...layers: Layer[]): Stream[] => [{ view: 'whole', layers }];
const twoStreams = (...layers: Layer[]): Stream[] => [
  { view: 'central', layers },
  { view: 'surround', layers },
];
const byLayers: Decision = {
  kind: 'layers',
  layers: [
    { kind: 'dense', units: 5 },
    { kind: 'dense', units: 1 },
  ],
};
const byDistance: Decision = { kind: 'distance' };
const simple = whole(conv(4, 5, { stride: 2 }), pool, conv(5, 3));
const describing = whole(conv(4, 5, { stride: 2 }), pool, conv(5, 3, { relu: false }));

const network = (
  pairing: NetworkDefinition['pairing'],
  streams: readonly Stream[],
  decision: Decision,
): NetworkDefinition => ({ name: 'tiny', summary: '', input: { side }, pairing, streams, decision });

const cases: readonly (readonly [string, NetworkDefinition, LossSettings])[] = [
  ['two channels, hinge', network('channels', simple, byLayers), { kind: 'hinge' }],
  ['two channels, ranking', network('channels', simple, byLayers), { kind: 'ranking', groupSize: 3 }],
  ['two channels, taught', network('channels', simple, byLayers), { kind: 'ranking', groupSize: 3, taught: true }],
  [
    'siamese distance, taught',
    network('siamese', describing, byDistance),
    { kind: 'distillation', groupSize: 3, sharpness: 4 },
  ],
  ['siamese, ranking', network('siamese', simple, byLayers), { kind: 'ranking', groupSize: 2 }],
  ['pseudo-siamese, hinge', network('pseudo-siamese', simple, byLayers), { kind: 'hinge' }],
  ['siamese distance', network('siamese', describing, byDistance), { kind: 'distance-hinge' }],
  ['siamese distance, triplets', network('siamese', describing, byDistance), { kind: 'triplet' }],
  ['pseudo-siamese distance', network('pseudo-siamese', describing, byDistance), { kind: 'distance-hinge' }],
  [
    'two channels, two streams',
    network('channels', twoStreams(conv(3, 3), pool, conv(4, 2)), byLayers),
    { kind: 'ranking', groupSize: 3 },
  ],
  [
    'siamese, two streams, triplets',
    network('siamese', twoStreams(conv(3, 3), pool, conv(4, 2, { relu: false })), byDistance),
    { kind: 'triplet' },
  ],
  [
    'pyramid of padded maps',
    network(
      'siamese',
      whole(conv(3, 4, { stride: 3 }), conv(4, 3, { padding: 1 }), { kind: 'pyramid', grids: [2, 1] }),
      byLayers,
    ),
    { kind: 'hinge' },
  ],
];

const plainSgd = {
  batch,
  side,
  optimiser: momentumSgd({ momentum: 0 }),
  weightDecay: 0,
  batchNormalise: false,
  maxGradientNorm: Infinity,
} satisfies Partial<TrainingGraphSettings>;

const patches = wavyPatches(2 * batch, side, 3);

function targetOf(loss: LossSettings): Float32Array | null {
  if (loss.kind === 'ranking' && !loss.taught) return null;
  // Groups of three.
  if (loss.kind === 'ranking' || loss.kind === 'distillation') return Float32Array.of(0.7, 0.1, 0.2, 0.5, 0.5, 0);
  if (loss.kind !== 'triplet') return Float32Array.of(1, 1, -1, 1, -1, 1);
  const same = new Float32Array(batch * batch);
  same[1] = same[batch] = 1;
  return same;
}

interface StepResults {
  readonly loss: number;
  readonly gradientNorm: number;
  /** Parameters after the step, optimiser's slots, averages and statistics, by the names of `stateNames`. */
  readonly state: ReadonlyMap<string, Float32Array>;
}

/** A training graph in a session: `run` makes one step from any state. */
async function open(definition: NetworkDefinition, settings: TrainingGraphSettings) {
  const graph = buildTrainingGraph(definition, settings);
  const session = await createSession(encodeOnnxModel(graph.graph), { provider: 'cpu', threads: 1 });
  const { Tensor } = onnxRuntime();
  const target = targetOf(settings.loss);
  const run = async (
    state: ReadonlyMap<string, Float32Array>,
    learningRate: number,
    averageRate = 0,
  ): Promise<StepResults> => {
    const results = await session.run({
      patches: new Tensor('float32', patches, [batch, 2, side, side]),
      learningRate: new Tensor('float32', Float32Array.of(learningRate), []),
      averageRate: new Tensor('float32', Float32Array.of(averageRate), []),
      ...(target && { target: new Tensor('float32', target, [...graph.target!]) }),
      ...Object.fromEntries(
        graph.state.map(({ name, shape }) => [name, new Tensor('float32', state.get(name)!, [...shape])]),
      ),
    });
    return {
      loss: float32Data(results.loss)[0],
      gradientNorm: float32Data(results.gradientNorm)[0],
      state: new Map(graph.state.map(({ name }) => [name, float32Data(results[`next/${name}`])])),
    };
  };
  return { ...graph, run, release: () => session.release() };
}

/** What the graph should compute, in plain loops and double precision. */
function referenceLoss(definition: NetworkDefinition, loss: LossSettings, batchNormalise: boolean) {
  const compiled = compilePairs(definition, { batchNormalise });
  const program = loss.kind === 'triplet' ? compiled.slice(0, -1) : compiled;
  const target = targetOf(loss);
  return (weights: Tensors): number => {
    const output = referenceForward(program, weights, patches, [2, side], 'batch');
    switch (loss.kind) {
      case 'hinge':
        return hinge(output, target!);
      case 'distance-hinge':
        return distanceHinge(output, target!);
      case 'ranking':
        return ranking(output, loss.groupSize, target ?? undefined);
      case 'distillation':
        return distillation(output, loss.groupSize, loss.sharpness, target!);
      case 'triplet':
        return triplet(output, output.length / batch / 2, target!);
    }
  };
}

/**
 * Random numbers in the place of zero biases and unit gains, which would hide what is done to them; and weights large enough
 * for some pairs to be past the margin.
 */
function stir(state: Map<string, Float32Array>, parameters: readonly ParameterShape[]): void {
  const random = createRandom(9);
  for (const { name, fanIn } of parameters) {
    const data = state.get(stateNames.parameter(name))!;
    for (let i = 0; i < data.length; i++) {
      if (fanIn === 0) data[i] += 0.2 * random.normal();
      else data[i] *= 2;
    }
  }
}

const lengthOf = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => value * b[i]).reduce((sum, value) => sum + value, 0);

function unitVector(length: number, random: ReturnType<typeof createRandom>): Float64Array {
  const vector = Float64Array.from({ length }, () => random.normal());
  const norm = lengthOf(vector);
  return vector.map((value) => value / norm);
}

/**
 * The graph's own loss on both sides of a state, in directions that lean towards the gradient: rounding of the loss, 1e-7,
 * asks for a step of 0.001, on which some ReLU turns on or off; so this is less exact than what the reference says.
 */
async function expectSlopeAlong(
  gradients: ReadonlyMap<string, Float32Array>,
  start: ReadonlyMap<string, Float32Array>,
  lossAt: (state: ReadonlyMap<string, Float32Array>) => Promise<number>,
): Promise<void> {
  const gradient = [...gradients.values()].flatMap((values) => [...values]);
  const norm = lengthOf(gradient);
  const random = createRandom(2);
  const step = 0.001;
  for (let trial = 0; trial < 3; trial++) {
    const noise = unitVector(gradient.length, random);
    const direction = gradient.map((value, i) => value / norm + noise[i]);
    const losses: number[] = [];
    for (const by of [step, -step]) {
      const moved = new Map(start);
      let at = 0;
      for (const name of gradients.keys()) {
        const key = stateNames.parameter(name);
        moved.set(
          key,
          start.get(key)!.map((value) => value + by * direction[at++]),
        );
      }
      losses.push(await lossAt(moved));
    }
    const slope = (losses[0] - losses[1]) / (2 * step);
    expect(Math.abs(slope / dot(gradient, direction) - 1)).toBeLessThan(0.01);
  }
}

describe.each(cases)('%s', (_, definition, loss) => {
  test.each([
    ['plain', false],
    ['with batch normalisation', true],
  ])('%s: loss and gradient are those of the definition', async (_, batchNormalise) => {
    const { parameters, state, run, release } = await open(definition, { ...plainSgd, loss, batchNormalise });
    const start = initialState({ parameters, state }, 4);
    stir(start, parameters);
    const { loss: found, state: after, gradientNorm } = await run(start, 1);
    const reference = referenceLoss(definition, loss, batchNormalise);
    const weights = new Map(
      parameters.map(({ name }) => [name, Float64Array.from(start.get(stateNames.parameter(name))!)]),
    );
    expect(found / reference(weights)).toBeCloseTo(1, 5);

    // One step of rate 1 without momentum moves each weight by its gradient, which is the velocity too.
    const gradients = new Map(
      parameters.map(({ name }) => [name, after.get(stateNames.slot('velocity', name))!] as const),
    );
    const random = createRandom(1);
    for (const { name } of parameters) {
      const [exact, gradient] = [weights.get(name)!, gradients.get(name)!];
      const [before, moved] = [start, after].map((tensors) => tensors.get(stateNames.parameter(name))!);
      gradient.forEach((value, i) => expect(before[i] - moved[i]).toBeCloseTo(value, 5));
      expect(lengthOf(gradient), `gradient by ${name}`).toBeGreaterThan(1e-4);
      const direction = unitVector(exact.length, random);
      // So small a step meets no kink of a ReLU or a maximum.
      const step = 1e-6;
      const [ahead, behind] = [step, -step].map((by) =>
        reference(
          new Map(weights).set(
            name,
            exact.map((value, i) => value + by * direction[i]),
          ),
        ),
      );
      const error = Math.abs(dot(gradient, direction) - (ahead - behind) / (2 * step));
      expect(error / lengthOf(gradient), `derivative by ${name}`).toBeLessThan(1e-3);
    }
    await expectSlopeAlong(gradients, start, async (moved) => (await run(moved, 0)).loss);
    expect(gradientNorm / Math.hypot(...[...gradients.values()].map(lengthOf))).toBeCloseTo(1, 5);
    await release();
  });
});

describe('a step', () => {
  const definition = network('siamese', simple, byLayers);
  const loss: LossSettings = { kind: 'hinge' };
  const gradientOf = (state: ReadonlyMap<string, Float32Array>, name: string): Float32Array =>
    state.get(stateNames.slot('velocity', name))!;

  async function stepWith(changes: Partial<TrainingGraphSettings>, learningRate = 0.1, averageRate = 0) {
    const { parameters, state, run, release } = await open(definition, { ...plainSgd, loss, ...changes });
    const start = initialState({ parameters, state }, 4);
    stir(start, parameters);
    const results = await run(start, learningRate, averageRate);
    await release();
    return { parameters, start, ...results };
  }

  test('shortens the whole gradient where it is longer than allowed, and says how long it was', async () => {
    const free = await stepWith({});
    for (const share of [0.25, 4]) {
      const clipped = await stepWith({ maxGradientNorm: share * free.gradientNorm });
      expect(clipped.gradientNorm / free.gradientNorm).toBeCloseTo(1, 5);
      for (const { name } of free.parameters) {
        const expected = gradientOf(free.state, name).map((value) => Math.min(1, share) * value);
        expectClose(gradientOf(clipped.state, name), expected, `${share}: ${name}`, 1e-5);
      }
    }
  });

  test('decays weights, but neither biases nor batch normalisation', async () => {
    const plain = await stepWith({ batchNormalise: true });
    const decayed = await stepWith({ batchNormalise: true, weightDecay: 0.3 });
    const kinds = new Set<string>();
    for (const { name } of plain.parameters) {
      const weights = plain.start.get(stateNames.parameter(name))!;
      const isDecayed = name.endsWith('.weight');
      kinds.add(name.slice(name.lastIndexOf('.')));
      const expected = gradientOf(plain.state, name).map((value, i) => value + (isDecayed ? 0.3 * weights[i] : 0));
      expectClose(gradientOf(decayed.state, name), expected, name, 1e-5);
    }
    expect([...kinds].sort()).toEqual(['.bias', '.gain', '.shift', '.weight']);
  });

  test('moves the averages of the weights by the share it is given', async () => {
    const { parameters, start, state } = await stepWith({}, 0.1, 0.25);
    for (const { name } of parameters) {
      const average = start.get(stateNames.average(name))!;
      const weights = state.get(stateNames.parameter(name))!;
      const expected = average.map((value, i) => value + 0.25 * (weights[i] - value));
      expectClose(state.get(stateNames.average(name))!, expected, name, 1e-6);
    }
  });

  test('moves the running statistics a fiftieth of the way to those of the batch', async () => {
    const { parameters, start, state } = await stepWith({ batchNormalise: true });
    const program = compilePairs(definition, { batchNormalise: true });
    const weights = new Map(parameters.map(({ name }) => [name, start.get(stateNames.parameter(name))!]));
    const layers = program.flatMap((operation, i) =>
      operation.kind === 'batchNormalise' ? [{ i, ...operation }] : [],
    );
    expect(layers.map(({ name }) => name)).toEqual(['2', 'decision.1']);
    for (const { i, name } of layers) {
      // What goes into the normalisation: [n, channels, height, width].
      const maps = referenceForward(program.slice(0, i), weights, patches, [2, side], 'batch');
      const channels = weights.get(`${name}.gain`)!.length;
      const count = name === '2' ? 2 * batch : batch;
      const pixels = maps.length / count / channels;
      const [mean, variance] = (['mean', 'variance'] as const).map((part) =>
        state.get(stateNames.statistic(part, name))!,
      );
      for (let c = 0; c < channels; c++) {
        const values = [...maps].filter((_, k) => Math.floor(k / pixels) % channels === c);
        const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
        const spread = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
        expect(mean[c]).toBeCloseTo(0.02 * centre, 5);
        expect(variance[c]).toBeCloseTo(0.98 + 0.02 * spread, 5);
      }
    }
  });

  test('triplets are refused for networks that do not compare by distance in one branch', () => {
    for (const other of [definition, network('pseudo-siamese', describing, byDistance)]) {
      const build = (): unknown => buildTrainingGraph(other, { ...plainSgd, loss: { kind: 'triplet' } });
      expect(build).toThrow(TypeError);
      expect(build).toThrow(/tiny does not/);
    }
  });
});
