import type { SQLiteValue } from 'node-sqlite3-wasm';
import { DataError } from '../../errors.ts';

/** Numbers in COLMAP's blobs: little-endian, as every machine that runs Node. */
type Numbers = Float32Array | Float64Array | Uint32Array | Uint8Array;

/** A row as SQLite gives it: any type may stand in any column. */
export type ColmapRow = Readonly<Record<string, SQLiteValue | undefined>>;

/** The bytes of an array, for a blob. */
export function blobOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/**
 * An integer ≥ 0 of a column.
 * @param where the file and the row, for the message
 * @throws DataError for anything else
 */
export function countIn(row: ColmapRow, column: string, where: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new DataError(`${where}: expected a count in ${column} but found ${shown(value)}. The database is damaged.`);
}

/**
 * The numbers of a blob; a column that is not set is an empty one.
 * @throws DataError where the blob has not `length` of them
 */
export function numbersIn<T extends Numbers>(
  Kind: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number },
  row: ColmapRow,
  column: string,
  length: number,
  where: string,
): T {
  const value = row[column] ?? new Uint8Array(0);
  if (value instanceof Uint8Array && value.length === length * Kind.BYTES_PER_ELEMENT) {
    return new Kind(value.slice().buffer);
  }
  throw new DataError(
    `${where}: expected ${length * Kind.BYTES_PER_ELEMENT} bytes in ${column} but found ${shown(value)}. ` +
      'The database is damaged.',
  );
}

/** As {@link numbersIn}; null where the column is not set, or empty. */
export function optionalNumbersIn(row: ColmapRow, column: string, length: number, where: string): number[] | null {
  const value = row[column] ?? null;
  if (value === null || (value instanceof Uint8Array && value.length === 0)) return null;
  return [...numbersIn(Float64Array, row, column, length, where)];
}

function shown(value: SQLiteValue | undefined): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value);
}
