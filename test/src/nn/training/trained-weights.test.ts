import { expect, test } from 'vitest';
import type { NetworkDefinition } from '../../../../src/nn/network/definition.ts';
import { inferenceModel } from '../../../../src/nn/network/inference.ts';
import { compilePairs } from '../../../../src/nn/network/program.ts';
import { createSession, float32Data, onnxRuntime } from '../../../../src/nn/runtime.ts';
import { initialState } from '../../../../src/nn/training/initial-state.ts';
import { adamW } from '../../../../src/nn/training/optimisers.ts';
import { trainedWeights } from '../../../../src/nn/training/trained-weights.ts';
import { buildTrainingGraph } from '../../../../src/nn/training/training-graph.ts';
import { createTrainingSession } from '../../../../src/nn/training/training-session.ts';
import { referenceForward, wavyPatches } from '../network/reference.ts';
import { expectClose } from './run-graph.ts';

const definition: NetworkDefinition = {
  name: 'tiny',
  summary: '',
  input: { side: 16 },
  pairing: 'siamese',
  streams: (['central', 'surround'] as const).map((view) => ({
    view,
    layers: [
      { kind: 'convolution', filters: 4, size: 3 },
      { kind: 'maxPool' },
      { kind: 'convolution', filters: 5, size: 2 },
    ],
  })),
  decision: {
    kind: 'layers',
    layers: [
      { kind: 'dense', units: 6 },
      { kind: 'dense', units: 1 },
    ],
  },
};

test.each([true, false])(
  'normalised: %s: the exported network gives the scores of what was trained',
  async (batchNormalise) => {
    const settings = {
      batch: 8,
      loss: { kind: 'hinge' },
      optimiser: adamW(),
      weightDecay: 0,
      batchNormalise,
      maxGradientNorm: Infinity,
    } as const;
    const start = initialState(buildTrainingGraph(definition, { ...settings, side: 16 }), 2);
    const session = createTrainingSession(definition, settings, start, { provider: 'cpu', threads: 1 });
    const targets = Float32Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    for (let step = 0; step < 30; step++) {
      const patches = wavyPatches(16, 16, step);
      await session.step({ side: 16, patches, targets, learningRate: 0.01, averageRate: 0.2 });
    }
    const state = session.state();
    await session.release();

    // The averaged weights and the running statistics, each under the name the reference knows them by.
    const tensors = new Map<string, Float32Array>();
    for (const [name, data] of state) {
      const [group, ...rest] = name.split('/');
      if (group === 'average' || group === 'statistics') tensors.set(rest.join('/'), data);
    }
    const patches = wavyPatches(10, 16, 99);
    const expected = referenceForward(compilePairs(definition, { batchNormalise }), tensors, patches, [2, 16]);

    const weights = trainedWeights(definition, state, { batchNormalise });
    const model = inferenceModel(definition, weights, 'pairs');
    const inference = await createSession(model, { provider: 'cpu', threads: 1 });
    const { Tensor } = onnxRuntime();
    const { score } = await inference.run({ patches: new Tensor('float32', patches, [5, 2, 16, 16]) });
    await inference.release();
    expect(new Set(expected).size).toBe(5);
    expectClose(float32Data(score), expected, 'scores', 1e-5);
  },
);
