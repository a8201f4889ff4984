import { DataError } from '../errors.ts';

/** Named float32 tensors with text beside them, as a `.safetensors` file holds them. */
export interface NamedTensors {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface StoredEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Encodes tensors in the safetensors format (Hugging Face): length of the header as a little-endian 64-bit number, the
 * header as JSON, then the numbers. Tensors are stored as vectors.
 */
export function encodeSafetensors({ tensors, metadata }: NamedTensors): Uint8Array {
  const header: Record<string, StoredEntry | Readonly<Record<string, string>>> = { __metadata__: metadata };
  let length = 0;
  for (const [name, data] of tensors) {
    header[name] = { dtype: 'F32', shape: [data.length], data_offsets: [length, length + data.byteLength] };
    length += data.byteLength;
  }
  const text = JSON.stringify(header);
  // Numbers start at a multiple of eight bytes.
  const json = new TextEncoder().encode(text);
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8 + json.length, 8 + padded);
  bytes.set(json, 8);
  let at = 8 + padded;
  for (const data of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * @param file its name, for messages
 * @throws DataError where the bytes are not as `encodeSafetensors` writes them
 */
export function decodeSafetensors(file: string, bytes: Uint8Array): NamedTensors {
  const fail = (what: string): never => {
    throw new DataError(`${file}: expected float32 tensors in the safetensors format, but ${what}`);
  };
  if (bytes.length < 8) fail(`the file has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) fail('its header is cut off');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch {
    return fail('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null) return fail('its header is no JSON object');
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  const start = 8 + headerLength;
  const tensors = new Map<string, Float32Array>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, data_offsets: offsets } = (entry ?? {}) as Partial<StoredEntry>;
    if (dtype !== 'F32') return fail(`tensor ${name} is of type ${dtype}`);
    const [from, to] = Array.isArray(offsets) ? offsets.map(Number) : [];
    if (!(from >= 0 && to >= from && (to - from) % 4 === 0)) return fail(`tensor ${name} is nowhere`);
    if (start + to > bytes.length) return fail(`tensor ${name} is cut off`);
    // A copy; not by `slice`, which copies nothing of Node's buffers.
    tensors.set(name, new Float32Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer));
  }
  return { tensors, metadata: metadata as Record<string, string> };
}
