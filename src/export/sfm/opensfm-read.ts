import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { DataError } from '../../errors.ts';
import { readJsonFile } from '../../read-json-file.ts';
import type { SfmPair, SfmPhoto, SfmSet } from '../../scene/sfm-set.ts';
import { unpicklePairs } from './numpy-unpickle.ts';
import { fromOpenSfmCamera, openSfmCameraSchema } from './opensfm-cameras.ts';
import { parseOpenSfmFeatures } from './opensfm-features.ts';
import { namesWithin } from './photo-names.ts';
import { readBytes, readBytesIfAny } from './read-bytes.ts';

const exifSchema = z.object({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  camera: z.string(),
  focal_ratio: z.number().optional(),
});

const modelsSchema = z.record(z.string(), openSfmCameraSchema);

/** Far more than the matches of one photo with thousands of others; a small file that unpacks to more is an attack. */
const largestMatches = 2 ** 31 - 1;

/**
 * Reads a data set of OpenSfM: what {@link writeOpenSfm} writes, and OpenSfM itself after `match_features`. All its
 * matches agree with a geometry, so all are inliers; OpenSfM stores neither the geometries (null here) nor
 * probabilities (1 here). A photo of `image_list.txt` is named relative to the folder that all have in common.
 * @throws DataError, naming the file, for one that is missing or damaged; those of a photo or a pair when they are read
 */
export async function readOpenSfm(folder: string): Promise<SfmSet> {
  const paths = await listPhotos(folder);
  const files = paths.map((path) => posix.basename(path));
  const remedy = 'run opensfm extract_metadata';
  const models = await readJsonFile(join(folder, 'camera_models.json'), modelsSchema, remedy);
  if (models === null) throw new DataError(`${folder}: camera_models.json is missing; ${remedy}.`);
  const ids = Object.keys(models);
  const known = new Set<string>();
  const photos: SfmPhoto[] = [];
  for (const [i, name] of namesWithin(paths).entries()) {
    const file = join(folder, 'exif', `${files[i]}.exif`);
    const exif = await readJsonFile(file, exifSchema, remedy);
    if (exif === null) throw new DataError(`${file}: no such file; ${remedy}.`);
    const camera = ids.indexOf(exif.camera);
    if (camera === -1) throw new DataError(`${file}: ${exif.camera} is not in camera_models.json; ${remedy}.`);
    if ((exif.focal_ratio ?? 0) > 0) known.add(exif.camera);
    photos.push({ name, width: exif.width, height: exif.height, camera });
  }
  return {
    cameras: ids.map((id) => fromOpenSfmCamera(models[id], known.has(id), `${folder}/camera_models.json: ${id}`)),
    photos,
    async features(photo) {
      const file = join(folder, 'features', `${files[photo]}.features.npz`);
      return parseOpenSfmFeatures(await readBytes(file, 'run opensfm detect_features'), photos[photo], file);
    },
    pairs: () => readPairs(folder, files),
  };
}

/** Paths of the photos: those of `image_list.txt`, else the names of those that have metadata. */
async function listPhotos(folder: string): Promise<string[]> {
  const list = await readFile(join(folder, 'image_list.txt'), 'utf8').catch(() => null);
  const lines = list?.split(/\r?\n/).filter((line) => line !== '');
  if (lines !== undefined) return lines.map((line) => line.replaceAll('\\', '/'));
  const exifs = await readdir(join(folder, 'exif')).catch(() => []);
  const names = exifs.filter((name) => name.endsWith('.exif')).map((name) => name.slice(0, -'.exif'.length));
  if (names.length > 0) return names.sort();
  throw new DataError(
    `${folder} is no data set of OpenSfM after extract_metadata: it has neither image_list.txt nor exif.`,
  );
}

async function* readPairs(folder: string, files: readonly string[]): AsyncGenerator<SfmPair> {
  const photoOf = new Map(files.map((file, i) => [file, i]));
  const partners = async (photo: number): Promise<Map<number, Uint32Array>> => {
    const matches = [...(await readMatches(folder, files[photo]))].filter(([, pairs]) => pairs.length > 0);
    return new Map(matches.flatMap(([file, pairs]) => (photoOf.has(file) ? [[photoOf.get(file)!, pairs]] : [])));
  };
  // Pairs that stand in the file of the later photo.
  const later = files.map((): number[] => []);
  for (const b of files.keys()) for (const a of (await partners(b)).keys()) if (a < b) later[a].push(b);
  for (const a of files.keys()) {
    const own = await partners(a);
    const others = new Set([...own.keys(), ...later[a]].filter((b) => b > a));
    for (const b of [...others].sort((first, second) => first - second)) {
      const swapped = own.has(b) ? undefined : (await partners(b)).get(a);
      yield pairOf(a, b, own.get(b) ?? Uint32Array.from(swapped ?? [], (_, k) => swapped![k ^ 1]));
    }
  }
}

function pairOf(a: number, b: number, matches: Uint32Array): SfmPair {
  const count = matches.length / 2;
  const probability = new Float32Array(count).fill(1);
  return { a, b, matches, probability, inliers: Uint32Array.from(probability.keys()), geometry: null };
}

/** Matches of a photo by the other photo's name; none where there is no file. */
async function readMatches(folder: string, name: string): Promise<Map<string, Uint32Array>> {
  const file = join(folder, 'matches', `${name}_matches.pkl.gz`);
  const packed = await readBytesIfAny(file, 'run opensfm match_features');
  if (packed === null) return new Map();
  const bytes = await promisify(gunzip)(packed, { maxOutputLength: largestMatches }).catch((error: Error) => {
    throw new DataError(`${file} cannot be unpacked (${error.message}); run opensfm match_features.`);
  });
  return unpicklePairs(bytes, file);
}
