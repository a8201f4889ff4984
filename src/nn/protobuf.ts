/**
 * The wire format of Protocol Buffers, as far as writing an ONNX file needs it
 * (https://protobuf.dev/programming-guides/encoding): a message is its fields one after the other, each a key
 * `number · 8 + wire type` and a value. Wire types: 0 varint, 2 length-delimited, 5 four bytes.
 */

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** An integer in groups of seven bits, lowest first; negative ones as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new RangeError(`expected an integer but received ${value}`);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function varintField(field: number, value: number): Uint8Array {
  return concatBytes([varint(field * 8), varint(value)]);
}

/** A nested message, or bytes as they are. */
export function lengthDelimited(field: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

export function stringField(field: number, text: string): Uint8Array {
  return lengthDelimited(field, new TextEncoder().encode(text));
}

export function float32Field(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatBytes([varint(field * 8 + 5), bytes]);
}
