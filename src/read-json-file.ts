import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { DataError } from './errors.ts';

/**
 * Reads a JSON file that Tessera wrote; null where there is none.
 * @param remedy what a user does about a damaged one, as "make the set again"
 * @throws DataError naming the file and the field that is not as expected
 */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>, remedy: string): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new DataError(`${file} cannot be read (${error.code}).`);
  });
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} is not JSON (${(error as Error).message}); ${remedy}.`);
  }
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const [{ path, message }] = checked.error.issues;
  throw new DataError(`${file}: ${path.join('.') || 'content'}: ${message}; ${remedy}.`);
}
