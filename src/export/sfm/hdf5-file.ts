import { access } from 'node:fs/promises';
import type * as H5wasm from 'h5wasm/node';
import { DataError, OutputError, UsageError } from '../../errors.ts';

/*
 * HDF5 files through h5wasm. Its Node build works on the file itself, piece by piece: 4.2 GB of descriptors were written in 150 MB of
 * memory. It only tells of failed writes (disk full) where its throwing error handler is on.
 */

/**
 * Writes numbers as little-endian int32 or float32; the groups on the way to `path` are made.
 * @param path group and name, `/` between them
 * @param isDeflated for numbers that are nearly all the same
 * @throws OutputError
 */
export type WriteTable = (
  path: string,
  data: Float32Array | Int32Array,
  shape: readonly number[],
  isDeflated?: boolean,
) => void;

/**
 * Writes a new HDF5 file; it is closed whatever happens.
 * @param shownAs the path that errors name
 * @throws OutputError where it cannot be written; what `work` throws
 */
export async function writeHdf5<T>(path: string, shownAs: string, work: (write: WriteTable) => Promise<T>): Promise<T> {
  const { File } = await loadLibrary();
  const attempt = <R>(step: () => R): R => {
    try {
      return step();
    } catch (error) {
      const advice = 'Is there room on the disk, and may you write there?';
      throw new OutputError(`${shownAs} could not be written (${reasonOf(error)}). ${advice}`);
    }
  };
  const file = attempt(() => new File(path, 'w'));
  const groups = new Set(['']);
  const makeGroup = (group: string): void => {
    if (groups.has(group)) return;
    makeGroup(parentOf(group));
    file.create_group(group);
    groups.add(group);
  };
  try {
    const result = await work((name, data, shape, isDeflated = false) => {
      const dtype = data instanceof Float32Array ? '<f' : '<i';
      const deflate = { chunks: [...shape], compression: 'gzip' as const, compression_opts: 1 };
      attempt(() => {
        makeGroup(parentOf(name));
        file.create_dataset({
          name,
          data,
          shape: [...shape],
          dtype,
          ...(isDeflated && data.length > 0 ? deflate : {}),
        });
      });
    });
    attempt(() => file.close());
    return result;
  } catch (error) {
    try {
      file.close();
    } catch {
      // The first error says more.
    }
    throw error;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export type Numbers = Float32Array | Float64Array | Int32Array;

export interface Hdf5Reader {
  /** Names in a group (`''`: the file), and whether each is a group. */
  list(group: string): { name: string; isGroup: boolean }[];
  /** The shape of a table of numbers; null where there is none at the path. */
  shape(path: string): readonly number[] | null;
  /**
   * All numbers of a table, row-major; 16-bit and 64-bit ones too. Null where there is none at the path.
   * @throws DataError where it holds no numbers, or cannot be read
   */
  read(path: string): Numbers | null;
  close(): void;
}

/** @throws UsageError where there is no such file; DataError where it is not an HDF5 file */
export async function openHdf5(path: string): Promise<Hdf5Reader> {
  await access(path).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code})`;
    throw new UsageError(`${path}: ${problem}.`);
  });
  const { File, Dataset, ready } = await loadLibrary();
  const attempt = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new DataError(
        `${path}: ${what} (${reasonOf(error)}). Copy the file again, or let its program write it again.`,
      );
    }
  };
  const file = attempt('is not a readable HDF5 file', () => new File(path, 'r'));
  const library = await ready;
  const find = (target: string): InstanceType<typeof Dataset> | null => {
    const found = attempt(`${target} is damaged`, () => (exists(file, target) ? file.get(target) : null));
    return found instanceof Dataset ? found : null;
  };
  return {
    list(group) {
      return attempt(`group ${group || '/'} is damaged`, () =>
        library.get_names(file.file_id, group || '/', false).map((name) => ({
          name,
          isGroup: file.get_type(join(group, name)) === library.H5G_GROUP,
        })),
      );
    },
    shape: (target) => find(target)?.shape ?? null,
    read(target) {
      const dataset = find(target);
      if (dataset === null) return null;
      return attempt(`${target} cannot be read`, () => {
        const { type, size, signed, total_size: count } = dataset.metadata;
        const convert = converterOf(type, size, signed);
        if (count * size > largestTable) throw new Error(`${count} numbers are more than a photo has`);
        const at = library._malloc(Math.max(1, count * size));
        if (at === 0) throw new Error('out of memory');
        try {
          // By hand: the library's own reading of values knows no 16-bit floats, which hloc writes.
          if (count > 0) library.get_dataset_data(file.file_id, dataset.path, null, null, null, BigInt(at));
          return convert(library.HEAPU8.slice(at, at + count * size).buffer);
        } finally {
          library._free(at);
        }
      });
    },
    close: () => void file.close(),
  };
}

/** Bytes: far more than the descriptors of any photo, far less than WebAssembly can hold. */
const largestTable = 2 ** 29;

function join(group: string, name: string): string {
  return group === '' ? name : `${group}/${name}`;
}

/** Every group on the way has to be one: the library reports a path through a table as an error. */
function exists(file: H5wasm.File, path: string): boolean {
  return path.split('/').every((_, i, names) => file.get_type(names.slice(0, i + 1).join('/')) >= 0);
}

/** From HDF5's classes 0 (integer) and 1 (float), little-endian. */
function converterOf(type: number, bytes: number, signed: boolean): (data: ArrayBuffer) => Numbers {
  const name = `${type === 1 ? 'float' : type === 0 ? (signed ? 'int' : 'uint') : `class ${type}, `}${8 * bytes}`;
  switch (name) {
    case 'float16':
      return (data) => Float32Array.from(new Uint16Array(data), floatFromHalf);
    case 'float32':
      return (data) => new Float32Array(data);
    case 'float64':
      return (data) => new Float64Array(data);
    case 'int8':
      return (data) => Int32Array.from(new Int8Array(data));
    case 'uint8':
      return (data) => Int32Array.from(new Uint8Array(data));
    case 'int16':
      return (data) => Int32Array.from(new Int16Array(data));
    case 'uint16':
      return (data) => Int32Array.from(new Uint16Array(data));
    case 'int32':
      return (data) => new Int32Array(data);
    case 'uint32':
      return (data) => Float64Array.from(new Uint32Array(data));
    case 'int64':
      return (data) => Float64Array.from(new BigInt64Array(data), Number);
    case 'uint64':
      return (data) => Float64Array.from(new BigUint64Array(data), Number);
    default:
      throw new Error(`expected numbers but it holds ${name}`);
  }
}

/** IEEE 754 binary16. */
function floatFromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Loading takes half a second, so only when an HDF5 file is at hand. */
async function loadLibrary(): Promise<typeof H5wasm> {
  const library = await import('h5wasm/node');
  (await library.ready).activate_throwing_error_handler();
  return library;
}

/** What the operating system said, where HDF5's stack of errors has it; else the stack's deepest complaint. */
function reasonOf(error: unknown): string {
  const message = String((error as Error).message);
  const system = /error message = '([^']+)'/.exec(message);
  if (system !== null) return system[1];
  const lines = [...message.matchAll(/^\s*#\d+: .*?\(\): (.+)$/gm)];
  return lines.at(-1)?.[1] ?? message;
}
