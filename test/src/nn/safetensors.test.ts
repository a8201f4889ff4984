import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/nn/safetensors.ts';

const tensors = new Map([
  ['parameter/1.weight', Float32Array.of(1.5, -0, 3e-42, NaN, Infinity)],
  ['empty', new Float32Array(0)],
  ['parameter/ä', Float32Array.of(7)],
]);
const metadata = { run: JSON.stringify({ step: 3, text: 'a "quoted" Größe' }) };

/** A file of any header. */
function fileOf(header: string, numbers = 8): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + numbers);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe('safetensors', () => {
  test('what was written is read, bit for bit', () => {
    const read = decodeSafetensors('x.safetensors', encodeSafetensors({ tensors, metadata }));
    expect(read.metadata).toEqual(metadata);
    expect([...read.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, data] of tensors) {
      expect(Buffer.from(read.tensors.get(name)!.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    }
  });

  test('is read from what Node reads from a file', () => {
    const bytes = Buffer.from(encodeSafetensors({ tensors, metadata }));
    const read = decodeSafetensors('x.safetensors', bytes).tensors;
    bytes.fill(0);
    expect(read.get('parameter/1.weight')).toEqual(tensors.get('parameter/1.weight'));
  });

  test('parts of larger arrays are written as what they are, and read from any place', () => {
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const bytes = encodeSafetensors({ tensors: new Map([['part', part]]), metadata: {} });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors('x', shifted.subarray(3)).tensors).toEqual(new Map([['part', Float32Array.of(2, 3)]]));
  });

  test('is laid out as the format says: length, JSON, then numbers at a multiple of eight', () => {
    const bytes = encodeSafetensors({ tensors: new Map([['a', Float32Array.of(1, 2)]]), metadata: { k: 'v' } });
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      __metadata__: { k: 'v' },
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect(view.getFloat32(8 + length + 4, true)).toBe(2);
  });

  const whole = encodeSafetensors({ tensors, metadata });
  const entry = (fields: object): string =>
    JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } });
  test.each([
    ['an empty file', new Uint8Array(0), /only 0 bytes/],
    ['a file cut within its header', whole.subarray(0, 50), /header is cut off/],
    ['a file cut within its numbers', whole.subarray(0, whole.length - 1), /tensor parameter\/ä is cut off/],
    ['what is no such file at all', new TextEncoder().encode('<html>not found</html>'), /header is cut off/],
    ['a header that is no JSON', fileOf('{"a": '), /header is no JSON/],
    ['a header that is no object', fileOf('null'), /header is no JSON object/],
    ['tensors of another type', fileOf(entry({ dtype: 'F16' })), /tensor a is of type F16/],
    ['an entry that is none', fileOf('{"a": null}'), /tensor a/],
    ['a tensor without place', fileOf(entry({ data_offsets: null })), /tensor a/],
    ['a tensor that ends before it starts', fileOf(entry({ data_offsets: [8, 4] })), /tensor a/],
    ['a tensor of half a number', fileOf(entry({ data_offsets: [0, 6] })), /tensor a/],
  ])('%s is refused by name', (_, bytes, message) => {
    const decode = (): unknown => decodeSafetensors('folder/bad.safetensors', bytes);
    expect(decode).toThrow(DataError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^folder\/bad\.safetensors: expected float32 tensors/);
  });
});
