import { batchEpsilon, lengthEpsilon, patchEpsilon } from '../network/epsilons.ts';
import type { OperationKind, OperationOf } from '../network/program.ts';
import { inputGradient, unfold } from './convolution.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

/** Weights of the network as values of the graph, by name. */
export type ParameterValues = (name: string) => Value;

/** What an operation gave, and what its gradient needs again. */
export interface Forward {
  readonly output: Value;
  readonly saved: readonly Value[];
}

export interface Gradients {
  /** One an input; null where an input takes none. */
  readonly inputs: readonly (Value | null)[];
  readonly parameters: Readonly<Record<string, Value>>;
}

/**
 * How one kind of operation is computed and differentiated, as ONNX nodes. Maps are [n·copies, height, width, channels],
 * vectors [n·copies, length].
 */
export interface Rule<K extends OperationKind> {
  forward(b: GraphBuilder, operation: OperationOf<K>, inputs: readonly Value[], parameters: ParameterValues): Forward;
  /** Null: stands before the first weights, where no gradient is needed. */
  readonly gradient:
    | ((
        b: GraphBuilder,
        operation: OperationOf<K>,
        taped: Forward & { readonly inputs: readonly Value[] },
        outputGradient: Value,
        parameters: ParameterValues,
        needsInputs: boolean,
      ) => Gradients)
    | null;
}

const plain = (output: Value): Forward => ({ output, saved: [] });
const noParameters = (...inputs: Value[]): Gradients => ({ inputs, parameters: {} });

export const rules: { readonly [K in OperationKind]: Rule<K> } = {
  input: {
    // Patches come as [n, channels, side, side].
    forward: (b, _, [patches]) => plain(b.transpose(patches, [0, 2, 3, 1])),
    gradient: null,
  },

  standardise: {
    forward: (b, _, [x]) => {
      const centred = b.subtract(x, b.reduceMean(x, [1, 2]));
      const variance = b.reduceMean(b.square(centred), [1, 2]);
      return plain(b.divide(centred, b.sqrt(b.add(variance, b.scalar(patchEpsilon)))));
    },
    gradient: null,
  },

  unpair: {
    forward: (b, _, [x]) => {
      const [count, height, width] = x.shape;
      return plain(b.reshape(b.transpose(x, [0, 3, 1, 2]), [2 * count, height, width, 1]));
    },
    gradient: null,
  },

  channel: {
    forward: (b, { index }, [x]) => plain(b.slice(x, 3, index, index + 1)),
    gradient: null,
  },

  view: {
    forward: (b, { view }, [x]) => {
      const [count, height, width, channels] = x.shape;
      if (view === 'surround') {
        const blocks = b.reshape(x, [count, height / 2, 2, width / 2, 2, channels]);
        return plain(b.reshape(b.reduceMean(blocks, [2, 4]), [count, height / 2, width / 2, channels]));
      }
      const [top, left] = [height >> 2, width >> 2];
      return plain(b.slice(b.slice(x, 1, top, top + height / 2), 2, left, left + width / 2));
    },
    gradient: null,
  },

  pair: {
    forward: (b, _, [x]) => plain(b.reshape(x, [x.shape[0] / 2, 2 * x.shape[1]])),
    gradient: (b, _, { inputs: [x] }, dy) => noParameters(b.reshape(dy, x.shape)),
  },

  convolution: {
    forward: (b, operation, [x], parameters) => {
      const columns = unfold(b, x, operation);
      const { name } = operation;
      const rows = b.matmul(columns, parameters(`${name}.weight`), {}, biasOf(operation, parameters));
      const { size, stride, padding } = operation;
      const [height, width] = [1, 2].map((axis) => Math.floor((x.shape[axis] + 2 * padding - size) / stride) + 1);
      return { output: b.reshape(rows, [x.shape[0], height, width, operation.filters]), saved: [columns] };
    },
    gradient: (b, operation, { inputs: [x], saved: [columns] }, dy, parameters, needsInputs) => {
      const { name, filters } = operation;
      const rows = b.reshape(dy, [columns.shape[0], filters]);
      return {
        inputs: [needsInputs ? inputGradient(b, dy, parameters(`${name}.weight`), x.shape, operation) : null],
        parameters: weightGradients(b, operation, columns, rows, x.shape[0]),
      };
    },
  },

  dense: {
    forward: (b, operation, [x], parameters) =>
      plain(b.matmul(x, parameters(`${operation.name}.weight`), {}, biasOf(operation, parameters))),
    gradient: (b, operation, { inputs: [x] }, dy, parameters, needsInputs) => ({
      inputs: [needsInputs ? b.matmul(dy, parameters(`${operation.name}.weight`), { b: true }) : null],
      parameters: weightGradients(b, operation, x, dy, x.shape[0]),
    }),
  },

  batchNormalise: {
    forward: (b, { name }, [x], parameters) => {
      const rows = asRows(b, x);
      const count = x.shape[0];
      const mean = b.scale(sumOfRows(b, rows, count), 1 / rows.shape[0]);
      const meanSquare = b.scale(sumOfRows(b, rows, count, true), 1 / rows.shape[0]);
      // Rounding can leave a variance a little below zero where a channel is constant.
      const variance = b.relu(b.subtract(meanSquare, b.square(mean)));
      const inverse = b.divide(b.scalar(1), b.sqrt(b.add(variance, b.scalar(batchEpsilon))));
      const factor = b.multiply(parameters(`${name}.gain`), inverse);
      const offset = b.subtract(parameters(`${name}.shift`), b.multiply(mean, factor));
      const output = b.reshape(b.add(b.multiply(rows, factor), offset), x.shape);
      return { output, saved: [mean, variance, inverse, factor] };
    },
    gradient: (b, { name }, { inputs: [x], saved: [mean, , inverse, factor] }, dy) => {
      const rows = asRows(b, x);
      const dRows = asRows(b, dy);
      const count = x.shape[0];
      const dShift = sumOfRows(b, dRows, count);
      const dGain = b.multiply(
        inverse,
        b.subtract(sumOfRows(b, b.multiply(dRows, rows), count), b.multiply(mean, dShift)),
      );
      // dx = factor · (dy − mean(dy) − x̂ · mean(dy · x̂)), x̂ = (x − mean) · inverse; written as dy·factor + x·slope + rest.
      const perRow = b.scale(factor, -1 / rows.shape[0]);
      const slope = b.multiply(perRow, b.multiply(inverse, dGain));
      const rest = b.subtract(b.multiply(perRow, dShift), b.multiply(mean, slope));
      const dx = b.add(b.add(b.multiply(dRows, factor), b.multiply(rows, slope)), rest);
      const channels = [x.shape[x.shape.length - 1]];
      return {
        inputs: [b.reshape(dx, x.shape)],
        parameters: {
          [`${name}.gain`]: b.reshape(dGain, channels),
          [`${name}.shift`]: b.reshape(dShift, channels),
        },
      };
    },
  },

  relu: {
    forward: (b, _, [x]) => plain(b.relu(x)),
    gradient: (b, _, { output }, dy) => noParameters(b.multiply(dy, b.isGreater(output, b.scalar(0)))),
  },

  maxPool: {
    forward: (b, _, [x]) => {
      const blocks = evenBlocks(b, x);
      const [count, height, , width, , channels] = blocks.shape;
      const peaks = b.reduceMax(blocks, [2, 4]);
      return { output: b.reshape(peaks, [count, height, width, channels]), saved: [blocks, peaks] };
    },
    gradient: (b, _, { inputs: [x], saved: [blocks, peaks] }, dy) => {
      const dPeaks = b.reshape(dy, peaks.shape);
      const spreadOut = b.multiply(b.isEqual(blocks, peaks), dPeaks);
      const [count, height, width, channels] = x.shape;
      const even = b.reshape(spreadOut, [count, height & ~1, width & ~1, channels]);
      return noParameters(b.pad(even, [0, 0, 0, 0], [0, height & 1, width & 1, 0]));
    },
  },

  pyramid: {
    forward: (b, { grids }, [x]) => {
      const peaks = binsOf(grids, x.shape).map((bin) => b.reduceMax(cut(b, x, bin), [1, 2]));
      const vectors = peaks.map((peak) => b.reshape(peak, [x.shape[0], x.shape[3]]));
      return { output: b.concatenate(vectors, 1), saved: peaks };
    },
    gradient: (b, { grids }, { inputs: [x], saved: peaks }, dy) => {
      const [count, height, width, channels] = x.shape;
      const parts = binsOf(grids, x.shape).map((bin, i) => {
        const dPeak = b.reshape(b.slice(dy, 1, i * channels, (i + 1) * channels), [count, 1, 1, channels]);
        const inBin = b.multiply(b.isEqual(cut(b, x, bin), peaks[i]), dPeak);
        return b.pad(inBin, [0, bin.top, bin.left, 0], [0, height - bin.bottom, width - bin.right, 0]);
      });
      return noParameters(b.sum(parts));
    },
  },

  flatten: {
    forward: (b, _, [x]) => plain(b.reshape(x, [x.shape[0], x.shape.slice(1).reduce((a, n) => a * n, 1)])),
    gradient: (b, _, { inputs: [x] }, dy) => noParameters(b.reshape(dy, x.shape)),
  },

  concatenate: {
    forward: (b, _, inputs) => plain(b.concatenate(inputs, inputs[0].shape.length - 1)),
    gradient: (b, _, { inputs }, dy) => {
      const axis = dy.shape.length - 1;
      let from = 0;
      return noParameters(...inputs.map(({ shape }) => b.slice(dy, axis, from, (from += shape[axis]))));
    },
  },

  normalise: {
    forward: (b, _, [x]) => {
      const length = b.sqrt(b.add(b.reduceSum(b.square(x), [1]), b.scalar(lengthEpsilon)));
      return { output: b.divide(x, length), saved: [length] };
    },
    gradient: (b, _, { output, saved: [length] }, dy) => {
      const along = b.reduceSum(b.multiply(dy, output), [1]);
      return noParameters(b.divide(b.subtract(dy, b.multiply(output, along)), length));
    },
  },

  distance: {
    forward: (b, _, [x]) => {
      const half = x.shape[1] / 2;
      const difference = b.subtract(b.slice(x, 1, 0, half), b.slice(x, 1, half, 2 * half));
      const length = b.sqrt(b.add(b.reduceSum(b.square(difference), [1]), b.scalar(lengthEpsilon)));
      return { output: b.negate(length), saved: [difference, length] };
    },
    gradient: (b, _, { saved: [difference, length] }, dy) => {
      const second = b.divide(b.multiply(difference, dy), length);
      return noParameters(b.concatenate([b.negate(second), second], 1));
    },
  },
};

type Weighted = OperationOf<'convolution' | 'dense'>;

function biasOf({ name, bias }: Weighted, parameters: ParameterValues): Value | undefined {
  return bias ? parameters(`${name}.bias`) : undefined;
}

function weightGradients(
  b: GraphBuilder,
  { name, bias }: Weighted,
  inputs: Value,
  dOutputs: Value,
  count: number,
): Record<string, Value> {
  const weight = { [`${name}.weight`]: b.matmul(inputs, dOutputs, { a: true }) };
  if (!bias) return weight;
  return { ...weight, [`${name}.bias`]: b.reshape(sumOfRows(b, dOutputs, count), [dOutputs.shape[1]]) };
}

/**
 * The sum of a matrix's rows, [1, columns]: first within each of `count` blocks of rows, which ONNX Runtime spreads over its
 * threads, unlike one sum over all.
 */
function sumOfRows(b: GraphBuilder, rows: Value, count: number, ofSquares = false): Value {
  const [total, columns] = rows.shape;
  const blocks = b.reshape(rows, [count, total / count, columns]);
  const partial = ofSquares ? b.reduceSumSquare(blocks, [1]) : b.reduceSum(blocks, [1]);
  return b.reduceSum(b.reshape(partial, [count, columns]), [0]);
}

/** A map or vectors as a matrix with one row a position. */
function asRows(b: GraphBuilder, x: Value): Value {
  const channels = x.shape[x.shape.length - 1];
  return b.reshape(x, [x.shape.reduce((a, n) => a * n, 1) / channels, channels]);
}

/** [n, h, w, c] as 2×2 blocks [n, h/2, 2, w/2, 2, c], without an odd last row and column. */
function evenBlocks(b: GraphBuilder, x: Value): Value {
  const [count, height, width, channels] = x.shape;
  const even = b.slice(b.slice(x, 1, 0, height & ~1), 2, 0, width & ~1);
  return b.reshape(even, [count, height >> 1, 2, width >> 1, 2, channels]);
}

interface Bin {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function binsOf(grids: readonly number[], [, height, width]: readonly number[]): Bin[] {
  return grids.flatMap((grid) =>
    Array.from({ length: grid * grid }, (_, i) => {
      const [row, column] = [Math.floor(i / grid), i % grid];
      return {
        top: Math.floor((row * height) / grid),
        bottom: Math.ceil(((row + 1) * height) / grid),
        left: Math.floor((column * width) / grid),
        right: Math.ceil(((column + 1) * width) / grid),
      };
    }),
  );
}

function cut(b: GraphBuilder, x: Value, { top, bottom, left, right }: Bin): Value {
  return b.slice(b.slice(x, 1, top, bottom), 2, left, right);
}
