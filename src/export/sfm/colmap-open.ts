import { existsSync, rmSync } from 'node:fs';
import { copyFile, mkdtemp, open, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { DataError, OutputError, TesseraError, UsageError } from '../../errors.ts';
import { colmapTables, tablesOf } from './colmap-schema.ts';

/** SQLite's file format: the first bytes of a database and of a journal that has still to be rolled back. */
const databaseMagic = Buffer.from('SQLite format 3\0', 'latin1');
const journalMagic = Buffer.from('d9d505f920a163d7', 'hex');

/** The file beside a database with changes that are not in it yet; COLMAP leaves one when it is killed. */
export const walOf = (path: string): string => `${path}-wal`;

/**
 * Checks what can be told without SQLite.
 * @throws UsageError where there is no such file; DataError where it is no database, or one left half changed
 */
export async function requireDatabaseFile(path: string): Promise<void> {
  const start = await firstBytes(path, databaseMagic.length);
  if (start === null) throw new UsageError(`${path}: expected a database of COLMAP's but there is no such file.`);
  if (!start.equals(databaseMagic)) {
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
}

/**
 * Opens COLMAP's database, in WAL mode too. The caller closes it.
 * @param path what messages call it
 * @throws DataError where it is no database of COLMAP's, or a damaged one
 */
export function openColmapFile(file: string, access: 'read' | 'write', path: string): Database {
  const db = new sqlite.Database(file, access === 'read' ? { readOnly: true } : { fileMustExist: true });
  return closedOnError(db, () => {
    holdAlone(db);
    const tables = reading(path, () => tablesOf(db));
    const missing = colmapTables.filter((table) => !tables.has(table));
    if (missing.length === 0) return db;
    throw new DataError(
      `${path}: expected a database of COLMAP's (3.3 or later) but it has no table ${missing.join(', ')}.`,
    );
  });
}

/**
 * One lock until it is closed, as one a query is slow here. And without it, SQLite wants memory that is shared with other
 * processes for a database in WAL mode, which WebAssembly has not.
 */
export function holdAlone(db: Database): void {
  db.exec('PRAGMA locking_mode = exclusive');
}

/**
 * Opens COLMAP's database to be read, through links in a folder of its own: SQLite puts its lock, which stays where a
 * program is killed, beside the name that it is given.
 * @throws as {@link requireDatabaseFile} and {@link openColmapFile}
 */
export async function openColmapLinked(path: string): Promise<{ readonly db: Database; close(): void }> {
  await requireDatabaseFile(path);
  const folder = await mkdtemp(join(tmpdir(), 'tessera-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'database.db');
    await linkFile(resolve(path), file);
    if (existsSync(walOf(path))) await linkFile(resolve(walOf(path)), walOf(file));
    const db = openColmapFile(file, 'read', path);
    const close = (): void => {
      db.close();
      removeFolder();
    };
    return { db, close };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** Some systems give users no links (Windows). */
async function linkFile(target: string, place: string): Promise<void> {
  await symlink(target, place, 'file').catch(() => copyFile(target, place));
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

/** What `write` returns; errors of SQLite and of the file system become OutputErrors that name the file. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isLocked(error)) throw inUse(path);
    const isOurs = error instanceof sqlite.SQLite3Error || (error as NodeJS.ErrnoException)?.syscall !== undefined;
    if (!isOurs || error instanceof TesseraError) throw error;
    throw new OutputError(
      `${path} could not be written (${(error as Error).message}). Check that its folder is there and has space, or ` +
        'choose another place.',
    );
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
