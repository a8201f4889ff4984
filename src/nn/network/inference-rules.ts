import type { GraphWriter } from './graph-writer.ts';
import { lengthEpsilon, patchEpsilon } from './epsilons.ts';
import type { OperationKind, OperationOf } from './program.ts';
import type { MapShape } from './shapes.ts';
import { lengthOf } from './shapes.ts';
import { toOnnxKernel } from './weights.ts';

/** What a rule sees beside the operation. */
export interface EmitContext {
  readonly graph: GraphWriter;
  /** Names of the values that go in: maps [n·copies, channels, height, width], vectors [n·copies, length]. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly MapShape[];
  /** Whether the sides of maps are known only when the graph runs; the shapes are then examples. */
  readonly openSides: boolean;
  /** A trained tensor, laid out as `ParameterShape` says. */
  weights(name: string): Float32Array;
}

type Rule<K extends OperationKind> = (operation: OperationOf<K>, context: EmitContext) => string;

/** How each kind of operation is written in ONNX (operator set 17, NCHW). Gives the name of the result. */
export const inferenceRules: { readonly [K in OperationKind]: Rule<K> } = {
  input: (_, { inputs: [patches] }) => patches,

  // Instance normalisation does it all in one node; but on a GPU it takes the variance as E[x²] − E[x]², which is
  // rounded away in patches of little contrast unless their mean is near 0 already.
  standardise: (_, { graph, inputs: [x], inputShapes: [{ channels }] }) => {
    const mean = graph.node('ReduceMean', [x], { axes: { ints: [2, 3] }, keepdims: { int: 1 } });
    const gain = graph.weights('standardise.gain', [channels], new Float32Array(channels).fill(1));
    const shift = graph.weights('standardise.shift', [channels], new Float32Array(channels));
    return graph.node('InstanceNormalization', [graph.node('Sub', [x, mean]), gain, shift], {
      epsilon: { float: patchEpsilon },
    });
  },

  // A size of 0 keeps what stands at its place.
  unpair: (_, { graph, inputs: [x] }) => graph.node('Reshape', [x, graph.integers([-1, 1, 0, 0])]),

  pair: (_, { graph, inputs: [x], inputShapes: [shape] }) =>
    graph.node('Reshape', [x, graph.integers([-1, 2 * lengthOf(shape)])]),

  channel: ({ index }, { graph, inputs: [x] }) => sliceOf(graph, x, [1], [index], [index + 1]),

  view: ({ view }, context) => {
    const { graph, inputs } = context;
    if (view === 'surround') {
      return graph.node('AveragePool', [inputs[0]], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } });
    }
    const sides = sidesOf(context);
    const from = graph.node('Div', [sides, graph.integers([4, 4])]);
    const to = graph.node('Add', [from, graph.node('Div', [sides, graph.integers([2, 2])])]);
    return graph.node('Slice', [inputs[0], from, to, graph.integers([2, 3])]);
  },

  convolution: ({ name, filters, size, stride, padding }, { graph, inputs: [x], inputShapes, weights }) => {
    const { channels } = inputShapes[0];
    const kernel = toOnnxKernel(weights(`${name}.weight`), { size, filters, channels });
    const weight = graph.weights(`${name}.weight`, [filters, channels, size, size], kernel);
    const bias = graph.weights(`${name}.bias`, [filters], weights(`${name}.bias`));
    return graph.node('Conv', [x, weight, bias], {
      kernel_shape: { ints: [size, size] },
      strides: { ints: [stride, stride] },
      pads: { ints: [padding, padding, padding, padding] },
    });
  },

  batchNormalise: ({ name }) => {
    throw new TypeError(`fold the batch normalisation of ${name} into the layer before it first`);
  },

  relu: (_, { graph, inputs: [x] }) => graph.node('Relu', [x]),

  maxPool: (_, { graph, inputs: [x] }) =>
    graph.node('MaxPool', [x], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),

  pyramid: ({ grids }, context) => {
    const { graph } = context;
    const peaks = grids.flatMap((grid) =>
      binsOf(context, grid).map((bin) =>
        graph.node('ReduceMax', [bin], { axes: { ints: [2, 3] }, keepdims: { int: 0 } }),
      ),
    );
    return graph.node('Concat', peaks, { axis: { int: 1 } });
  },

  flatten: (_, { graph, inputs: [x], inputShapes: [shape] }) => {
    const { channels, height, width } = shape;
    // A pyramid gives vectors already.
    if (height === 1 && width === 1) return graph.node('Reshape', [x, graph.integers([-1, channels])]);
    const byPosition = graph.node('Transpose', [x], { perm: { ints: [0, 2, 3, 1] } });
    return graph.node('Reshape', [byPosition, graph.integers([-1, lengthOf(shape)])]);
  },

  dense: ({ name, units }, { graph, inputs: [x], inputShapes, weights }) => {
    const weight = graph.weights(`${name}.weight`, [lengthOf(inputShapes[0]), units], weights(`${name}.weight`));
    return graph.node('Gemm', [x, weight, graph.weights(`${name}.bias`, [units], weights(`${name}.bias`))]);
  },

  concatenate: (_, { graph, inputs }) => graph.node('Concat', inputs, { axis: { int: 1 } }),

  normalise: (_, { graph, inputs: [x] }) => graph.node('Div', [x, euclideanLength(graph, x)]),

  distance: (_, { graph, inputs: [x], inputShapes: [shape] }) => {
    const length = lengthOf(shape) / 2;
    const first = sliceOf(graph, x, [1], [0], [length]);
    const second = sliceOf(graph, x, [1], [length], [2 * length]);
    return graph.node('Neg', [euclideanLength(graph, graph.node('Sub', [first, second]))]);
  },
};

/** The Euclidean length of each row, [n, 1]. */
function euclideanLength(graph: GraphWriter, x: string): string {
  const sum = graph.node('ReduceSum', [graph.node('Mul', [x, x]), graph.integers([1])], { keepdims: { int: 1 } });
  return graph.node('Sqrt', [graph.node('Add', [sum, graph.scalar(lengthEpsilon)])]);
}

function sliceOf(
  graph: GraphWriter,
  x: string,
  axes: readonly number[],
  from: readonly number[],
  to: readonly number[],
): string {
  return graph.node('Slice', [x, graph.integers(from), graph.integers(to), graph.integers(axes)]);
}

/** Height and width of the first input as two integers: a constant where they are known. */
function sidesOf({ graph, inputs: [x], inputShapes: [{ height, width }], openSides }: EmitContext): string {
  if (!openSides) return graph.integers([height, width]);
  return graph.node('Shape', [x], { start: { int: 2 }, end: { int: 4 } });
}

/** The parts of a map under a grid, row by row: bin i of g from floor(i·side/g) to ceil((i+1)·side/g). */
function binsOf(context: EmitContext, grid: number): string[] {
  const { graph, inputs } = context;
  if (grid === 1) return [inputs[0]];
  const sides = sidesOf(context);
  const divisor = graph.integers([grid, grid]);
  const times = (row: number, column: number): string => graph.node('Mul', [sides, graph.integers([row, column])]);
  return Array.from({ length: grid * grid }, (_, i) => {
    const [row, column] = [Math.floor(i / grid), i % grid];
    const from = graph.node('Div', [times(row, column), divisor]);
    const roundedUp = graph.node('Add', [times(row + 1, column + 1), graph.integers([grid - 1, grid - 1])]);
    const to = graph.node('Div', [roundedUp, divisor]);
    return graph.node('Slice', [inputs[0], from, to, graph.integers([2, 3])]);
  });
}
