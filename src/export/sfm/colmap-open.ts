import { open, stat } from 'node:fs/promises';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { DataError, OutputError, UsageError } from '../../errors.ts';
import { colmapTables, tablesOf } from './colmap-schema.ts';

/** SQLite's file format: the first bytes of a database and of a journal that has still to be rolled back. */
const databaseMagic = Buffer.from('SQLite format 3\0', 'latin1');
const journalMagic = Buffer.from('d9d505f920a163d7', 'hex');
/** Where a database says that it keeps changes in a file of their own (WAL): 2. */
const journalModeAt = 18;

/** The file beside a database with changes that are not in it yet; COLMAP leaves one when it is killed. */
export const walOf = (path: string): string => `${path}-wal`;

/**
 * Opens COLMAP's database, in WAL mode too. The caller closes it.
 * @throws UsageError where there is no such file; DataError where it is no database of COLMAP's, or a damaged one
 */
export async function openColmapDatabase(path: string, access: 'read' | 'write'): Promise<Database> {
  const header = await firstBytes(path, 100);
  if (header === null) throw new UsageError(`${path}: no such file. Expected a database of COLMAP's.`);
  if (!header.subarray(0, databaseMagic.length).equals(databaseMagic)) {
    throw new DataError(`${path}: expected a database of COLMAP's but this is no SQLite file.`);
  }
  // The library would take no notice of such a journal and show a database half changed.
  const journal = await firstBytes(`${path}-journal`, journalMagic.length);
  if (journal?.equals(journalMagic)) {
    throw new DataError(
      `${path}: a program was interrupted while it changed this database. Open it once with COLMAP or ` +
        '`sqlite3`, which undo the half change, and try again.',
    );
  }
  const isWal = header[journalModeAt] === 2 || (await firstBytes(walOf(path), 1)) !== null;
  return closedOnError(
    new sqlite.Database(path, access === 'read' ? { readOnly: true } : { fileMustExist: true }),
    (db) => {
      // Without it SQLite wants memory that it shares with other processes, which WebAssembly has not.
      if (isWal) db.exec('PRAGMA locking_mode = exclusive');
      const tables = reading(path, () => tablesOf(db));
      const missing = colmapTables.filter((table) => !tables.has(table));
      if (missing.length === 0) return db;
      throw new DataError(
        `${path}: expected a database of COLMAP's (3.3 or later) but it has no table ${missing.join(', ')}.`,
      );
    },
  );
}

/** The first bytes of a file, as many as there are; null where there is no file or it is a folder. */
async function firstBytes(path: string, count: number): Promise<Buffer | null> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.isDirectory()) return null;
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What `use` returns; the database is closed where it throws. */
export function closedOnError<T>(db: Database, use: (db: Database) => T): T {
  try {
    return use(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What `read` returns; errors of SQLite become DataErrors that name the file. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isLocked(error) ? inUse(path) : error instanceof sqlite.SQLite3Error ? damaged(path, error) : error;
  }
}

/** What `write` returns; errors of SQLite become OutputErrors that name the file. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isLocked(error)) throw inUse(path);
    if (!(error instanceof sqlite.SQLite3Error)) throw error;
    throw new OutputError(`${path} could not be written (${error.message}). Is the disk full?`);
  }
}

const isLocked = (error: unknown): boolean => error instanceof sqlite.SQLite3Error && /locked/.test(error.message);

/** The library locks by a folder, which stays where its program is killed. */
function inUse(path: string): OutputError {
  return new OutputError(
    `${path}: another program is using this database. Wait until it is done; if there is none, remove the folder ` +
      `${path}.lock.`,
  );
}

function damaged(path: string, { message }: Error): DataError {
  return new DataError(
    `${path}: SQLite could not read this database (${message}). It is damaged: restore or remake it.`,
  );
}
