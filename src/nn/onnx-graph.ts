import { concatBytes, lengthDelimited, float32Field, stringField, varintField } from './protobuf.ts';

/** Element types a graph of ours may hold, with ONNX's `TensorProto.DataType` number. */
const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
export type OnnxElementType = keyof typeof elementTypes;

/** A size of a dimension, or the name of one that is known only when the graph runs. */
export type OnnxDimension = number | string;

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxElementType;
  readonly shape: readonly OnnxDimension[];
}

/** A constant of a graph: `data` holds the elements row-major, of the JavaScript type that fits `type`. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;
}

/** An attribute of a node: the key says its ONNX type, which cannot be told from the number alone. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly tensor: OnnxTensor }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

/** One operation. An input named '' is an optional input left out. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
  /** In an order in which each node comes after those that make its inputs. */
  readonly nodes: readonly OnnxNode[];
  /** Key-value pairs stored with the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Old enough for every runtime of the last years, new enough to have all operators the networks need. */
const operatorSet = 17;
const irVersion = 8;

/**
 * Encodes a graph as the bytes of an `.onnx` file (ModelProto of onnx.proto, IR version 8, operator set 17).
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const operatorSetId = concatBytes([stringField(1, ''), varintField(2, operatorSet)]);
  return concatBytes([
    varintField(1, irVersion),
    stringField(2, 'tessera'),
    lengthDelimited(7, encodeGraph(graph)),
    lengthDelimited(8, operatorSetId),
    ...Object.entries(graph.metadata ?? {}).map(([key, value]) =>
      lengthDelimited(14, concatBytes([stringField(1, key), stringField(2, value)])),
    ),
  ]);
}

function encodeGraph(graph: OnnxGraph): Uint8Array {
  return concatBytes([
    ...graph.nodes.map((node, i) => lengthDelimited(1, encodeNode(node, `${node.op}_${i}`))),
    stringField(2, graph.name),
    ...graph.initializers.map((tensor) => lengthDelimited(5, encodeTensor(tensor))),
    ...graph.inputs.map((value) => lengthDelimited(11, encodeValue(value))),
    ...graph.outputs.map((value) => lengthDelimited(12, encodeValue(value))),
  ]);
}

function encodeNode(node: OnnxNode, name: string): Uint8Array {
  return concatBytes([
    ...node.inputs.map((input) => stringField(1, input)),
    ...node.outputs.map((output) => stringField(2, output)),
    stringField(3, name),
    stringField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([key, value]) => lengthDelimited(5, encodeAttribute(key, value))),
  ]);
}

/** AttributeProto: f 2, i 3, s 4, t 5, floats 7, ints 8, type 20 (FLOAT 1, INT 2, STRING 3, TENSOR 4, FLOATS 6, INTS 7). */
function encodeAttribute(name: string, value: OnnxAttribute): Uint8Array {
  const field = stringField(1, name);
  if ('float' in value) return concatBytes([field, float32Field(2, value.float), varintField(20, 1)]);
  if ('int' in value) return concatBytes([field, varintField(3, value.int), varintField(20, 2)]);
  if ('string' in value) return concatBytes([field, stringField(4, value.string), varintField(20, 3)]);
  if ('tensor' in value) {
    return concatBytes([field, lengthDelimited(5, encodeTensor(value.tensor)), varintField(20, 4)]);
  }
  if ('floats' in value) {
    return concatBytes([field, ...value.floats.map((x) => float32Field(7, x)), varintField(20, 6)]);
  }
  return concatBytes([field, ...value.ints.map((x) => varintField(8, x)), varintField(20, 7)]);
}

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9 (little-endian, as every machine that runs Node). */
function encodeTensor(tensor: OnnxTensor): Uint8Array {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  if (tensor.data.length !== count) {
    throw new RangeError(
      `tensor ${tensor.name}: expected ${count} elements for [${tensor.shape}], has ${tensor.data.length}`,
    );
  }
  return concatBytes([
    ...tensor.shape.map((size) => varintField(1, size)),
    varintField(2, elementTypes[tensor.type]),
    stringField(8, tensor.name),
    lengthDelimited(9, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)),
  ]);
}

/** ValueInfoProto { name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1 | dim_param 2 } } } } }. */
function encodeValue(value: OnnxValue): Uint8Array {
  const dimensions = value.shape.map((size) =>
    lengthDelimited(1, typeof size === 'number' ? varintField(1, size) : stringField(2, size)),
  );
  const tensorType = concatBytes([
    varintField(1, elementTypes[value.type]),
    lengthDelimited(2, concatBytes(dimensions)),
  ]);
  return concatBytes([stringField(1, value.name), lengthDelimited(2, lengthDelimited(1, tensorType))]);
}
