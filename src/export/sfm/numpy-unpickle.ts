import { DataError } from '../../errors.ts';
import { numbersFromBytes } from './npy.ts';
import { isKind, readPickle, type PickleValue } from './pickle-machine.ts';

/** The functions that make an array empty, of NumPy before and since version 2. */
const makesArray = ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'];

/**
 * Reads what {@link picklePairs} and OpenSfM write: a dictionary of NumPy's arrays of integers, two a row. Nothing in
 * it is run.
 * @param where names the file, for errors
 * @throws DataError where it is something else
 */
export function unpicklePairs(bytes: Buffer, where: string): Map<string, Uint32Array> {
  const value = readPickle(bytes, where);
  if (!isKind(value, 'dictionary')) throw other(where, 'it is no dictionary');
  return new Map(
    Array.from(value.items, ([name, array]) => {
      if (typeof name !== 'string') throw other(where, 'the name of a photo is no text');
      return [name, pairsOf(array, `${where}: ${name}`)];
    }),
  );
}

function other(where: string, what: string): DataError {
  return new DataError(`${where}: ${what}; expected the matches that OpenSfM writes: let it write them again.`);
}

function pairsOf(array: PickleValue, where: string): Uint32Array {
  if (!isKind(array, 'object') || !makesArray.includes(array.callee)) {
    const what = isKind(array, 'object') ? `calls ${array.callee}, which is never run` : 'holds no array of NumPy';
    throw other(where, what);
  }
  const [, shape, dtype, isFortran, bytes] = Array.isArray(array.state) ? (array.state as PickleValue[]) : [];
  const sizes = Array.isArray(shape) ? (shape as PickleValue[]) : [];
  const rows = sizes[0];
  if (!isKind(dtype ?? null, 'object') || !(bytes instanceof Uint8Array) || typeof rows !== 'number') {
    throw other(where, 'the array is incomplete');
  }
  // A list without matches has neither columns nor the type of integers.
  if (rows === 0) return new Uint32Array(0);
  const values = sizes.length === 2 && sizes[1] === 2 ? numbersFromBytes(bytes, typeOf(dtype), 2 * rows) : null;
  if (values === null || !values.every((value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff)) {
    throw other(where, `expected indices in two columns, found an array ${sizes.join(' × ')} of ${typeOf(dtype)}`);
  }
  return isFortran === true
    ? Uint32Array.from({ length: 2 * rows }, (_, k) => values[(k % 2) * rows + (k >> 1)])
    : Uint32Array.from(values);
}

/** Kind and bytes; empty where the type is none that we read: the state says the order of bytes. */
function typeOf(dtype: PickleValue): string {
  if (!isKind(dtype, 'object') || dtype.callee !== 'numpy.dtype') return '';
  const [name] = dtype.parameters;
  const order = Array.isArray(dtype.state) ? (dtype.state as PickleValue[])[1] : null;
  return typeof name === 'string' && (order === '<' || order === '|') ? name : '';
}
