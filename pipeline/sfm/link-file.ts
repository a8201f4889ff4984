import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OutputError } from '../../src/errors.ts';
import type { PlaceLinks } from '../../src/scene/settle-places.ts';

/** Links between places, written once and read in every sweep. */
export interface LinkFile {
  append(links: PlaceLinks): Promise<void>;
  /** In the order in which they were appended. */
  read(): AsyncGenerator<PlaceLinks, void, undefined>;
  close(): Promise<void>;
}

/** Four-byte numbers a link: from, to, affinity, offset, size. */
const numbersPerLink = 9;

/**
 * A file of blocks of links, each an array after the other, gone when closed; those that killed runs left are removed.
 * @param folder the workspace
 * @throws OutputError, `append` too, where it cannot be written
 */
export async function createLinkFile(folder: string): Promise<LinkFile> {
  const place = join(folder, 'links');
  const path = join(place, `${randomUUID()}.tmp`);
  const fail = (error: Error): never => {
    throw new OutputError(
      `${path} could not be written (${error.message}); free some room or choose another --workspace`,
    );
  };
  const file = await openNew(place, path).catch(fail);
  const counts: number[] = [];
  return {
    async append({ from, to, affinity, offset, size }) {
      if (from.length === 0) return;
      const bytes = [from, to, affinity, offset, size].map(
        (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      );
      await file.appendFile(Buffer.concat(bytes)).catch(fail);
      counts.push(from.length);
    },
    async *read() {
      let position = 0;
      for (const count of counts) {
        const buffer = new ArrayBuffer(4 * numbersPerLink * count);
        await file.read(new Uint8Array(buffer), 0, buffer.byteLength, position);
        position += buffer.byteLength;
        const floats = (start: number, width: number): Float32Array =>
          new Float32Array(buffer, 4 * start * count, width * count);
        yield {
          from: new Uint32Array(buffer, 0, count),
          to: new Uint32Array(buffer, 4 * count, count),
          affinity: floats(2, 4),
          offset: floats(6, 2),
          size: floats(8, 1),
        };
      }
    },
    async close() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}

async function openNew(place: string, path: string): Promise<FileHandle> {
  await mkdir(place, { recursive: true });
  for (const name of await readdir(place)) await rm(join(place, name), { force: true });
  return open(path, 'wx+');
}
