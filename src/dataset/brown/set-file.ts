import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.ts';

/** The file that says what Brown's format has no place for. */
export const setFile = 'set.json';

const schema = z.object({
  version: z.literal(1),
  /** Side of a patch in keypoint sizes; null where patches of several detectors are mixed. */
  patchScale: z.number().positive().nullable(),
  /** What the photos are called, by photo id. */
  photoNames: z.array(z.string()).nullable(),
  /** How the set was made: command, options, seed, version of Tessera. */
  made: z.record(z.string(), z.unknown()),
});

/** What a set's folder says about itself in `set.json`. */
export type PatchSetFacts = z.infer<typeof schema>;

/**
 * Reads `set.json`; null where there is none, as in Brown's own data.
 * @throws DataError naming the file and the field that is not as expected
 */
export async function readSetFile(folder: string): Promise<PatchSetFacts | null> {
  const file = join(folder, setFile);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new DataError(`${file} cannot be read (${error.code}).`);
  });
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} is not JSON (${(error as Error).message}); make the set again.`);
  }
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const [{ path, message }] = checked.error.issues;
  throw new DataError(`${file}: ${path.join('.') || 'content'}: ${message}; make the set again.`);
}

export function setFileText(facts: PatchSetFacts): string {
  return `${JSON.stringify(facts, null, 1)}\n`;
}
