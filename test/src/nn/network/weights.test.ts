import { expect, test } from 'vitest';
import { definitions } from '../../../../models/definitions.ts';
import { UsageError } from '../../../../src/errors.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { compilePairs } from '../../../../src/nn/network/program.ts';
import { inferShapes, parametersOf } from '../../../../src/nn/network/shapes.ts';
import { foldBatchNormalisation, fromOnnxKernel, toOnnxKernel } from '../../../../src/nn/network/weights.ts';
import { randomWeights, referenceForward, wavyPatches } from './reference.ts';

test('kernels go to ONNX and back', () => {
  const kernel = { size: 2, channels: 3, filters: 5 };
  const weights = Float32Array.from({ length: 60 }, (_, i) => i);
  const onnx = toOnnxKernel(weights, kernel);
  // Filter 4, channel 2, row 1, column 0.
  expect(onnx[((4 * 3 + 2) * 2 + 1) * 2]).toBe(((1 * 2 + 0) * 3 + 2) * 5 + 4);
  expect(fromOnnxKernel(onnx, kernel)).toEqual(weights);
});

test.each(['descriptor', 'siam-2stream', 'pseudo-siam'] as const)('%s: folding changes no score', (name) => {
  const definition = definitions[name];
  const { side } = definition.input;
  const program = compilePairs(definition, { batchNormalise: true });
  const parameters = parametersOf(program, inferShapes(name, program, side));
  const random = createRandom(2);
  const weights = randomWeights(parameters, 1);
  const statistics = new Map<string, Float32Array>();
  for (const { name: parameter, shape } of parameters) {
    if (!parameter.endsWith('.gain')) continue;
    const layer = parameter.slice(0, -'.gain'.length);
    // Gains of both signs, and channels that hardly vary.
    weights.set(
      parameter,
      Float32Array.from({ length: shape[0] }, () => 1 + random.normal()),
    );
    statistics.set(
      `${layer}.mean`,
      Float32Array.from({ length: shape[0] }, () => 0.3 * random.normal()),
    );
    statistics.set(
      `${layer}.variance`,
      Float32Array.from({ length: shape[0] }, () => 1e-3 + random.next()),
    );
  }
  const patches = wavyPatches(2 * 2, side, 3);
  const expected = referenceForward(program, new Map([...weights, ...statistics]), patches, [2, side]);

  const plain = compilePairs(definition);
  const folded = foldBatchNormalisation(program, weights, statistics);
  const names = parametersOf(plain, inferShapes(name, plain, side)).map((parameter) => parameter.name);
  expect([...folded.keys()].sort()).toEqual([...names].sort());
  const found = referenceForward(plain, folded, patches, [2, side]);
  expected.forEach((score, i) => expect(found[i] / score).toBeCloseTo(1, 4));

  statistics.delete('decision.1.mean');
  statistics.delete('5.mean');
  expect(() => foldBatchNormalisation(program, weights, statistics)).toThrow(UsageError);
});
