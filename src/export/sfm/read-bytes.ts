import { readFile } from 'node:fs/promises';
import { DataError } from '../../errors.ts';

/** @throws DataError, with the remedy, where the file cannot be read */
export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${file} cannot be read (${error.code}); ${remedy}.`);
  });
}

/** The same, null where there is no such file. */
export async function readBytesIfAny(file: string, remedy: string): Promise<Buffer | null> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new DataError(`${file} cannot be read (${error.code}); ${remedy}.`);
  });
}
