import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OutputError, UsageError } from '../../src/errors.ts';
import { writeWhole } from '../../src/write-whole.ts';

/** Entries as the workspace names them: other files are somebody else's. */
const entryName = /^(features|photos|pairs|transferred|verified)[/\\][0-9a-f]{2}[/\\][0-9a-f]{64}\.bin$/;

/**
 * Takes over what other runs computed: entries are named by all that they depend on, so those of one name are the same.
 * @returns how many entries were new
 * @throws UsageError naming a workspace that is none, OutputError where an entry cannot be copied
 */
export async function mergeWorkspaces(into: string, others: readonly string[], signal?: AbortSignal): Promise<number> {
  let added = 0;
  for (const other of others) {
    const names = await readdir(other, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${other}: expected a workspace but it cannot be read as a folder (${error.code})`);
    });
    const entries = names.filter((name) => entryName.test(name));
    if (entries.length === 0) throw new UsageError(`${other}: expected a workspace, but nothing was computed there`);
    for (const name of entries) {
      signal?.throwIfAborted();
      const target = join(into, name);
      if (await exists(target)) continue;
      try {
        await mkdir(dirname(target), { recursive: true });
        await writeWhole(target, (temporary) => copyFile(join(other, name), temporary));
      } catch (error) {
        throw new OutputError(`${target} could not be written (${(error as Error).message}); is the disk full?`);
      }
      added++;
    }
  }
  return added;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
