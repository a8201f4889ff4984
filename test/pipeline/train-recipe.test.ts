import { describe, expect, it } from 'vitest';
import { definitionNames, definitions } from '../../models/definitions.ts';
import {
  averageRateAt,
  graphSettings,
  learningRateAt,
  optimiserOf,
  presetNames,
  recipeFor,
  type Recipe,
} from '../../pipeline/train-recipe.ts';
import { batchLengths, makeBatch } from '../../src/dataset/batches/make-batch.ts';
import { checkPlan, pairCount } from '../../src/dataset/batches/batch-plan.ts';
import { prepareTrainingData } from '../../src/dataset/batches/training-data.ts';
import type { NetworkDefinition } from '../../src/nn/network/definition.ts';
import { initialState } from '../../src/nn/training/initial-state.ts';
import { buildTrainingGraph } from '../../src/nn/training/training-graph.ts';
import { createTrainingSession } from '../../src/nn/training/training-session.ts';
import { syntheticSet } from '../src/dataset/batches/synthetic-set.ts';

const choices = { preset: 'tessera', seed: 0, startsFolded: false } as const;
const base = recipeFor('2ch', choices);
const recipe = (changes: Partial<Recipe>): Recipe => ({ ...base, ...changes });

describe('learningRateAt', () => {
  it('rises linearly, then falls along half a cosine', () => {
    const cosine = recipe({ steps: 110, learningRate: 0.2, warmUpSteps: 10, schedule: 'cosine' });
    const at = (step: number): number => learningRateAt(cosine, step);
    expect(at(0)).toBeCloseTo(0.02, 10);
    expect(at(4)).toBeCloseTo(0.1, 10);
    expect(at(9)).toBeCloseTo(0.2, 10);
    expect(at(10)).toBeCloseTo(0.2, 10);
    expect(at(35)).toBeCloseTo(0.1 * (1 + Math.SQRT1_2), 10);
    expect(at(60)).toBeCloseTo(0.1, 10);
    expect(at(109)).toBeLessThan(0.2 * 3e-4);
    for (let step = 10; step < 109; step++) expect(at(step + 1)).toBeLessThan(at(step));
  });

  it('rises linearly and stays', () => {
    const constant = recipe({ steps: 1000, learningRate: 0.01, warmUpSteps: 100, schedule: 'constant' });
    expect([0, 49, 99, 100, 999].map((step) => learningRateAt(constant, step) / 0.01)).toEqual([0.01, 0.5, 1, 1, 1]);
  });

  it('works for runs of one step', () => {
    for (const preset of presetNames) {
      const rate = learningRateAt(recipeFor('2ch', { ...choices, preset, steps: 1 }), 0);
      expect(rate).toBeGreaterThan(0);
    }
  });
});

it('averages of the weights begin as a plain mean and forget slowly later', () => {
  const averaged = recipe({ averageDecay: 0.99 });
  expect([0, 1, 9, 98].map((step) => averageRateAt(averaged, step))).toEqual([1, 1 / 2, 1 / 10, 1 / 99]);
  expect(averageRateAt(averaged, 5000)).toBeCloseTo(0.01, 10);
});

describe('recipeFor', () => {
  it('paper: is what the paper says, but for the learning rate', () => {
    const paper = recipeFor('2ch', { ...choices, preset: 'paper' });
    expect(paper).toMatchObject({
      loss: { kind: 'hinge' },
      optimiser: 'momentum-sgd',
      weightDecay: 5e-4,
      batchNormalise: false,
      plan: { kind: 'pairs', pairs: 128, hardShare: 0, swap: false, sides: [64] },
    });
    expect(recipeFor('siam-l2', { ...choices, preset: 'paper' }).loss).toEqual({ kind: 'distance-hinge' });
  });

  it('takes what a user sets', () => {
    for (const preset of presetNames) {
      const mine = recipeFor('siam', { ...choices, preset, steps: 7, batch: 12, learningRate: 0.5, seed: 3 });
      expect(mine).toMatchObject({ network: 'siam', preset, steps: 7, learningRate: 0.5, seed: 3 });
      expect(pairCount(mine.plan)).toBe(12);
    }
  });

  it('starts trained networks without batch normalisation, which is folded into them, and more carefully', () => {
    const started = recipeFor('2ch', { ...choices, startsFolded: true });
    expect([base.batchNormalise, started.batchNormalise]).toEqual([true, false]);
    expect(started.learningRate).toBeLessThan(base.learningRate);
  });

  it('survives being stored', () => {
    for (const preset of presetNames) {
      const made = recipeFor('descriptor', { ...choices, preset });
      expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    }
  });
});

describe.each(definitionNames)('%s', (name) => {
  const definition: NetworkDefinition = definitions[name];

  it.each(presetNames)('%s: batches can be, and the graph is built for each of their sides', (preset) => {
    const { plan, ...rest } = recipeFor(name, { ...choices, preset });
    expect(() => checkPlan(plan)).not.toThrow();
    for (const side of new Set(plan.sides)) {
      const { batch, ...settings } = graphSettings({ ...rest, plan });
      const { graph, target, parameters } = buildTrainingGraph(definition, { ...settings, batch, side });
      const patches = graph.inputs.find((input) => input.name === 'patches')!;
      expect(patches.shape).toEqual([batch, 2, side, side]);
      const lengths = batchLengths(plan, side);
      expect(lengths.patches).toBe(batch * 2 * side * side);
      expect(lengths.targets).toBe(target ? target.reduce((product, size) => product * size, 1) : 0);
      for (const { name: parameter } of parameters) {
        expect(graph.outputs.map((output) => output.name)).toContain(`next/parameter/${parameter}`);
      }
    }
  });

  it('a step runs on a batch of its recipe', async () => {
    const small = recipeFor(name, { ...choices, batch: 8 });
    const data = prepareTrainingData([syntheticSet(2, 10)]);
    const { side, patches, targets } = makeBatch(data, small.plan, 0, 0);
    const settings = graphSettings(small);
    const start = initialState(buildTrainingGraph(definition, { ...settings, side }), 0);
    const session = createTrainingSession(definition, settings, start, { provider: 'cpu', threads: 1 });
    const learningRate = learningRateAt(small, 0) * optimiserOf(small).rateFactor(1);
    const { loss, gradientNorm } = await session.step({ side, patches, targets, learningRate, averageRate: 1 });
    await session.release();
    expect(loss).toBeGreaterThan(0);
    expect(gradientNorm).toBeGreaterThan(0);
    expect(Number.isFinite(loss + gradientNorm)).toBe(true);
  });
});
