import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { requireFree } from '../../dataset/write-patch-set.ts';
import { OutputError, TesseraError } from '../../errors.ts';
import { writeWhole } from '../../write-whole.ts';

/**
 * Lets a folder of files appear whole or not at all.
 * @param folder must not exist, or be empty
 * @param fill writes the files into the folder it is given, which is there and empty
 * @throws UsageError where the folder holds something; OutputError where it cannot be written; what `fill` throws; the
 *   signal's reason once aborted
 */
export async function writeFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await requireFree(folder);
  const path = resolve(folder);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(
      path,
      async (temporary) => {
        await mkdir(temporary);
        await fill(temporary);
        signal?.throwIfAborted();
        // Not every system renames over an empty folder.
        if (existsSync(path)) await rmdir(path);
      },
      signal,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TesseraError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new OutputError(`${folder} could not be written (${(error as Error).message}); choose another place`);
  }
}
