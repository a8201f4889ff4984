import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sqlite from 'node-sqlite3-wasm';
import { readColmapDatabase } from '../../../src/export/sfm/colmap-read.ts';
import type { SfmFeatures, SfmPair, SfmSet } from '../../../src/scene/sfm-set.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
/** Five photos from one place: each overlaps with its neighbours. */
export const row = join(fixtures, 'panoramas/row');
/** A plane seen from three places. */
export const plane = join(fixtures, 'pairs/plane-moderate');
/** Six photos of a square, 800×600, whose cameras are known. */
export const square = join(fixtures, 'scenes/square');

/** A photo takes a quarter of a second, a pair less. */
export const fast = { quality: 'fast', device: 'cpu', detectMegapixels: 0.15, maxKeypoints: 600, quiet: true } as const;
export const fastFlags = '--quality fast --device cpu --detect-megapixels 0.15 --max-keypoints 600'.split(' ');

/** As `fast`, with everything that is done by default: tracks are completed where matches are refined. */
export const normal = { ...fast, quality: 'normal' } as const;
export const normalFlags = fastFlags.map((flag) => (flag === 'fast' ? 'normal' : flag));

/** The built command line: what a user runs. */
export const cliFile = fileURLToPath(new URL('../../../dist/pipeline/cli.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param whenSaid told what is on stderr whenever there is more */
export function tessera(
  args: readonly string[],
  whenSaid?: (kill: (signal: NodeJS.Signals) => void, stderr: string) => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cliFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
      whenSaid?.((signal) => child.kill(signal), stderr);
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Copies photos into a folder under other names, which may hold folders. */
export async function copyPhotos(folder: string, from: string, names: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(names)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await copyFile(join(from, source), join(folder, name));
  }
}

/** What `look` sees of a database. */
export async function readDatabase<T>(path: string, look: (set: SfmSet) => Promise<T>): Promise<T> {
  const set = await readColmapDatabase(path);
  try {
    return await look(set);
  } finally {
    set.close();
  }
}

export interface NamedPair extends SfmPair {
  readonly names: readonly [string, string];
}

export interface Content {
  readonly names: readonly string[];
  readonly features: ReadonlyMap<string, SfmFeatures>;
  /** By "a|b". */
  readonly pairs: ReadonlyMap<string, NamedPair>;
  readonly set: Pick<SfmSet, 'cameras' | 'photos'>;
}

/** Everything a database says, by names. */
export const contentOf = (path: string): Promise<Content> =>
  readDatabase(path, async (set) => {
    const names = set.photos.map(({ name }) => name);
    const features = new Map<string, SfmFeatures>();
    for (const [i, name] of names.entries()) features.set(name, await set.features(i));
    const pairs = new Map<string, NamedPair>();
    for await (const pair of set.pairs()) {
      const of = [names[pair.a], names[pair.b]] as const;
      pairs.set(of.join('|'), { ...pair, names: of });
    }
    const { cameras, photos } = set;
    return { names, features, pairs, set: { cameras, photos } };
  });

/** x1, y1, x2, y2 of each inlier. */
export function inlierPoints({ features }: Content, { names, matches, inliers }: NamedPair): number[][] {
  const [a, b] = names.map((name) => features.get(name)!);
  return [...inliers].map((m) => {
    const [i, j] = [matches[2 * m], matches[2 * m + 1]];
    return [a.x[i], a.y[i], b.x[j], b.y[j]];
  });
}

/** Every row of every table, images and pairs by their names, blobs byte for byte. */
export function rowsOf(path: string): Record<string, unknown[]> {
  const db = new sqlite.Database(path, { readOnly: true });
  try {
    const images = db.all('SELECT image_id, name FROM images') as { image_id: number; name: string }[];
    const nameOf = new Map(images.map(({ image_id: id, name }) => [id, name]));
    const tables = (db.all("SELECT name FROM sqlite_master WHERE type = 'table'") as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('sqlite_'))
      .sort();
    return Object.fromEntries(
      tables.map((table) => [
        table,
        (db.all(`SELECT * FROM ${table}`) as Record<string, unknown>[]).map((columns) => plain(columns, nameOf)).sort(),
      ]),
    );
  } finally {
    db.close();
  }
}

function plain(columns: Record<string, unknown>, nameOf: ReadonlyMap<number, string>): string {
  return Object.entries(columns)
    .map(([column, value]) => {
      if (column === 'image_id') return nameOf.get(value as number);
      if (column === 'pair_id') {
        const second = Number(value) % 2147483647;
        return `${nameOf.get((Number(value) - second) / 2147483647)} ${nameOf.get(second)}`;
      }
      return value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : String(value);
    })
    .join(' | ');
}
