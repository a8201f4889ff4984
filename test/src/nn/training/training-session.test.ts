import { describe, expect, test } from 'vitest';
import { definitions } from '../../../../models/definitions.ts';
import { createRandom } from '../../../../src/math/random.ts';
import type { NetworkDefinition } from '../../../../src/nn/network/definition.ts';
import { initialState, type TrainingState } from '../../../../src/nn/training/initial-state.ts';
import { adamW } from '../../../../src/nn/training/optimisers.ts';
import {
  buildTrainingGraph,
  stateNames,
  type TrainingGraphSettings,
} from '../../../../src/nn/training/training-graph.ts';
import { createTrainingSession, type StepInput } from '../../../../src/nn/training/training-session.ts';
import { wavyPatches } from '../network/reference.ts';
import { expectSame, isSame } from './run-graph.ts';

type Settings = Omit<TrainingGraphSettings, 'side'>;

const shared = { optimiser: adamW(), weightDecay: 1e-4, maxGradientNorm: 10 };
const options = { provider: 'cpu', threads: 1 } as const;

/** True pairs are noisy copies; pair `i` is true where `isTrue` says so, else of two strangers. */
function pairs(count: number, side: number, isTrue: (i: number) => boolean): Float32Array {
  const pixels = side * side;
  const patches = wavyPatches(2 * count, side, 6);
  const random = createRandom(7);
  for (let i = 0; i < count; i++) {
    if (!isTrue(i)) continue;
    for (let p = 0; p < pixels; p++) {
      patches[(2 * i + 1) * pixels + p] = patches[2 * i * pixels + p] + 0.02 * random.normal();
    }
  }
  return patches;
}

function stepInput(settings: Settings, side: number, rate: number): StepInput {
  const { batch, loss } = settings;
  const groupSize = loss.kind === 'ranking' ? loss.groupSize : 1;
  const patches = pairs(batch, side, (i) => loss.kind === 'triplet' || i % groupSize === 0);
  const targets = new Float32Array(loss.kind === 'triplet' ? batch * batch : 0);
  return { side, patches, targets, learningRate: rate, averageRate: 0.1 };
}

const startOf = (
  definition: NetworkDefinition,
  settings: Settings,
  side: number,
  seed = 1,
): Map<string, Float32Array> => initialState(buildTrainingGraph(definition, { ...settings, side }), seed);

describe('createTrainingSession', () => {
  test.each([
    ['descriptor', { kind: 'triplet' }, true, 32],
    ['2ch', { kind: 'ranking', groupSize: 4 }, true, 64],
  ] as const)('%s, %o, normalised: %s: twenty steps on a batch learn it', async (name, loss, batchNormalise, side) => {
    const settings: Settings = { ...shared, batch: 8, loss, batchNormalise };
    const session = createTrainingSession(
      definitions[name],
      settings,
      startOf(definitions[name], settings, side),
      options,
    );
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const { loss: value, gradientNorm } = await session.step(
        stepInput(settings, side, 1e-3 * adamW().rateFactor(i + 1)),
      );
      expect(gradientNorm).toBeGreaterThanOrEqual(0);
      losses.push(value);
    }
    await session.release();
    expect(losses[19]).toBeLessThan(0.5 * losses[0]);
  });

  test('patches of several sides train the same weights', async () => {
    const definition = definitions['siam-spp'];
    const settings: Settings = { ...shared, batch: 4, loss: { kind: 'ranking', groupSize: 2 }, batchNormalise: true };
    const session = createTrainingSession(definition, settings, startOf(definition, settings, 32), options);
    const losses: Record<number, number[]> = { 32: [], 40: [] };
    for (let i = 0; i < 8; i++) {
      const side = i % 2 === 0 ? 32 : 40;
      const { loss } = await session.step(stepInput(settings, side, 1e-3 * adamW().rateFactor(i + 1)));
      losses[side].push(loss);
    }
    await session.release();
    for (const ofSide of Object.values(losses)) expect(ofSide[3]).toBeLessThan(0.8 * ofSide[0]);
  });

  const definition = definitions.descriptor;
  const settings: Settings = { ...shared, batch: 4, loss: { kind: 'triplet' }, batchNormalise: true };
  const copyOf = (state: TrainingState) => new Map([...state].map(([name, data]) => [name, data.slice()]));

  test('a state that was asked for changes no more, and one that was given never', async () => {
    const start = startOf(definition, settings, 32);
    const given = copyOf(start);
    const session = createTrainingSession(definition, settings, start, options);
    expectSame(session.state(), given);
    await session.step(stepInput(settings, 32, 1e-3));
    const first = session.state();
    const kept = copyOf(first);
    await session.step(stepInput(settings, 32, 1e-3));
    expectSame(first, kept);
    expectSame(start, given);
    expect([...first.keys()].sort()).toEqual([...start.keys()].sort());
    const changed = [...session.state()].filter(([name, data]) => !isSame(data, kept.get(name)!));
    expect(changed).toHaveLength(kept.size);
    await session.release();
  });

  test('a session that goes on from a state does what the first one would have done, bit for bit', async () => {
    const whole = createTrainingSession(definition, settings, startOf(definition, settings, 32), options);
    for (let i = 0; i < 2; i++) await whole.step(stepInput(settings, 32, 1e-3));
    const resumed = createTrainingSession(definition, settings, copyOf(whole.state()), options);
    const results = [];
    for (const session of [whole, resumed]) results.push(await session.step(stepInput(settings, 32, 1e-3)));
    expect(results[1]).toEqual(results[0]);
    expectSame(resumed.state(), whole.state());
    await Promise.all([whole.release(), resumed.release()]);
  });
});

describe('initialState', () => {
  const settings: Settings = { ...shared, batch: 4, loss: { kind: 'triplet' }, batchNormalise: true };
  const graph = buildTrainingGraph(definitions.descriptor, { ...settings, side: 32 });

  test('draws weights of variance 2 / inputs by the seed; biases are zero, gains one', () => {
    const state = initialState(graph, 3);
    for (const { name, shape, fanIn } of graph.parameters) {
      const data = state.get(stateNames.parameter(name))!;
      expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
      expect(isSame(state.get(stateNames.average(name))!, data)).toBe(true);
      if (fanIn === 0) expect(new Set(data)).toEqual(new Set([name.endsWith('.gain') ? 1 : 0]));
      else {
        const square = data.reduce((sum, value) => sum + value * value, 0) / data.length;
        // Of n numbers the variance is known to √(2 / n).
        expect(Math.abs((square * fanIn) / 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / data.length));
      }
    }
    expect([...state.keys()].sort()).toEqual(graph.state.map(({ name }) => name).sort());
    expectSame(initialState(graph, 3), state);
    const name = stateNames.parameter('1.weight');
    expect(isSame(initialState(graph, 4).get(name)!, state.get(name)!)).toBe(false);
  });

  test('begins with weights that are given', () => {
    const plain = buildTrainingGraph(definitions.descriptor, { ...settings, batchNormalise: false, side: 32 });
    const given = new Map(
      plain.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, n) => a * n, 1)).fill(0.5)]),
    );
    const state = initialState(plain, 3, given);
    for (const [name, data] of given) {
      expect(isSame(state.get(stateNames.parameter(name))!, data)).toBe(true);
      expect(isSame(state.get(stateNames.average(name))!, data)).toBe(true);
    }
  });
});
