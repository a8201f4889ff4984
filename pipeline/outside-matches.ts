import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';
import { DataError, UsageError } from '../src/errors.ts';
import { readColmapDatabase } from '../src/export/sfm/colmap-read.ts';
import { pairPoints, placesReader } from '../src/export/sfm/pair-points.ts';
import { readHloc } from '../src/export/sfm/read-hloc.ts';
import { type HuginProject, readHuginProject } from '../src/export/sfm/read-hugin.ts';
import { isTurned, readStoredPixels, type StoredPixels, uprightPixel } from '../src/image/orientation.ts';
import type { SfmSet } from '../src/scene/sfm-set.ts';
import type { MatchedPhoto, PhotoMatches } from './stitch-matches.ts';

/** Another program's matches, as `stitchMatches` takes them. */
export interface OutsideMatches {
  /** Those of the other program's photos that the folder holds. */
  readonly photos: readonly MatchedPhoto[];
  readonly matches: readonly Extract<PhotoMatches, { points: unknown }>[];
  /** Names of those it does not hold. */
  readonly missing: readonly string[];
}

/**
 * Reads what another program matched: a Hugin project (`.pto`), a database of COLMAP (`.db`), or a folder of hloc.
 * @param photoFolder where the photos are
 * @throws UsageError where the file is missing or of no known kind; DataError where it is damaged or about other photos
 */
export async function readOutsideMatches(photoFolder: string, source: string): Promise<OutsideMatches> {
  const isFolder = await stat(source).then(
    (stats) => stats.isDirectory(),
    () => {
      throw new UsageError(`${source}: no such file or folder. Expected another program's matches.`);
    },
  );
  if (isFolder) return matchesOfSet(photoFolder, await readHloc(source), source);
  const extension = extname(source).toLowerCase();
  if (extension === '.pto') return matchesOfHugin(photoFolder, await readHuginProject(source), source);
  if (extension !== '.db') {
    throw new UsageError(`${source}: expected a Hugin project (.pto), a COLMAP database (.db) or a folder of hloc.`);
  }
  const database = await readColmapDatabase(source);
  try {
    return await matchesOfSet(photoFolder, database, source);
  } finally {
    database.close();
  }
}

/** The inliers of every pair, or all matches where the program did not tell which agree. */
export async function matchesOfSet(photoFolder: string, set: SfmSet, source: string): Promise<OutsideMatches> {
  const found = await findPhotos(photoFolder, set.photos, source);
  const placesOf = placesReader(set);
  const matches: OutsideMatches['matches'][number][] = [];
  for await (const pair of set.pairs()) {
    const { a, b, inliers, probability } = pair;
    const chosen = inliers.length > 0 ? inliers : Uint32Array.from(probability.keys());
    if (chosen.length === 0 || found.index[a] < 0 || found.index[b] < 0) continue;
    matches.push(found.pair(a, b, pairPoints(pair, chosen, await placesOf(a), await placesOf(b))));
  }
  return { photos: found.photos, matches, missing: found.missing };
}

/** The control points. */
export async function matchesOfHugin(
  photoFolder: string,
  { photos, controlPoints }: HuginProject,
  source: string,
): Promise<OutsideMatches> {
  const named = photos.map(({ path, ...photo }) => ({ ...photo, name: nameWithin(photoFolder, path) }));
  const found = await findPhotos(photoFolder, named, source);
  const pairs = new Map<string, { a: number; b: number; points: number[] }>();
  for (const { a, b, xa, ya, xb, yb } of controlPoints) {
    // Of a pair Hugin may name either photo first.
    const [key, entry, point] =
      a < b
        ? [`${a} ${b}`, { a, b, points: [] }, [xa, ya, xb, yb]]
        : [`${b} ${a}`, { a: b, b: a, points: [] }, [xb, yb, xa, ya]];
    if (found.index[a] < 0 || found.index[b] < 0) continue;
    if (!pairs.has(key)) pairs.set(key, entry);
    pairs.get(key)!.points.push(...point);
  }
  const matches = [...pairs.values()].map(({ a, b, points }) => found.pair(a, b, Float64Array.from(points)));
  return { photos: found.photos, matches, missing: found.missing };
}

/** Relative to the folder where the photo lies in it. Projects made on Windows have backslashes. */
function nameWithin(photoFolder: string, path: string): string {
  const name = relative(resolve(photoFolder), path).replaceAll('\\', '/');
  return name.startsWith('../') ? name.split('/').at(-1)! : name;
}

interface NamedPhoto {
  readonly name: string;
  /** Px, of the file's picture or of the upright photo. */
  readonly width: number;
  readonly height: number;
}

interface FoundPhotos {
  readonly photos: readonly MatchedPhoto[];
  readonly missing: readonly string[];
  /** Of each named photo, in `photos`; −1: missing. */
  readonly index: readonly number[];
  /** Matches of two named photos, both found, between upright photos. */
  pair(a: number, b: number, points: Float64Array): OutsideMatches['matches'][number];
}

/**
 * Finds photos by their names in the folder, or else by the last part of their names.
 * @throws UsageError where there is no such folder or no name; DataError where the folder holds none of them, one of another size, or one
 * for two names
 */
async function findPhotos(folder: string, named: readonly NamedPhoto[], source: string): Promise<FoundPhotos> {
  const inside = await readdir(folder).catch(() => {
    throw new UsageError(`${folder}: no such folder. Expected the photos that ${source} was made of.`);
  });
  const index: number[] = [];
  const photos: MatchedPhoto[] = [];
  const missing: string[] = [];
  const stored: (StoredPixels | null)[] = [];
  const nameOf = new Map<string, string>();
  for (const { name, width, height } of named) {
    const place = placeOf(folder, inside, name);
    if (place === null) {
      missing.push(name);
      index.push(-1);
      stored.push(null);
      continue;
    }
    const other = nameOf.get(place);
    if (other !== undefined) {
      throw new DataError(
        `${source}: photos ${other} and ${name} would both be ${place}. Name the folder that holds both.`,
      );
    }
    nameOf.set(place, name);
    index.push(photos.push({ path: place }) - 1);
    stored.push(await turnOf(place, width, height, source));
  }
  if (named.length === 0) throw new UsageError(`${source}: holds neither photos nor matches. Match photos first.`);
  if (photos.length === 0) {
    throw new DataError(
      `${folder}: holds none of the ${named.length} photos of ${source}, such as ${named[0].name}. Name their folder.`,
    );
  }
  return {
    photos,
    missing,
    index,
    pair: (a, b, points) => ({ a: index[a], b: index[b], points: upright(points, stored[a], stored[b]) }),
  };
}

function placeOf(folder: string, inside: readonly string[], name: string): string | null {
  if (existsSync(join(folder, name))) return join(folder, name);
  // Systems differ in how they write accents.
  const last = name.split(/[\\/]/).at(-1)!.normalize();
  const same = inside.find((entry) => entry.normalize() === last);
  return same === undefined ? null : join(folder, same);
}

/**
 * How to turn the program's pixels upright; null where they are. Programs take photos as the files store them; where a photo's size
 * says otherwise, as upright.
 */
async function turnOf(path: string, width: number, height: number, source: string): Promise<StoredPixels | null> {
  const stored = await readStoredPixels(path);
  // Stitching tells why it cannot be read.
  if (stored === null) return null;
  if (stored.width === width && stored.height === height) return stored;
  if (isTurned(stored) && stored.width === height && stored.height === width) return null;
  throw new DataError(
    `${path} has ${stored.width} × ${stored.height} pixels, but ${source} was made of one of ${width} × ${height}. ` +
      'Name the folder of the photos that were matched.',
  );
}

function upright(points: Float64Array, first: StoredPixels | null, second: StoredPixels | null): Float64Array {
  const turned = points.slice();
  for (let i = 0; i < points.length; i += 2) {
    const stored = i % 4 === 0 ? first : second;
    if (stored !== null) turned.set(uprightPixel(stored, points[i], points[i + 1]), i);
  }
  return turned;
}
