import { UsageError } from '../../errors.ts';
import type { Operation, OperationKind, OperationOf, Program } from './program.ts';

/** What an operation gives for each pair: `copies` maps of `channels × height × width`; a vector is a map of 1×1. */
export interface MapShape {
  readonly copies: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export const lengthOf = ({ channels, height, width }: MapShape): number => channels * height * width;

/** A trained tensor, as training keeps it. */
export interface ParameterShape {
  readonly name: string;
  /** Convolution and dense weights: [inputs, outputs], the inputs of a convolution row by row of its kernel, channels innermost. */
  readonly shape: readonly number[];
  /** Values that one output sums over; 0 for biases. */
  readonly fanIn: number;
}

/**
 * Size of every operation's result for square patches of `side` pixels.
 * @throws UsageError that names the operation and says why the sizes do not fit
 */
export function inferShapes(name: string, program: Program, side: number): MapShape[] {
  const shapes: MapShape[] = [];
  for (const operation of program) {
    const inputs = operation.inputs.map((input) => shapes[input]);
    const rule = shapeRules[operation.kind] as (operation: Operation, inputs: MapShape[], side: number) => MapShape;
    try {
      shapes.push(rule(operation, inputs, side));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const label = 'name' in operation ? `${operation.kind} ${operation.name}` : operation.kind;
      throw new UsageError(`network ${name} at ${side}×${side} pixels: ${label}: ${error.message}`);
    }
  }
  return shapes;
}

type ShapeRules = {
  readonly [K in OperationKind]: (operation: OperationOf<K>, inputs: MapShape[], side: number) => MapShape;
};

const shapeRules: ShapeRules = {
  // The features that a decision takes are a vector; patches are square.
  input: ({ channels }, _, side) => ({ copies: 1, channels, height: side, width: side }),
  standardise: (_, [input]) => input,
  unpair: (_, [input]) => {
    expect(input.copies === 1 && input.channels === 2, `needs two channels, received ${describe(input)}`);
    return { ...input, copies: 2, channels: 1 };
  },
  pair: (_, [input]) => {
    expect(input.copies === 2 && isVector(input), `needs two vectors, received ${describe(input)}`);
    return { ...input, copies: 1, channels: 2 * input.channels };
  },
  channel: ({ index }, [input]) => {
    expect(index < input.channels, `there is no channel ${index} in ${describe(input)}`);
    return { ...input, channels: 1 };
  },
  view: (_, [input]) => {
    expect(input.height % 2 === 0 && input.width % 2 === 0, `needs even sides, received ${describe(input)}`);
    return { ...input, height: input.height / 2, width: input.width / 2 };
  },
  convolution: ({ filters, size, stride, padding }, [input]) => {
    const [height, width] = [input.height, input.width].map((n) => Math.floor((n + 2 * padding - size) / stride) + 1);
    expect(height > 0 && width > 0, `a ${size}×${size} kernel does not fit into ${describe(input)}`);
    return { ...input, channels: filters, height, width };
  },
  batchNormalise: (_, [input]) => input,
  relu: (_, [input]) => input,
  maxPool: (_, [input]) => {
    expect(input.height > 1 && input.width > 1, `2×2 windows do not fit into ${describe(input)}`);
    return { ...input, height: input.height >> 1, width: input.width >> 1 };
  },
  pyramid: ({ grids }, [input]) => {
    const finest = Math.max(...grids);
    expect(
      Math.min(input.height, input.width) >= finest,
      `a ${finest}×${finest} grid is finer than ${describe(input)}`,
    );
    const bins = grids.reduce((sum, grid) => sum + grid * grid, 0);
    return { ...input, channels: bins * input.channels, height: 1, width: 1 };
  },
  flatten: (_, [input]) => ({ ...input, channels: lengthOf(input), height: 1, width: 1 }),
  dense: ({ units }, [input]) => {
    expect(isVector(input), `needs a vector, received ${describe(input)}`);
    return { ...input, channels: units };
  },
  concatenate: (_, inputs) => {
    const [first] = inputs;
    for (const input of inputs) {
      const fits = input.copies === first.copies && input.height === first.height && input.width === first.width;
      expect(fits, `${describe(input)} cannot follow ${describe(first)}`);
    }
    return { ...first, channels: inputs.reduce((sum, { channels }) => sum + channels, 0) };
  },
  normalise: (_, [input]) => {
    expect(isVector(input), `needs a vector, received ${describe(input)}`);
    return input;
  },
  distance: (_, [input]) => {
    expect(isVector(input) && input.channels % 2 === 0, `needs two vectors of one length, received ${describe(input)}`);
    return { ...input, channels: 1 };
  },
};

function isVector({ height, width }: MapShape): boolean {
  return height === 1 && width === 1;
}

function describe({ copies, channels, height, width }: MapShape): string {
  return `${copies > 1 ? `${copies} × ` : ''}${channels} channels of ${height}×${width}`;
}

function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new RangeError(message);
}

/** The trained tensors of a program, in order; one that two operations share stands once. */
export function parametersOf(program: Program, shapes: readonly MapShape[]): ParameterShape[] {
  const parameters = new Map<string, ParameterShape>();
  for (const operation of program) {
    const [input] = operation.inputs.map((index) => shapes[index]);
    for (const parameter of parametersOfOperation(operation, input)) parameters.set(parameter.name, parameter);
  }
  return [...parameters.values()];
}

/** The trained tensors of one operation; none for most. */
export function parametersOfOperation(operation: Operation, input: MapShape): ParameterShape[] {
  switch (operation.kind) {
    case 'convolution': {
      const fanIn = operation.size * operation.size * input.channels;
      return weightsAndBias(operation, fanIn, operation.filters);
    }
    case 'dense':
      return weightsAndBias(operation, lengthOf(input), operation.units);
    case 'batchNormalise':
      return ['gain', 'shift'].map((part) => ({
        name: `${operation.name}.${part}`,
        shape: [input.channels],
        fanIn: 0,
      }));
    default:
      return [];
  }
}

function weightsAndBias(
  { name, bias }: { readonly name: string; readonly bias: boolean },
  fanIn: number,
  outputs: number,
): ParameterShape[] {
  const weight = { name: `${name}.weight`, shape: [fanIn, outputs], fanIn };
  return bias ? [weight, { name: `${name}.bias`, shape: [outputs], fanIn: 0 }] : [weight];
}

/** Multiply-adds for one pair (or one patch, for a branch). */
export function multiplyAdds(program: Program, shapes: readonly MapShape[]): number {
  return program.reduce((sum, operation, i) => {
    const [input] = operation.inputs.map((index) => shapes[index]);
    return sum + multiplyAddsOfOperation(operation, input, shapes[i]);
  }, 0);
}

export function multiplyAddsOfOperation(operation: Operation, input: MapShape, result: MapShape): number {
  switch (operation.kind) {
    case 'convolution':
      return result.copies * result.height * result.width * operation.filters * operation.size ** 2 * input.channels;
    case 'dense':
      return result.copies * operation.units * lengthOf(input);
    default:
      return 0;
  }
}
