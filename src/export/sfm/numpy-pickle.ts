/**
 * A dictionary of NumPy's integer arrays as Python's pickle (protocol 3, which every Python 3 reads): what
 * `pickle.dump({name: np.array(…, dtype=int)})` says. OpenSfM's reader (`dataset.py`, `load_matches`) allows only the
 * three names that stand here.
 */
const opcode = {
  protocol: [0x80, 3],
  dictionary: '}'.charCodeAt(0),
  mark: '('.charCodeAt(0),
  pop: '0'.charCodeAt(0),
  put: 'q'.charCodeAt(0),
  get: 'h'.charCodeAt(0),
  byte: 'K'.charCodeAt(0),
  int32: 'J'.charCodeAt(0),
  text: 'X'.charCodeAt(0),
  shortBytes: 'C'.charCodeAt(0),
  bytes: 'B'.charCodeAt(0),
  none: 'N'.charCodeAt(0),
  true: 0x88,
  false: 0x89,
  tuple: 't'.charCodeAt(0),
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  call: 'R'.charCodeAt(0),
  setState: 'b'.charCodeAt(0),
  setItems: 'u'.charCodeAt(0),
  stop: '.'.charCodeAt(0),
};

/** Where the objects that every array needs are kept. */
const memo = { reconstruct: 0, ndarray: 1, dtype: 2 };

/**
 * @param arrays `count × 2` indices each, row-major, by name
 */
export function picklePairs(arrays: ReadonlyMap<string, Uint32Array>): Uint8Array {
  return Buffer.concat([head(), ...[...arrays].flatMap(([name, pairs]) => item(name, pairs)), tail]);
}

function head(): Buffer {
  const minusOne = [opcode.int32, 0xff, 0xff, 0xff, 0xff];
  return Buffer.concat([
    Buffer.from(opcode.protocol),
    global('numpy.core.multiarray', '_reconstruct'),
    keep(memo.reconstruct),
    global('numpy', 'ndarray'),
    keep(memo.ndarray),
    global('numpy', 'dtype'),
    text('i8'),
    Buffer.from([opcode.false, opcode.true, opcode.tuple3, opcode.call]),
    Buffer.from([opcode.mark, opcode.byte, 3]),
    text('<'),
    Buffer.from([opcode.none, opcode.none, opcode.none, ...minusOne, ...minusOne, opcode.byte, 0, opcode.tuple]),
    Buffer.from([opcode.setState]),
    keep(memo.dtype),
    Buffer.from([opcode.dictionary, opcode.mark]),
  ]);
}

const tail = Buffer.from([opcode.setItems, opcode.stop]);

/** A name and its array: an empty one is made, then told its version, shape, type, order (not Fortran's) and bytes. */
function item(name: string, pairs: Uint32Array): Buffer[] {
  const values = BigInt64Array.from(pairs, BigInt);
  return [
    text(name),
    Buffer.from([opcode.get, memo.reconstruct, opcode.get, memo.ndarray, opcode.byte, 0, opcode.tuple1]),
    Buffer.from([opcode.shortBytes, 1, 'b'.charCodeAt(0), opcode.tuple3, opcode.call]),
    Buffer.from([opcode.mark, opcode.byte, 1]),
    Buffer.from([opcode.int32, ...uint32(pairs.length / 2), opcode.byte, 2, opcode.tuple2]),
    Buffer.from([opcode.get, memo.dtype, opcode.false]),
    Buffer.from([opcode.bytes, ...uint32(values.byteLength)]),
    Buffer.from(values.buffer),
    Buffer.from([opcode.tuple, opcode.setState]),
  ];
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`, 'latin1');
}

function keep(place: number): Buffer {
  return Buffer.from([opcode.put, place, opcode.pop]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([opcode.text, ...uint32(bytes.length)]), bytes]);
}

function uint32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}
