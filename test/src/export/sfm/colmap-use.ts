import sqlite, { type Database } from 'node-sqlite3-wasm';
import { readColmapDatabase } from '../../../../src/export/sfm/colmap-read.ts';
import type { SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';

/** With blanks, letters of other scripts, folders and large endings. */
export const names = ['a.jpg', 'with space.jpg', 'größe 日本.jpg', 'day 1/left/a.jpg', 'day 1/right/a.jpg', 'z.JPG'];

/** The pairs of a set. */
export async function pairsOf(set: SfmSet): Promise<SfmPair[]> {
  const pairs: SfmPair[] = [];
  for await (const pair of set.pairs()) pairs.push(pair);
  return pairs;
}

/** What `look` sees of a database that was written. */
export async function readBack<T>(path: string, look: (set: SfmSet) => Promise<T>): Promise<T> {
  const set = await readColmapDatabase(path);
  try {
    return await look(set);
  } finally {
    set.close();
  }
}

/** What `use` does with a database by SQL. */
export function withDatabase<T>(file: string, use: (db: Database) => T): T {
  const db = new sqlite.Database(file);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** The set with other pairs; null leaves one out. */
export const withPairs = (set: SfmSet, change: (pair: SfmPair, k: number) => SfmPair | null): SfmSet => ({
  ...set,
  async *pairs() {
    let k = 0;
    for await (const pair of set.pairs()) {
      const changed = change(pair, k++);
      if (changed !== null) yield changed;
    }
  },
});
