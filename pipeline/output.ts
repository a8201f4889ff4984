import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, basename } from 'node:path';
import { OutputError } from '../src/errors.ts';

/** Where panoramas go, largest first: the name as given for one, `<stem>-1.<ext>`, `<stem>-2.<ext>` … for several. */
export function panoramaPaths(output: string, count: number): string[] {
  if (count === 1) return [output];
  const extension = extname(output);
  const stem = join(dirname(output), basename(output, extension));
  return Array.from({ length: count }, (_, i) => `${stem}-${i + 1}${extension}`);
}

/**
 * Writes a file whole or not at all: beside, then renamed.
 * @throws OutputError naming the file where that is impossible.
 */
export async function writeWhole(path: string, content: string | Buffer): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new OutputError(
      `${path} could not be written (${(error as Error).message}); check that its folder exists, that you may write there and that the disk has room`,
    );
  }
}
