import { DataError } from '../../errors.ts';

/**
 * NumPy's `.npy` (version 1.0 of the format in numpy.lib.format): magic, version, length of the header, the header as a
 * literal of Python padded to 64 bytes, then the values.
 */
const magic = '\x93NUMPY';

export type NpyValues = Float32Array | Float64Array | Uint8Array | BigInt64Array;

export interface NpyArray {
  /** Row-major; empty for a single value. */
  readonly shape: readonly number[];
  readonly values: NpyValues;
}

export function writeNpy({ shape, values }: NpyArray): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const literal = `{'descr': '${typeOf(values)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = magic.length + 4;
  const header = literal.padEnd(Math.ceil((start + literal.length + 1) / 64) * 64 - start - 1) + '\n';
  const bytes = Buffer.alloc(start + header.length + values.byteLength);
  bytes.write(magic, 'latin1');
  bytes.set([1, 0, header.length & 0xff, header.length >> 8], magic.length);
  bytes.write(header, start, 'latin1');
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + header.length);
  return bytes;
}

function typeOf(values: NpyValues): string {
  if (values instanceof Float32Array) return '<f4';
  if (values instanceof Float64Array) return '<f8';
  return values instanceof Uint8Array ? '|u1' : '<i8';
}

/** Values as numbers, whatever their type. */
export interface NpyNumbers {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const readers: Readonly<Record<string, (bytes: DataView, at: number) => number>> = {
  u1: (bytes, at) => bytes.getUint8(at),
  i1: (bytes, at) => bytes.getInt8(at),
  u2: (bytes, at) => bytes.getUint16(at, true),
  i2: (bytes, at) => bytes.getInt16(at, true),
  u4: (bytes, at) => bytes.getUint32(at, true),
  i4: (bytes, at) => bytes.getInt32(at, true),
  u8: (bytes, at) => Number(bytes.getBigUint64(at, true)),
  i8: (bytes, at) => Number(bytes.getBigInt64(at, true)),
  f4: (bytes, at) => bytes.getFloat32(at, true),
  f8: (bytes, at) => bytes.getFloat64(at, true),
};

/**
 * @param type of numbers, as NumPy calls it: kind and bytes, such as `i8`
 * @returns null where the bytes are not so many numbers
 */
export function numbersFromBytes(bytes: Uint8Array, type: string, count: number): Float64Array | null {
  const read = readers[type];
  const size = Number(type.slice(1));
  if (read === undefined || bytes.length !== count * size) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: count }, (_, i) => read(view, i * size));
}

/**
 * @param where names the file, for errors
 * @throws DataError where the bytes are not of the format, or not numbers row-major
 */
export function readNpy(bytes: Uint8Array, where: string): NpyNumbers {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (what: string): DataError =>
    new DataError(
      `${where}: ${what}. The file is damaged or of another kind: copy it again or let OpenSfM write it again.`,
    );
  if (buffer.length < 12 || buffer.toString('latin1', 0, magic.length) !== magic)
    throw damaged('is not an array of NumPy');
  const start = buffer[6] === 1 ? 10 : 12;
  const end = start + (buffer[6] === 1 ? buffer.readUInt16LE(8) : buffer.readUInt32LE(8));
  const header = buffer.toString('latin1', start, Math.min(end, start + 1024));
  const type = /'descr': *'[<|]?([a-z]\d+)'/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (type === undefined || sizes === undefined || !/'fortran_order': *False/.test(header)) {
    throw damaged(`expected numbers, row-major, but its header is ${JSON.stringify(header.trim().slice(0, 100))}`);
  }
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = numbersFromBytes(buffer.subarray(end), type, count);
  if (values === null) throw damaged(`expected ${count} numbers of type ${type}, found ${buffer.length - end} bytes`);
  return { shape, values };
}
