import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import envPaths from 'env-paths';
import { writeWhole } from '../src/write-whole.ts';

/** A folder that keeps what was computed, by the hash of everything it depends on. */
export interface Workspace {
  /** What was kept under this key, or undefined. A damaged entry counts as absent. */
  get<T>(kind: string, key: string): Promise<T | undefined>;
  /** Whether something is kept under this key, be it damaged or not. */
  has(kind: string, key: string): Promise<boolean>;
  /** Keeps a value of plain data and typed arrays. Failure to write is reported once and never stops the work. */
  put(kind: string, key: string, value: unknown): Promise<void>;
  /** Removes the entries that were not used for longest until the folder is within its bound. */
  trim(): Promise<void>;
}

/** Keeps nothing: `--no-cache`. */
export const noWorkspace: Workspace = {
  get: () => Promise.resolve(undefined),
  has: () => Promise.resolve(false),
  put: () => Promise.resolve(),
  trim: () => Promise.resolve(),
};

/** `tessera` in the user's cache folder; never in the photo folder. */
export function defaultWorkspaceFolder(): string {
  return envPaths('tessera', { suffix: '' }).cache;
}

/** The name of an entry: SHA-256 over everything the entry depends on. */
export function cacheKey(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Numbers as a part of a key. */
export function bytesForKey({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** SHA-256 of a file: a network replaced under the same name must not find old results. */
export async function fileHash(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/**
 * Opens (and makes) a workspace. Entries are written beside and renamed, so that a kill at any moment leaves whole entries.
 * @param maxBytes bound kept by `trim`
 * @param warn told once that nothing can be written, and why; whoever cannot do without the workspace throws there
 */
export async function openWorkspace(
  folder: string,
  maxBytes: number,
  warn: (text: string, reason: string) => void,
): Promise<Workspace> {
  let writable = true;
  const fail = (error: unknown): void => {
    const reason = (error as Error).message;
    if (writable) warn(`the workspace ${folder} cannot be written (${reason}); going on without it`, reason);
    writable = false;
  };
  await mkdir(folder, { recursive: true }).catch(fail);
  const fileOf = (kind: string, key: string): string => join(folder, kind, key.slice(0, 2), `${key}.bin`);
  return {
    async get<T>(kind: string, key: string): Promise<T | undefined> {
      const file = fileOf(kind, key);
      try {
        const value = deserialize(await readFile(file)) as T;
        const now = new Date();
        // The time of last use orders the entries for `trim`; a read-only workspace keeps its old one.
        await utimes(file, now, now).catch(() => undefined);
        return value;
      } catch {
        return undefined;
      }
    },
    has: (kind, key) =>
      access(fileOf(kind, key)).then(
        () => true,
        () => false,
      ),
    async put(kind, key, value) {
      if (!writable) return;
      const file = fileOf(kind, key);
      try {
        await mkdir(join(folder, kind, key.slice(0, 2)), { recursive: true });
        await writeWhole(file, (temporary) => writeFile(temporary, serialize(withoutSharedMemory(value))));
      } catch (error) {
        fail(error);
      }
    },
    trim: () => trimFolder(folder, maxBytes).catch(fail),
  };
}

/** Shared memory cannot be serialised: typed arrays over it are copied. */
function withoutSharedMemory(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return value.buffer instanceof SharedArrayBuffer ? (value as Uint8Array).slice() : value;
  }
  if (Array.isArray(value)) return value.map(withoutSharedMemory);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutSharedMemory(part)]));
  }
  return value;
}

async function trimFolder(folder: string, maxBytes: number): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  const entries: { file: string; size: number; used: number }[] = [];
  // Without a bound nobody asks for sizes: a workspace of a large set has a file a pair.
  const counted = maxBytes === Infinity ? /\.tmp$/ : /\.(bin|tmp)$/;
  for (const name of names) {
    if (!counted.test(name)) continue;
    const file = join(folder, name);
    const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
    entries.push({ file, size, used: mtimeMs });
  }
  entries.sort((a, b) => b.used - a.used);
  let total = 0;
  const hour = 3_600_000;
  for (const { file, size, used } of entries) {
    total += size;
    // What a killed run left half-written is removed once nobody can still be writing it.
    const abandoned = file.endsWith('.tmp') && Date.now() - used > hour;
    if (total > maxBytes || abandoned) await rm(file, { force: true });
  }
}
