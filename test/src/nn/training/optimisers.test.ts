import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/math/random.ts';
import { adamW, momentumSgd, type Optimiser } from '../../../../src/nn/training/optimisers.ts';
import { expectClose, normalNumbers, runGraph, type Feed } from './run-graph.ts';

const count = 6;
const shape = [2, 3];

/** Runs an optimiser for as many steps as there are gradients; gives the parameter after each. */
async function optimise(
  optimiser: Optimiser,
  start: Float32Array,
  gradients: readonly Float32Array[],
  learningRate: number,
  weightDecay: number,
): Promise<Float32Array[]> {
  let state: Record<string, Feed> = {
    parameter: { shape, data: start },
    ...Object.fromEntries(optimiser.slots.map((slot) => [slot, { shape, data: new Float32Array(count) }])),
  };
  const path: Float32Array[] = [];
  for (const [i, gradient] of gradients.entries()) {
    const rate = learningRate * optimiser.rateFactor(i + 1);
    const feeds = {
      ...state,
      gradient: { shape, data: gradient },
      learningRate: { shape: [], data: Float32Array.of(rate) },
    };
    state = await runGraph(feeds, (b, values) => {
      const slots = Object.fromEntries(optimiser.slots.map((slot) => [slot, values[slot]]));
      const update = optimiser.update(b, {
        parameter: values.parameter,
        gradient: values.gradient,
        slots,
        learningRate: values.learningRate,
        weightDecay,
      });
      return { parameter: update.parameter, ...update.slots };
    });
    path.push(state.parameter.data);
  }
  return path;
}

const random = createRandom(1);
const start = normalNumbers(count, random);
const gradients = Array.from({ length: 6 }, (_, i) => normalNumbers(count, random, 10 ** (i - 3)));

describe('momentumSgd', () => {
  test.each([0, 0.05])('moves by a velocity that forgets slowly, with weight decay %f', async (decay) => {
    const found = await optimise(momentumSgd({ momentum: 0.8 }), start, gradients, 0.1, decay);
    const [w, v] = [Float64Array.from(start), new Float64Array(count)];
    gradients.forEach((gradient, step) => {
      for (let i = 0; i < count; i++) {
        v[i] = 0.8 * v[i] + gradient[i] + decay * w[i];
        w[i] -= 0.1 * v[i];
      }
      expectClose(found[step], w, `step ${step + 1}`, 1e-5);
    });
  });
});

describe('adamW', () => {
  /**
   * As in the paper: moments corrected for their start at zero, decay beside them. The correction comes with the learning
   * rate, so it holds for the decay too: in the first few hundred steps that is somewhat less than the paper's.
   */
  test.each([0, 0.05])('moves by the corrected moments, with weight decay %f', async (decay) => {
    // ε is added to a root that is not corrected: with gradients far above it, that makes no difference.
    const large = gradients.map((gradient) => gradient.map((g) => g + Math.sign(g) * 1e-2));
    const found = await optimise(adamW({ beta1: 0.9, beta2: 0.95 }), start, large, 0.1, decay);
    const [w, m, s] = [Float64Array.from(start), new Float64Array(count), new Float64Array(count)];
    large.forEach((gradient, step) => {
      for (let i = 0; i < count; i++) {
        m[i] = 0.9 * m[i] + 0.1 * gradient[i];
        s[i] = 0.95 * s[i] + 0.05 * gradient[i] ** 2;
        const [forgotten1, forgotten2] = [0.9 ** (step + 1), 0.95 ** (step + 1)];
        const [mean, square] = [m[i] / (1 - forgotten1), s[i] / (1 - forgotten2)];
        const decayRate = (0.1 * Math.sqrt(1 - forgotten2)) / (1 - forgotten1);
        w[i] -= 0.1 * (mean / (Math.sqrt(square) + 1e-8)) + decayRate * decay * w[i];
      }
      expectClose(found[step], w, `step ${step + 1}`, 1e-5);
    });
  });

  test('takes a first step of the learning rate, whatever the size of the gradient', async () => {
    for (const size of [1e-3, 1, 1e4]) {
      const gradient = Float32Array.of(size, -size, size, -size, size, -size);
      const [after] = await optimise(adamW(), new Float32Array(count), [gradient], 0.01, 0);
      after.forEach((value, i) => expect(value).toBeCloseTo(i % 2 === 0 ? -0.01 : 0.01, 5));
    }
  });

  test('stays put where there never was a gradient', async () => {
    const [after] = await optimise(adamW(), start, [new Float32Array(count)], 0.01, 0);
    expect(after).toEqual(start);
  });
});
