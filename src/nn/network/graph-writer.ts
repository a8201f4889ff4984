import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '../onnx-graph.ts';

/** Writes an ONNX graph node by node; values are known by their names, sizes may be open. */
export class GraphWriter {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxTensor>();

  /** Adds a node with one result and gives its name. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): string {
    const output = `value${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  /** A trained tensor, under its own name. */
  weights(name: string, shape: readonly number[], data: Float32Array): string {
    this.#constants.set(name, { name, type: 'float32', shape, data });
    return name;
  }

  scalar(value: number): string {
    const name = `constant ${value}`;
    this.#constants.set(name, { name, type: 'float32', shape: [], data: Float32Array.of(value) });
    return name;
  }

  /** A list of integers: sizes, places, axes. */
  integers(values: readonly number[]): string {
    const name = `integers ${values.join(' ')}`;
    this.#constants.set(name, {
      name,
      type: 'int64',
      shape: [values.length],
      data: BigInt64Array.from(values, (value) => BigInt(value)),
    });
    return name;
  }

  /** The graph whose result is `value`. */
  build(
    name: string,
    input: OnnxValue,
    output: OnnxValue,
    value: string,
    metadata: Readonly<Record<string, string>>,
  ): OnnxGraph {
    const nodes = [...this.#nodes, { op: 'Identity', inputs: [value], outputs: [output.name] }];
    return { name, inputs: [input], outputs: [output], initializers: [...this.#constants.values()], nodes, metadata };
  }
}
