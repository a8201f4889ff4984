import type { Operation, OperationKind, OperationOf, Program } from '../../../../src/nn/network/program.ts';
import type { ParameterShape } from '../../../../src/nn/network/shapes.ts';
import { createRandom } from '../../../../src/math/random.ts';

/** As the network's `Weights`, or in double precision. */
export type Tensors = ReadonlyMap<string, ArrayLike<number>>;

/** What batch normalisation divides by: `<name>.mean` and `<name>.variance` of the weights, or those of the maps themselves. */
export type Statistics = 'running' | 'batch';

/** Maps [count, channels, height, width], one after the other; a vector has height and width 1. */
export interface Maps {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float64Array;
}

/** The value of a map; 0 outside, as padding has it. */
function at({ channels, height, width, data }: Maps, n: number, c: number, y: number, x: number): number {
  return y < 0 || x < 0 || y >= height || x >= width ? 0 : data[((n * channels + c) * height + y) * width + x];
}

function fill(
  [count, channels, height, width]: readonly [number, number, number, number],
  value: (n: number, c: number, y: number, x: number) => number,
): Maps {
  const data = new Float64Array(count * channels * height * width);
  let i = 0;
  for (let n = 0; n < count; n++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[i++] = value(n, c, y, x);
  return { count, channels, height, width, data };
}

const sum = (length: number, value: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < length; i++) total += value(i);
  return total;
};

type Rules = {
  readonly [K in OperationKind]: (
    operation: OperationOf<K>,
    inputs: readonly Maps[],
    weights: Tensors,
    statistics: Statistics,
  ) => Maps;
};

/** Each kind of operation as its definition reads, in plain loops: slow, and written without a look at the ONNX rules. */
const rules: Rules = {
  input: (_, [x]) => x,
  standardise: (_, [x]) => {
    const pixels = x.height * x.width;
    const moments = Array.from({ length: x.count * x.channels }, (_, plane) => {
      const values = x.data.subarray(plane * pixels, (plane + 1) * pixels);
      const mean = sum(pixels, (i) => values[i]) / pixels;
      return { mean, deviation: Math.sqrt(sum(pixels, (i) => (values[i] - mean) ** 2) / pixels + 1e-4) };
    });
    return fill([x.count, x.channels, x.height, x.width], (n, c, row, column) => {
      const { mean, deviation } = moments[n * x.channels + c];
      return (at(x, n, c, row, column) - mean) / deviation;
    });
  },
  unpair: (_, [x]) => ({ ...x, count: 2 * x.count, channels: 1 }),
  pair: (_, [x]) => ({ ...x, count: x.count / 2, channels: 2 * x.channels }),
  channel: ({ index }, [x]) =>
    fill([x.count, 1, x.height, x.width], (n, _, row, column) => at(x, n, index, row, column)),
  view: ({ view }, [x]) => {
    const size = [x.count, x.channels, x.height / 2, x.width / 2] as const;
    return view === 'central'
      ? fill(size, (n, c, row, column) => at(x, n, c, row + Math.floor(x.height / 4), column + Math.floor(x.width / 4)))
      : fill(size, (n, c, row, column) => sum(4, (i) => at(x, n, c, 2 * row + (i >> 1), 2 * column + (i & 1))) / 4);
  },
  convolution: ({ name, filters, size, stride, padding, bias: hasBias }, [x], weights) => {
    const weight = weights.get(`${name}.weight`)!;
    const bias = hasBias ? weights.get(`${name}.bias`)! : new Float64Array(filters);
    const places = (side: number): number => Math.floor((side + 2 * padding - size) / stride) + 1;
    const [height, width] = [places(x.height), places(x.width)];
    const data = new Float64Array(x.count * filters * height * width);
    const totals = new Float64Array(filters);
    for (let n = 0; n < x.count; n++)
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++) {
          totals.set(bias);
          for (let ky = 0; ky < size; ky++)
            for (let kx = 0; kx < size; kx++)
              for (let c = 0; c < x.channels; c++) {
                const value = at(x, n, c, row * stride + ky - padding, column * stride + kx - padding);
                const from = ((ky * size + kx) * x.channels + c) * filters;
                for (let f = 0; f < filters; f++) totals[f] += weight[from + f] * value;
              }
          for (let f = 0; f < filters; f++) data[((n * filters + f) * height + row) * width + column] = totals[f];
        }
    return { count: x.count, channels: filters, height, width, data };
  },
  batchNormalise: ({ name }, [x], weights, statistics) => {
    const tensor = (part: string): ArrayLike<number> => weights.get(`${name}.${part}`)!;
    const [gain, shift] = ['gain', 'shift'].map(tensor);
    const [mean, variance] = statistics === 'batch' ? channelMoments(x) : ['mean', 'variance'].map(tensor);
    return fill(
      [x.count, x.channels, x.height, x.width],
      (n, c, row, column) =>
        (gain[c] * (at(x, n, c, row, column) - mean[c])) / Math.sqrt(variance[c] + 1e-5) + shift[c],
    );
  },
  relu: (_, [x]) => ({ ...x, data: x.data.map((value) => Math.max(0, value)) }),
  maxPool: (_, [x]) =>
    fill([x.count, x.channels, x.height >> 1, x.width >> 1], (n, c, row, column) =>
      Math.max(...[0, 1, 2, 3].map((i) => at(x, n, c, 2 * row + (i >> 1), 2 * column + (i & 1)))),
    ),
  pyramid: ({ grids }, [x]) => {
    const bins = grids.flatMap((g) => Array.from({ length: g * g }, (_, i) => [g, Math.floor(i / g), i % g]));
    return fill([x.count, bins.length * x.channels, 1, 1], (n, i) => {
      const [g, row, column] = bins[Math.floor(i / x.channels)];
      let peak = -Infinity;
      for (let v = Math.floor((row * x.height) / g); v < Math.ceil(((row + 1) * x.height) / g); v++)
        for (let u = Math.floor((column * x.width) / g); u < Math.ceil(((column + 1) * x.width) / g); u++)
          peak = Math.max(peak, at(x, n, i % x.channels, v, u));
      return peak;
    });
  },
  flatten: (_, [x]) =>
    fill([x.count, x.channels * x.height * x.width, 1, 1], (n, i) => {
      const position = Math.floor(i / x.channels);
      return at(x, n, i % x.channels, Math.floor(position / x.width), position % x.width);
    }),
  dense: ({ name, units, bias: hasBias }, [x], weights) => {
    const weight = weights.get(`${name}.weight`)!;
    const bias = hasBias ? weights.get(`${name}.bias`)! : new Float64Array(units);
    return fill(
      [x.count, units, 1, 1],
      (n, f) => bias[f] + sum(x.channels, (i) => at(x, n, i, 0, 0) * weight[i * units + f]),
    );
  },
  concatenate: (_, inputs) => {
    const rows = inputs.flatMap((x, k) => Array.from({ length: x.channels }, (_, c) => [k, c]));
    return fill([inputs[0].count, rows.length, 1, 1], (n, i) => at(inputs[rows[i][0]], n, rows[i][1], 0, 0));
  },
  normalise: (_, [x]) =>
    fill(
      [x.count, x.channels, 1, 1],
      (n, c) => at(x, n, c, 0, 0) / Math.sqrt(sum(x.channels, (i) => at(x, n, i, 0, 0) ** 2)),
    ),
  distance: (_, [x]) => {
    const half = x.channels / 2;
    return fill(
      [x.count, 1, 1, 1],
      (n) => -Math.sqrt(sum(half, (i) => (at(x, n, i, 0, 0) - at(x, n, half + i, 0, 0)) ** 2)),
    );
  },
};

/** Mean and variance (of the values themselves, not an estimate for others) of each channel over all maps and positions. */
function channelMoments(x: Maps): readonly [Float64Array, Float64Array] {
  const pixels = x.height * x.width;
  const value = (c: number, i: number): number =>
    x.data[(Math.floor(i / pixels) * x.channels + c) * pixels + (i % pixels)];
  const total = x.count * pixels;
  const mean = Float64Array.from({ length: x.channels }, (_, c) => sum(total, (i) => value(c, i)) / total);
  return [mean, mean.map((centre, c) => sum(total, (i) => (value(c, i) - centre) ** 2) / total)];
}

/** One operation by itself. */
export function referenceOperation(
  operation: Operation,
  inputs: readonly Maps[],
  weights: Tensors,
  statistics: Statistics = 'running',
): Maps {
  return (rules[operation.kind] as Rules[OperationKind])(operation as never, inputs, weights, statistics);
}

/** Runs a program on the input of `count` patches [channels, side, side] (or vectors: side 1). */
export function referenceForward(
  program: Program,
  weights: Tensors,
  input: ArrayLike<number>,
  [channels, side]: readonly [number, number],
  statistics: Statistics = 'running',
): Float64Array {
  const count = input.length / (channels * side * side);
  const patches = { count, channels, height: side, width: side, data: Float64Array.from(input) };
  const values: Maps[] = [];
  for (const operation of program) {
    const inputs = operation.kind === 'input' ? [patches] : operation.inputs.map((index) => values[index]);
    values.push(referenceOperation(operation, inputs, weights, statistics));
  }
  return values[values.length - 1].data;
}

/** Random weights that keep the size of what passes through: variance 2 / inputs, small biases. */
export function randomWeights(parameters: readonly ParameterShape[], seed: number): Map<string, Float32Array> {
  const random = createRandom(seed);
  return new Map(
    parameters.map(({ name, shape, fanIn }) => {
      const scale = fanIn > 0 ? Math.sqrt(6 / fanIn) : 0.1;
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, Float32Array.from({ length: count }, () => scale * (2 * random.next() - 1))];
    }),
  );
}

/** Smooth patches in [0, 1] that differ from each other: what convolutions see of pictures. */
export function wavyPatches(planes: number, side: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const pixels = side * side;
  const patches = new Float32Array(planes * pixels);
  for (let plane = 0; plane < planes; plane++) {
    const waves = Array.from({ length: 6 }, () => [
      random.next() * 40 - 20,
      random.next() * 40 - 20,
      random.next() * 6.3,
    ]);
    for (let i = 0; i < pixels; i++) {
      const [x, y] = [(i % side) / side, Math.floor(i / side) / side];
      patches[plane * pixels + i] =
        0.5 + waves.reduce((total, [u, v, phase]) => total + 0.07 * Math.sin(u * x + v * y + phase), 0);
    }
  }
  return patches;
}
