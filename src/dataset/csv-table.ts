import { readFile } from 'node:fs/promises';
import { DataError } from '../errors.ts';

/** A file of comma-separated values without quoting. */
export interface Table {
  readonly file: string;
  /** Empty lines are left out; `line` counts from 1. */
  readonly rows: readonly { readonly line: number; readonly fields: readonly string[] }[];
}

/**
 * Reads a file whose first line names exactly the expected columns.
 * @throws DataError naming the file where it is missing, has other columns or a row with more or fewer fields
 */
export async function readTable(file: string, columns: readonly string[]): Promise<Table> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${file} cannot be read (${error.code}); it should have the columns ${columns.join(',')}.`);
  });
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0].trim() !== columns.join(',')) {
    throw new DataError(
      `${file}: expected the first line "${columns.join(',')}", but it is "${lines[0].slice(0, 80)}".`,
    );
  }
  const rows: { line: number; fields: string[] }[] = [];
  for (let i = 1; i < lines.length; i++) {
    if (lines[i].trim() === '') continue;
    const fields = lines[i].split(',');
    if (fields.length !== columns.length) {
      throw new DataError(`${file}, line ${i + 1}: expected ${columns.length} fields, but there are ${fields.length}.`);
    }
    rows.push({ line: i + 1, fields });
  }
  return { file, rows };
}
