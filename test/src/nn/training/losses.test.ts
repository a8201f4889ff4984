import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/math/random.ts';
import {
  distanceHingeLoss,
  hingeLoss,
  rankingLoss,
  tripletLoss,
  evenTripletLoss,
  type LossNodes,
} from '../../../../src/nn/training/losses.ts';
import type { GraphBuilder, Value } from '../../../../src/nn/training/graph-builder.ts';
import { distanceHinge, hinge, ranking, triplet } from './reference-losses.ts';
import { differences, expectClose, normalNumbers, runGraph, type Feed } from './run-graph.ts';

interface Found {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** @param output what the network gave, [n, width] */
async function run(
  output: Float32Array,
  width: number,
  target: Feed | null,
  loss: (b: GraphBuilder, output: Value, target: Value) => LossNodes,
): Promise<Found> {
  const feeds: Record<string, Feed> = { output: { shape: [output.length / width, width], data: output } };
  if (target) feeds.target = target;
  const found = await runGraph(feeds, (b, values) => ({ ...loss(b, values.output, values.target) }));
  expect(found.loss.shape).toEqual([]);
  return { loss: found.loss.data[0], gradient: found.gradient.data };
}

function expectAsReference(
  { loss, gradient }: Found,
  output: Float32Array,
  reference: (output: Float64Array) => number,
): void {
  const exact = Float64Array.from(output);
  expect(loss).toBeCloseTo(reference(exact), 5);
  expectClose(
    gradient,
    differences(exact, () => reference(exact)),
    'gradient',
  );
}

const labelsOf = (...labels: number[]): Feed => ({ shape: [labels.length], data: Float32Array.from(labels) });

describe('hingeLoss', () => {
  test('is the mean of max(0, 1 − y·o), with its gradient', async () => {
    const scores = Float32Array.of(1.4, 0.3, -0.2, -2.1, 0.6, -0.7, -1.3, 3.2);
    const target = labelsOf(1, 1, 1, 1, -1, -1, -1, -1);
    const found = await run(scores, 1, target, hingeLoss);
    expectAsReference(found, scores, (o) => hinge(o, target.data));
  });

  test('pulls matches up and non-matches down, until they are past the margin', async () => {
    const { gradient } = await run(Float32Array.of(0.5, 1.5, -0.5, -1.5), 1, labelsOf(1, 1, -1, -1), hingeLoss);
    expectClose(gradient, [-0.25, 0, 0.25, 0], 'gradient');
  });
});

describe('distanceHingeLoss', () => {
  test('is d for matches and max(0, 1 − d) for others, with its gradient', async () => {
    const scores = Float32Array.of(-0.1, -0.8, -1.7, -0.2, -0.9, -1.4);
    const target = labelsOf(1, 1, 1, -1, -1, -1);
    const found = await run(scores, 1, target, distanceHingeLoss);
    expectAsReference(found, scores, (o) => distanceHinge(o, target.data));
  });

  test('always pulls matches together; pushes others apart only below distance 1', async () => {
    const scores = Float32Array.of(-1.9, -0.1, -0.5, -1.2);
    const { gradient } = await run(scores, 1, labelsOf(1, 1, -1, -1), distanceHingeLoss);
    expectClose(gradient, [-0.25, -0.25, 0.25, 0], 'gradient');
  });
});

describe('rankingLoss', () => {
  const random = createRandom(2);
  const rank =
    (groupSize: number) =>
    (b: GraphBuilder, output: Value): LossNodes =>
      rankingLoss(b, output, groupSize);

  test.each([2, 3, 8])('in groups of %i is cross entropy plus hinge, with its gradient', async (groupSize) => {
    const scores = normalNumbers(5 * groupSize, random, 1.5);
    const found = await run(scores, 1, null, rank(groupSize));
    expectAsReference(found, scores, (o) => ranking(o, groupSize));
  });

  test('stays finite where scores are large', async () => {
    const scores = Float32Array.of(-300, 200, 500, 400, -100, 0);
    const found = await run(scores, 1, null, rank(3));
    expectAsReference(found, scores, (o) => ranking(o, 3));
  });

  test('pulls the first of a group up and the others down, the nearest wrong one most', async () => {
    const { gradient } = await run(Float32Array.of(0.2, 0.6, -0.4, -0.8), 1, null, rank(4));
    expect(gradient[0]).toBeLessThan(0);
    expect(gradient[1]).toBeGreaterThan(gradient[2]);
    expect(gradient[2]).toBeGreaterThan(gradient[3]);
    expect(gradient[3]).toBeGreaterThan(0);
    // All are within the margin: the true pair is pulled as hard as the wrong ones together.
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
  });

  test('is less the better the true pair is ranked, and the same whichever group comes first', async () => {
    const [better, worse] = [Float32Array.of(1, -1, -1.2), Float32Array.of(-1, 1, -1.2)];
    const losses = await Promise.all(
      [[...better, ...worse], [...worse, ...better], better, worse].map(async (scores) => {
        const { loss } = await run(Float32Array.from(scores), 1, null, rank(3));
        return loss;
      }),
    );
    expect(losses[2]).toBeLessThan(losses[3] - 1);
    expect(losses[0]).toBeCloseTo((losses[2] + losses[3]) / 2, 6);
    expect(losses[1]).toBeCloseTo(losses[0], 6);
  });
});

describe('tripletLoss', () => {
  const unit = (vectors: Float32Array, length: number): Float32Array =>
    vectors.map((value, i) => {
      const from = i - (i % length);
      return value / Math.hypot(...vectors.subarray(from, from + length));
    });
  const masks = (count: number, ...pairs: readonly (readonly [number, number])[]): Feed => {
    const data = new Float32Array(count * count);
    for (const [i, j] of pairs) data[i * count + j] = data[j * count + i] = 1;
    return { shape: [count, count], data };
  };
  /** Unit vectors in the plane at angles, degrees: anchor, partner of each pair. */
  const atAngles = (...degrees: number[]): Float32Array =>
    Float32Array.from(
      degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
    );

  test.each([
    ['free', []],
    ['with pairs of the same place', [[0, 1] as const, [2, 5] as const, [3, 4] as const]],
  ])('%s: is the hinge on the nearest wrong partner of the batch, with its gradient', async (_, same) => {
    const random = createRandom(4);
    const [count, length] = [6, 5];
    const features = unit(normalNumbers(2 * count * length, random), length);
    const target = masks(count, ...same);
    const found = await run(features, 2 * length, target, tripletLoss);
    expectAsReference(found, features, (f) => triplet(f, length, target.data));
  });

  test('with even lengths: of the features divided by theirs, which are drawn to √length', async () => {
    const random = createRandom(4);
    const [count, length, share] = [6, 5, 0.3];
    const features = normalNumbers(2 * count * length, random).map((value) => 1.5 * value);
    const target = masks(count);
    const found = await run(features, 2 * length, target, (b, output, same) => evenTripletLoss(b, output, same, share));
    expectAsReference(found, features, (f) => {
      let penalty = 0;
      const units = f.map((value, i) => {
        const from = i - (i % length);
        return value / Math.hypot(...f.subarray(from, from + length));
      });
      for (let from = 0; from < f.length; from += length) {
        penalty += (Math.hypot(...f.subarray(from, from + length)) ** 2 / length - 1) ** 2;
      }
      return triplet(units, length, target.data) + (share * penalty) / (2 * count);
    });
  });

  test('takes the nearest wrong partner, in rows as in columns', async () => {
    // Anchors at 0°, 60°, 180°; partners at 10°, 75°, 200°. The nearest wrong partner of anchor 0 is that of pair 1, 75°
    // off; but anchor 1 is only 50° from partner 0.
    const features = atAngles(0, 10, 60, 75, 180, 200);
    const chord = (degrees: number): number => 2 * Math.sin((degrees * Math.PI) / 360);
    const { loss } = await run(features, 4, masks(3), tripletLoss);
    const expected = [
      Math.max(0, 1 + chord(10) - chord(50)),
      Math.max(0, 1 + chord(15) - chord(50)),
      Math.max(0, 1 + chord(20) - chord(105)),
    ];
    expect(loss).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / 3, 5);
  });

  test('never takes a pair that is masked, however near', async () => {
    const features = atAngles(0, 10, 5, 15, 180, 200);
    const free = await run(features, 4, masks(3), tripletLoss);
    const masked = await run(features, 4, masks(3, [0, 1]), tripletLoss);
    const chord = (degrees: number): number => 2 * Math.sin((degrees * Math.PI) / 360);
    // Pair 0 and pair 1 are left with pair 2, the nearest of which is 160° (0° to 200°) and 165° (180° to 15°) away.
    expect(masked.loss).toBeCloseTo(Math.max(0, 1 + chord(20) - chord(165)) / 3, 5);
    expect(free.loss).toBeGreaterThan(0.5);
    // Both are far enough from all they may be compared with: nothing pulls at them.
    expect([...masked.gradient.subarray(0, 8)].every((value) => value === 0)).toBe(true);
  });

  test('a pair that may be compared with none has no loss', async () => {
    const found = await run(atAngles(0, 170, 5, 175), 4, masks(2, [0, 1]), tripletLoss);
    expect(found.loss).toBe(0);
    expect([...found.gradient]).toEqual(new Array(8).fill(0));
  });

  test('stays finite where descriptors coincide', async () => {
    const found = await run(atAngles(30, 30, 30, 30), 4, masks(2), tripletLoss);
    expect(found.loss).toBeCloseTo(1, 3);
    expect(found.gradient.every(Number.isFinite)).toBe(true);
  });
});
