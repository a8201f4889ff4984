import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../read-json-file.ts';

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
export function readSetFile(folder: string): Promise<PatchSetFacts | null> {
  return readJsonFile(join(folder, setFile), schema, 'make the set again');
}

export function setFileText(facts: PatchSetFacts): string {
  return `${JSON.stringify(facts, null, 1)}\n`;
}
