import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join, basename } from 'node:path';
import { OutputError, UsageError } from '../src/errors.ts';
import { writeWhole } from '../src/write-whole.ts';

/** Where panoramas go, largest first: the name as given for one, `<stem>-1.<ext>`, `<stem>-2.<ext>` … for several. */
export function panoramaPaths(output: string, count: number): string[] {
  if (count === 1) return [output];
  const extension = extname(output);
  const stem = join(dirname(output), basename(output, extension));
  return Array.from({ length: count }, (_, i) => `${stem}-${i + 1}${extension}`);
}

/**
 * Checks, before any work, that files can be written into the folders they are to go to.
 * @throws UsageError naming a folder that does not exist or may not be written to
 */
export async function requireWritableFolders(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    const folder = dirname(path);
    await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'does not exist: make it first' : 'may not be written to: choose another';
      throw new UsageError(`${path}: the folder ${folder} ${why}`);
    });
  }
}

/**
 * Makes the folder results go to, with those above it; one that is there already is taken.
 * @throws UsageError naming a folder that cannot be made
 */
export async function makeOutputFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`the folder ${folder} cannot be made (${error.code}): choose another with --output`);
  });
}

/**
 * Writes a file whole or not at all.
 * @throws OutputError naming the file where that is impossible.
 */
export async function writeOutput(path: string, content: string | Buffer): Promise<void> {
  await writeWhole(path, (temporary) => writeFile(temporary, content)).catch((error: unknown) => {
    throw new OutputError(
      `${path} could not be written (${(error as Error).message}); check that its folder exists, that you may write there and that the disk has room`,
    );
  });
}
