import { UsageError } from '../../errors.ts';
import { readFields, type Field } from '../protobuf.ts';
import type { NetworkDefinition } from './definition.ts';
import { compilePart, type NetworkPart } from './inference.ts';
import type { OperationOf } from './program.ts';
import { fromOnnxKernel } from './weights.ts';

/** A float32 constant of an ONNX file. */
interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Reads back the weights of a file that `inferenceModel` wrote, in the layout that training keeps (`ParameterShape`).
 * @param file its name, for messages
 * @throws UsageError where the file is no ONNX model or not of this network and part: names what is missing or differs
 */
export function readWeights(
  file: string,
  bytes: Uint8Array,
  definition: NetworkDefinition,
  part: NetworkPart,
): Map<string, Float32Array> {
  const { program, shapes, parameters } = compilePart(definition, part);
  const stored = readInitializers(file, bytes);
  const kernels = new Map<string, OperationOf<'convolution'> & { readonly channels: number }>();
  for (const operation of program) {
    if (operation.kind !== 'convolution') continue;
    kernels.set(`${operation.name}.weight`, { ...operation, channels: shapes[operation.inputs[0]].channels });
  }
  return new Map(
    parameters.map(({ name, shape }) => {
      const kernel = kernels.get(name);
      const expected = kernel ? [kernel.filters, kernel.channels, kernel.size, kernel.size] : shape;
      const tensor = stored.get(name);
      const found = tensor ? `[${tensor.shape.join(', ')}]` : 'none';
      if (!tensor || found !== `[${expected.join(', ')}]`) {
        throw new UsageError(
          `${file}: expected the weights of ${definition.name} (${part}) as Tessera writes them: ` +
            `${name} should be [${expected.join(', ')}] but is ${found}`,
        );
      }
      return [name, kernel ? fromOnnxKernel(tensor.data, kernel) : tensor.data];
    }),
  );
}

/** ModelProto: graph 7; GraphProto: initializer 5. */
function readInitializers(file: string, bytes: Uint8Array): Map<string, StoredTensor> {
  try {
    const tensors = nested(readFields(bytes), 7).flatMap((graph) => nested(graph, 5));
    return new Map(tensors.flatMap(readTensor));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${file}: expected an ONNX model but cannot read it (${error.message})`);
  }
}

/**
 * Key-value pairs stored in an ONNX file (ModelProto: metadata_props 14).
 * @param file its name, for messages
 * @throws UsageError where the file is no ONNX model
 */
export function readMetadata(file: string, bytes: Uint8Array): Map<string, string> {
  const text = (fields: readonly Field[], number: number): string =>
    new TextDecoder().decode(fields.find((field) => field.number === number)?.bytes ?? new Uint8Array());
  try {
    return new Map(nested(readFields(bytes), 14).map((entry) => [text(entry, 1), text(entry, 2)]));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${file}: expected an ONNX model but cannot read it (${error.message})`);
  }
}

/** The messages that stand in the fields of a number. */
function nested(fields: readonly Field[], number: number): Field[][] {
  return fields.flatMap((field) => (field.number === number && field.bytes ? [readFields(field.bytes)] : []));
}

/** TensorProto: dims 1, data_type 2 (1 is float32), name 8, raw_data 9; nothing for a tensor of another kind. */
function readTensor(fields: readonly Field[]): [string, StoredTensor][] {
  const integers = (number: number): number[] =>
    fields.flatMap((field) => (field.number === number && field.integer !== null ? [Number(field.integer)] : []));
  const bytesOf = (number: number): Uint8Array | null =>
    fields.find((field) => field.number === number && field.bytes)?.bytes ?? null;
  const [name, raw] = [bytesOf(8), bytesOf(9)];
  if (!name || !raw || integers(2)[0] !== 1) return [];
  const shape = integers(1);
  const count = shape.reduce((product, size) => product * size, 1);
  if (raw.length !== 4 * count) throw new RangeError(`[${shape.join(', ')}] with ${raw.length} bytes`);
  // A copy, as the bytes may lie at any place of the file; not by `slice`, which copies nothing of Node's buffers.
  return [[new TextDecoder().decode(name), { shape, data: new Float32Array(new Uint8Array(raw).buffer) }]];
}
