import { expect } from 'vitest';
import type { Random } from '../../../../src/math/random.ts';
import { encodeOnnxModel } from '../../../../src/nn/onnx-graph.ts';
import { createSession, float32Data, onnxRuntime } from '../../../../src/nn/runtime.ts';
import { GraphBuilder, type Value } from '../../../../src/nn/training/graph-builder.ts';

export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Builds a graph of the inputs that are fed, and runs it once; gives shape and numbers of every result. */
export async function runGraph(
  feeds: Readonly<Record<string, Feed>>,
  build: (b: GraphBuilder, inputs: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>,
): Promise<Record<string, Feed>> {
  const b = new GraphBuilder();
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, b.input(name, shape)]));
  const results = Object.entries(build(b, inputs));
  // Results have names of their own: an input may have the same.
  for (const [name, value] of results) b.output(`result/${name}`, value);
  const { Tensor } = onnxRuntime();
  const session = await createSession(encodeOnnxModel(b.build('test')), { provider: 'cpu', threads: 1 });
  const outputs = await session.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [name, new Tensor('float32', data, [...shape])]),
    ),
  );
  const found = results.map(([name, { shape }]) => {
    // The builder keeps shapes by itself: the runtime has to find the same.
    expect(outputs[`result/${name}`].dims, `shape of ${name}`).toEqual(shape);
    return [name, { shape, data: float32Data(outputs[`result/${name}`]) }] as const;
  });
  await session.release();
  return Object.fromEntries(found);
}

export const normalNumbers = (count: number, random: Random, deviation = 1): Float32Array =>
  Float32Array.from({ length: count }, () => deviation * random.normal());

/**
 * Numbers from −1 to 1 at equal distances, shuffled: no two are equal and none is zero, so that a small change moves
 * nothing over the kink of a maximum or a ReLU.
 */
export function spacedNumbers(count: number, random: Random): Float32Array {
  const numbers = Float32Array.from({ length: count }, (_, i) => (2 * i + 1.3) / count - 1);
  for (let i = count - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [numbers[i], numbers[other]] = [numbers[other], numbers[i]];
  }
  return numbers;
}

/** Derivative of `value` by each of the numbers, which it reads, as central differences in double precision. */
export function differences(numbers: Float64Array, value: () => number, step = 1e-5): Float64Array {
  return numbers.map((number, i) => {
    const at = (moved: number): number => {
      numbers[i] = moved;
      return value();
    };
    const derivative = (at(number + step) - at(number - step)) / (2 * step);
    numbers[i] = number;
    return derivative;
  });
}

/**
 * Numbers of single precision against those of double precision. What counts is the largest of them: sums of a few hundred
 * products leave errors of about 1e-6 of it, while a wrong sign, a missed term or factor is no smaller than a few percent.
 */
export function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 1e-4,
): void {
  expect(found.length, what).toBe(expected.length);
  const scale = Math.max(1e-3, ...Array.from(expected, Math.abs));
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(found[i] - expected[i]) / scale;
    if (!(error <= worst)) worst = error;
  }
  expect(worst, what).toBeLessThan(tolerance);
}

/** Bit for bit; as `toEqual`, which takes seconds for a million numbers. */
export function expectSame(
  found: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  what = '',
): void {
  expect([...found.keys()].sort(), what).toEqual([...expected.keys()].sort());
  for (const [name, data] of expected) expect(isSame(found.get(name)!, data), `${what} ${name}`).toBe(true);
}

export function isSame(a: Float32Array, b: Float32Array): boolean {
  const [bytesA, bytesB] = [a, b].map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength));
  return bytesA.equals(bytesB);
}
