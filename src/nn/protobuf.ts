/**
 * The wire format of Protocol Buffers, as far as ONNX files need it
 * (https://protobuf.dev/programming-guides/encoding): a message is its fields one after the other, each a key
 * `number · 8 + wire type` and a value. Wire types: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.
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

/** A field as it stands in a message: an integer (wire type 0), or the bytes of anything else. */
export type Field =
  | { readonly number: number; readonly integer: bigint; readonly bytes: null }
  | { readonly number: number; readonly integer: null; readonly bytes: Uint8Array };

/**
 * The fields of a message, in order. Bytes are views of the input.
 * @throws RangeError where the bytes are no message
 */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= message.length) throw new RangeError('the message ends within a number');
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw new RangeError('a number has more than ten bytes');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError(`a field of ${length} bytes ends behind the message`);
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(readVarint());
    const [number, wireType] = [key >>> 3, key & 7];
    if (wireType === 0) fields.push({ number, integer: readVarint(), bytes: null });
    else fields.push({ number, integer: null, bytes: take(payloadLength(wireType, readVarint)) });
  }
  return fields;
}

function payloadLength(wireType: number, readVarint: () => bigint): number {
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  if (wireType !== 2) throw new RangeError(`there is no wire type ${wireType}`);
  const length = Number(readVarint());
  if (length < 0) throw new RangeError(`a field cannot have ${length} bytes`);
  return length;
}
