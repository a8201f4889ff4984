import type { Database, JSValue } from 'node-sqlite3-wasm';

/** Values of columns; the first is the key. */
export type ColumnValues = Readonly<Record<string, JSValue>>;

/**
 * Adds a row, or updates the one with its key where that differs.
 * @returns whether anything was written
 */
export function upsert(db: Database, table: string, values: ColumnValues): boolean {
  const names = Object.keys(values);
  const [key, ...others] = names;
  const differs = others.map((name) => `${name} IS NOT excluded.${name}`).join(' OR ');
  const update = others.map((name) => `${name} = excluded.${name}`).join(', ');
  const sql =
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) ` +
    `ON CONFLICT (${key}) DO UPDATE SET ${update} WHERE ${differs}`;
  return db.run(sql, Object.values(values)).changes > 0;
}

/**
 * Adds a row that gets its id from SQLite.
 * @returns the id
 */
export function insert(db: Database, table: string, values: ColumnValues): number {
  const names = Object.keys(values);
  const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  return Number(db.run(sql, Object.values(values)).lastInsertRowid);
}

export function countRows(db: Database, table: string): number {
  return Number((db.get(`SELECT count(*) AS n FROM ${table}`) as { n: number }).n);
}
