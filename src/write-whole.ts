import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Lets a file appear whole or not at all, and keeps an older one until then: it is written beside its place under a
 * hidden name and then renamed. A folder too, where there is none yet or an empty one.
 * @param write writes the file under the name it is given
 * @throws what `write` throws, errors of the file system, and the signal's reason; what is hidden is removed
 */
export async function writeWhole(
  path: string,
  write: (temporary: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await write(temporary);
    signal?.throwIfAborted();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true, recursive: true }).catch(() => undefined);
    throw error;
  }
}
