/**
 * COLMAP's `database.db` from an `SfmSet`. Pixels: colmap-pixels.ts. Of a pair the image with the smaller id comes first:
 * where that is photo b, columns of matches are swapped and geometries turned round.
 */
import { copyFile, rm, stat, writeFile } from 'node:fs/promises';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { OutputError } from '../../errors.ts';
import type { SfmSet } from '../../scene/sfm-set.ts';
import { writeWhole } from '../../write-whole.ts';
import { holdAlone, openColmapFile, requireDatabaseFile, walOf, writing } from './colmap-open.ts';
import { type ColmapSchema, createColmapTables } from './colmap-schema.ts';
import { type ColmapIds, writeColmapPhotos } from './colmap-write-photos.ts';
import { writeColmapPairs } from './colmap-write-pairs.ts';

export interface ColmapDatabaseOptions {
  /** Of a new database, 3.8 if left out; one that is there keeps its own. */
  readonly schema?: ColmapSchema;
  readonly signal?: AbortSignal;
  /** Steps: one a photo for its keypoints, then one a photo for its pairs with later photos. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What became of a database; of a new one everything is added. */
export interface ColmapDatabaseChanges {
  readonly photosKept: number;
  readonly photosAdded: number;
  /** Pairs of the set that were there, with the same matches and geometry. */
  readonly pairsKept: number;
  readonly pairsUpdated: number;
  readonly pairsAdded: number;
}

/**
 * Writes cameras, images, keypoints, matches and geometries as a database for COLMAP's mappers. Descriptors are not
 * written: they would take eight times the space of the keypoints, and no mapper reads them.
 *
 * Where there is a database at `path`, it grows: images and cameras keep their ids, and cameras their parameters; new
 * photos and pairs are added; places of keypoints, matches and geometries that differ are updated; nothing is removed but
 * keypoints that no detector found and that are not found any more, and matches of theirs.
 * It must not be in use. The file appears whole or stays as it was: a copy is changed and put in its place, as the
 * WebAssembly build of SQLite never rolls back a change that was interrupted.
 *
 * @throws UsageError, naming the image, where the database at `path` is of other photos or other keypoints; DataError
 *   where it is none of COLMAP's, or damaged; OutputError where it cannot be written; the signal's reason
 */
export async function writeColmapDatabase(
  path: string,
  set: SfmSet,
  options: ColmapDatabaseOptions = {},
): Promise<ColmapDatabaseChanges> {
  const { schema = '3', signal } = options;
  const isThere = await exists(path);
  if (isThere) await requireDatabaseFile(path);
  let changes: ColmapDatabaseChanges | undefined;
  const write = async (temporary: string): Promise<void> => {
    const db = isThere ? await openCopy(path, temporary) : await openNew(temporary);
    try {
      begin(db);
      if (!isThere) createColmapTables(db, schema);
      changes = await fill(db, path, set, options);
    } finally {
      db.close();
    }
    if (isThere) await emptyWal(path);
  };
  await writing(path, () => writeWhole(path, (temporary) => tidied(temporary, () => write(temporary)), signal));
  return changes!;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** SQLite would make a file that nobody else may read. */
async function openNew(path: string): Promise<Database> {
  await writeFile(path, '');
  return new sqlite.Database(path);
}

/** A copy with what is not in the original yet. */
async function openCopy(path: string, copy: string): Promise<Database> {
  await copyFile(path, copy);
  if (await exists(walOf(path))) await copyFile(walOf(path), walOf(copy));
  return openColmapFile(copy, 'write', path);
}

/** SQLite keeps files beside a database until it is closed in peace. */
async function tidied(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } finally {
    await rm(walOf(path), { force: true });
  }
}

/** Changes in the file beside a database go into it, lest SQLite take them for those of the one that replaces it. */
async function emptyWal(path: string): Promise<void> {
  if (!(await exists(walOf(path)))) return;
  const db = openColmapFile(path, 'write', path);
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
  const left = await stat(walOf(path)).catch(() => null);
  if (left !== null && left.size > 0) {
    throw new OutputError(`${path}: another program is using this database. Close it and try again.`);
  }
}

/** A database that is thrown away unless all goes well needs no journal. */
function begin(db: Database): void {
  holdAlone(db);
  db.exec('PRAGMA journal_mode = OFF; BEGIN');
}

async function fill(
  db: Database,
  path: string,
  set: SfmSet,
  { signal, onProgress }: ColmapDatabaseOptions,
): Promise<ColmapDatabaseChanges> {
  const photoCount = set.photos.length;
  let reported = -1;
  const step = (done: number): void => {
    signal?.throwIfAborted();
    if (done > reported) onProgress?.(done, 2 * photoCount);
    reported = done;
  };
  const ids: ColmapIds = await writeColmapPhotos(db, path, set, step);
  const pairs = await writeColmapPairs(db, path, set, ids, (photo) => step(photoCount + photo));
  // COLMAP 3.8 reads a database in its default mode on network disks as well.
  db.exec('COMMIT; PRAGMA journal_mode = DELETE');
  step(2 * photoCount);
  return { photosKept: ids.kept, photosAdded: photoCount - ids.kept, ...pairs };
}
