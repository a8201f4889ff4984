import type { OnnxAttribute, OnnxElementType, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '../onnx-graph.ts';

/** A tensor inside a graph being built. All sizes are known: a training graph is built for one batch size and one side. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Most inputs or outputs a node gets: a WebGPU kernel may bind 12 buffers. */
const maxParts = 8;

/** Writes ONNX nodes one after the other and keeps the shape of every value, so that rules of calculus read as formulas. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #constants = new Map<string, OnnxTensor>();

  input(name: string, shape: readonly number[]): Value {
    this.#inputs.push({ name, type: 'float32', shape });
    return { name, shape };
  }

  /** Makes a value a result of the graph, under a name of its own. */
  output(name: string, value: Value): void {
    this.#nodes.push({ op: 'Identity', inputs: [value.name], outputs: [name] });
    this.#outputs.push({ name, type: 'float32', shape: value.shape });
  }

  build(name: string): OnnxGraph {
    return {
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: [...this.#constants.values()],
      nodes: this.#nodes,
    };
  }

  scalar(value: number): Value {
    return this.constant([], Float32Array.of(value));
  }

  constant(shape: readonly number[], data: Float32Array): Value {
    const key = data.length === 1 ? `f[${shape}]=${data[0]}` : `f${this.#constants.size}`;
    return { name: this.#constantName(key, 'float32', shape, data), shape };
  }

  add(a: Value, b: Value): Value {
    return this.#elementwise('Add', a, b);
  }
  subtract(a: Value, b: Value): Value {
    return this.#elementwise('Sub', a, b);
  }
  multiply(a: Value, b: Value): Value {
    return this.#elementwise('Mul', a, b);
  }
  divide(a: Value, b: Value): Value {
    return this.#elementwise('Div', a, b);
  }
  minimum(a: Value, b: Value): Value {
    return this.#elementwise('Min', a, b);
  }
  maximum(a: Value, b: Value): Value {
    return this.#elementwise('Max', a, b);
  }
  scale(a: Value, factor: number): Value {
    return this.multiply(a, this.scalar(factor));
  }
  square(a: Value): Value {
    return this.multiply(a, a);
  }
  negate(a: Value): Value {
    return this.#node('Neg', [a], a.shape);
  }
  relu(a: Value): Value {
    return this.#node('Relu', [a], a.shape);
  }
  sqrt(a: Value): Value {
    return this.#node('Sqrt', [a], a.shape);
  }
  exp(a: Value): Value {
    return this.#node('Exp', [a], a.shape);
  }
  log(a: Value): Value {
    return this.#node('Log', [a], a.shape);
  }
  sigmoid(a: Value): Value {
    return this.#node('Sigmoid', [a], a.shape);
  }

  /** 1 where a > b, else 0. */
  isGreater(a: Value, b: Value): Value {
    return this.#asFloat(this.#elementwise('Greater', a, b));
  }
  /** 1 where a = b, else 0. */
  isEqual(a: Value, b: Value): Value {
    return this.#asFloat(this.#elementwise('Equal', a, b));
  }

  /** Sum of any number of values of one shape. */
  sum(values: readonly Value[]): Value {
    let rest = values;
    while (rest.length > 1) {
      rest = chunks(rest, maxParts).map((part) => (part.length > 1 ? this.#node('Sum', part, part[0].shape) : part[0]));
    }
    return rest[0];
  }

  matmul(a: Value, b: Value, transposed: { a?: boolean; b?: boolean } = {}, bias?: Value): Value {
    const rows = a.shape[transposed.a ? 1 : 0];
    const columns = b.shape[transposed.b ? 0 : 1];
    return this.#node('Gemm', bias ? [a, b, bias] : [a, b], [rows, columns], {
      transA: { int: transposed.a ? 1 : 0 },
      transB: { int: transposed.b ? 1 : 0 },
    });
  }

  reshape(a: Value, shape: readonly number[]): Value {
    return this.#node('Reshape', [a, this.#integers(shape)], shape);
  }

  transpose(a: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => a.shape[axis]);
    return this.#node('Transpose', [a], shape, { perm: { ints: order } });
  }

  /** Elements from, from + step … before `to` along one axis. */
  slice(a: Value, axis: number, from: number, to: number, step = 1): Value {
    const count = Math.ceil((to - from) / step);
    if (count === a.shape[axis] && step === 1) return a;
    const parts = [[from], [to], [axis], [step]].map((list) => this.#integers(list));
    return this.#node('Slice', [a, ...parts], withSize(a.shape, axis, count));
  }

  /** The elements of an axis at these places, in this order. */
  gather(a: Value, axis: number, places: readonly number[]): Value {
    return this.#node('Gather', [a, this.#integers(places)], withSize(a.shape, axis, places.length), {
      axis: { int: axis },
    });
  }

  concatenate(values: readonly Value[], axis: number): Value {
    let rest = values;
    while (rest.length > 1) {
      rest = chunks(rest, maxParts).map((part) => {
        if (part.length === 1) return part[0];
        const size = part.reduce((sum, { shape }) => sum + shape[axis], 0);
        return this.#node('Concat', part, withSize(part[0].shape, axis, size), { axis: { int: axis } });
      });
    }
    return rest[0];
  }

  /** Adds zeros before and after along each axis; negative numbers take away. */
  pad(a: Value, before: readonly number[], after: readonly number[]): Value {
    if ([...before, ...after].every((count) => count === 0)) return a;
    const shape = a.shape.map((size, axis) => size + before[axis] + after[axis]);
    return this.#node('Pad', [a, this.#integers([...before, ...after])], shape);
  }

  /** Over the axes given; they stay, with size 1. */
  reduceSum(a: Value, axes: readonly number[]): Value {
    return this.#node('ReduceSum', [a, this.#integers(axes)], reduced(a.shape, axes), { keepdims: { int: 1 } });
  }
  reduceMean(a: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceMean', a, axes);
  }
  reduceMax(a: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceMax', a, axes);
  }
  reduceMin(a: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceMin', a, axes);
  }
  reduceSumSquare(a: Value, axes: readonly number[]): Value {
    return this.#reduce('ReduceSumSquare', a, axes);
  }

  /** Mean over everything, as a scalar. */
  mean(a: Value): Value {
    return this.reshape(
      this.reduceMean(
        a,
        a.shape.map((_, axis) => axis),
      ),
      [],
    );
  }

  #reduce(op: string, a: Value, axes: readonly number[]): Value {
    return this.#node(op, [a], reduced(a.shape, axes), { axes: { ints: axes }, keepdims: { int: 1 } });
  }

  #elementwise(op: string, a: Value, b: Value): Value {
    return this.#node(op, [a, b], broadcast(a.shape, b.shape));
  }

  #asFloat(a: Value): Value {
    return this.#node('Cast', [a], a.shape, { to: { int: 1 } });
  }

  #integers(list: readonly number[]): Value {
    const shape = [list.length];
    const data = BigInt64Array.from(list, (value) => BigInt(value));
    return { name: this.#constantName(`i${list.join(',')}`, 'int64', shape, data), shape };
  }

  #constantName(key: string, type: OnnxElementType, shape: readonly number[], data: OnnxTensor['data']): string {
    const known = this.#constants.get(key);
    if (known) return known.name;
    const name = `constant${this.#constants.size}`;
    this.#constants.set(key, { name, type, shape, data });
    return name;
  }

  #node(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): Value {
    const name = `value${this.#nodes.length}`;
    this.#nodes.push({ op, inputs: inputs.map((input) => input.name), outputs: [name], attributes });
    return { name, shape };
  }
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const sizeA = a[i - rank + a.length] ?? 1;
    const sizeB = b[i - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) throw new RangeError(`[${a}] and [${b}] do not broadcast`);
    return Math.max(sizeA, sizeB);
  });
}

const withSize = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((old, i) => (i === axis ? size : old));

const reduced = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size));

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
