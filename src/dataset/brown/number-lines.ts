import { readFile } from 'node:fs/promises';
import { DataError } from '../../errors.ts';

export interface NumberLines {
  readonly rows: number;
  /** `rows × columns`, row-major. */
  readonly values: Float64Array;
}

/** How the lines of a file look. */
export interface LineFormat {
  /** What a line holds, for messages: one word a column. */
  readonly columns: readonly string[];
  readonly separator: ',' | ' ';
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Whether all values are whole numbers from 0 to 2³² − 1. */
  readonly whole: boolean;
}

/**
 * Reads a text file of the same number of numbers on every line; empty lines at the end are left out.
 * @throws DataError naming the file, the line that is not as expected and what was expected
 */
export async function readNumberLines(file: string, format: LineFormat, signal?: AbortSignal): Promise<NumberLines> {
  const { columns, separator, header, whole } = format;
  const text = await readFile(file, { encoding: 'latin1', signal }).catch((error: NodeJS.ErrnoException) => {
    signal?.throwIfAborted();
    throw new DataError(`${file} cannot be read (${error.code}); it should have lines of ${columns.join(', ')}.`);
  });
  const lines = text.split('\n');
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (header && lines[0]?.trim() !== columns.join(separator)) {
    throw new DataError(`${file}: expected the first line "${columns.join(separator)}".`);
  }
  const skip = header ? 1 : 0;
  const rows = lines.length - skip;
  const values = new Float64Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    const fields = lines[row + skip].trim().split(separator === ' ' ? / +/ : separator);
    const right =
      fields.length === columns.length &&
      fields.every((field, column) => {
        const value = field === '' ? NaN : Number(field);
        values[row * columns.length + column] = value;
        return whole ? value >>> 0 === value : Number.isFinite(value);
      });
    if (right) continue;
    const kind = whole ? 'whole numbers' : 'numbers';
    throw new DataError(
      `${file}, line ${row + skip + 1}: expected ${columns.length} ${kind} (${columns.join(', ')}) ` +
        `but it is "${lines[row + skip].slice(0, 80)}".`,
    );
  }
  return { rows, values };
}
