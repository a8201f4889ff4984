import { mkdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SfmCamera, SfmSet } from '../../scene/sfm-set.ts';
import { picklePairs } from './numpy-pickle.ts';
import { toOpenSfmCamera } from './opensfm-cameras.ts';
import { openSfmFeatures } from './opensfm-features.ts';
import { namePhotos, type NamedPhotos } from './photo-names.ts';
import { writeFolder } from './write-folder.ts';

/**
 * A data set for OpenSfM to go on with (`opensfm create_tracks FOLDER`, then `opensfm reconstruct FOLDER`; not
 * `opensfm_run_all`, which would match again): `image_list.txt`, `camera_models.json` and the same as
 * `camera_models_overrides.json` (with which `opensfm extract_metadata` keeps them), `exif/IMG.exif`,
 * `features/IMG.features.npz` and `matches/IMG_matches.pkl.gz` (`dataset.py`). It needs no `config.yaml`, and makes
 * `reference_lla.json` itself.
 *
 * Pixel origin: coordinates are normalised, from the middle of the image: see `opensfm-cameras.ts`.
 *
 * OpenSfM knows a photo by its file's name without folders, so these differ here. It has one list of matches a pair,
 * those that agree with a geometry; they stand in the file of the pair's first photo.
 */
export interface OpenSfmOptions {
  /** Where the photos are: `name` of a photo is relative to it. */
  readonly photoFolder: string;
  /** Colours of a photo's keypoints, `count × 3`, red, green, blue, for the points of the reconstruction; else grey. */
  readonly colours?: (photo: number) => Promise<Uint8Array>;
  readonly signal?: AbortSignal;
}

/**
 * Writes the data set, whole or not at all; one photo and its pairs are in memory at a time.
 * @param folder must not exist, or be empty
 * @returns sentences about what the user should know
 * @throws UsageError where the folder holds something; OutputError where it cannot be written; the signal's reason
 */
export async function writeOpenSfm(
  folder: string,
  set: SfmSet,
  { photoFolder, colours, signal }: OpenSfmOptions,
): Promise<readonly string[]> {
  const notes: string[] = [];
  await writeFolder(
    folder,
    async (temporary) => {
      const given = set.photos.map(({ name }) => name);
      const named = await namePhotos(given, photoFolder, (name) => posix.basename(name), folder, temporary);
      if (named.note !== null) notes.push(named.note);
      await writeScene(temporary, set, named);
      const names = named.names.map((name) => posix.basename(name));
      await mkdir(join(temporary, 'features'));
      for (const [i, name] of names.entries()) {
        signal?.throwIfAborted();
        const bytes = openSfmFeatures(await set.features(i), set.photos[i], (await colours?.(i)) ?? null);
        await writeFile(join(temporary, 'features', `${name}.features.npz`), bytes);
      }
      await writeMatches(join(temporary, 'matches'), set, names, signal);
    },
    signal,
  );
  return notes;
}

async function writeScene(folder: string, { cameras, photos }: SfmSet, named: NamedPhotos): Promise<void> {
  const lines = named.names.map((name) => `${posix.join(named.folder.replaceAll('\\', '/'), name)}\n`);
  await writeFile(join(folder, 'image_list.txt'), lines.join(''));
  const models = json(Object.fromEntries(cameras.map((camera, i) => [cameraId(camera, i), toOpenSfmCamera(camera)])));
  await writeFile(join(folder, 'camera_models.json'), models);
  await writeFile(join(folder, 'camera_models_overrides.json'), models);
  await mkdir(join(folder, 'exif'));
  for (const [i, { width, height, camera }] of photos.entries()) {
    const { projection_type, ...model } = toOpenSfmCamera(cameras[camera]);
    const exif = {
      make: 'unknown',
      model: 'unknown',
      width,
      height,
      projection_type,
      // 0 is how OpenSfM says that the photo does not tell.
      focal_ratio: cameras[camera].isFocalKnown ? (model.focal ?? model.focal_x) : 0,
      orientation: 1,
      capture_time: 0,
      gps: {},
      camera: cameraId(cameras[camera], camera),
    };
    await writeFile(join(folder, 'exif', `${posix.basename(named.names[i])}.exif`), json(exif));
  }
}

/** Like OpenSfM's ids (`exif.py`, `camera_id`): version, make, model, size, type and focal length. */
function cameraId(camera: SfmCamera, index: number): string {
  const { width, height, projection_type: type, focal, focal_x } = toOpenSfmCamera(camera);
  return `v2 unknown camera ${index + 1} ${width} ${height} ${type} ${(focal ?? focal_x ?? 0).toFixed(4)}`;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 4)}\n`;
}

async function writeMatches(
  folder: string,
  set: SfmSet,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(folder);
  let photo = 0;
  let matches = new Map<string, Uint32Array>();
  /** Writes the files of all photos before this one. */
  const writeUpTo = async (end: number): Promise<void> => {
    for (; photo < end; photo++) {
      const bytes = await promisify(gzip)(picklePairs(matches));
      await writeFile(join(folder, `${names[photo]}_matches.pkl.gz`), bytes);
      matches = new Map();
    }
  };
  for await (const pair of set.pairs()) {
    signal?.throwIfAborted();
    await writeUpTo(pair.a);
    if (pair.inliers.length === 0) continue;
    const of = (k: number): number => pair.matches[2 * pair.inliers[k >> 1] + (k & 1)];
    matches.set(
      names[pair.b],
      Uint32Array.from({ length: 2 * pair.inliers.length }, (_, k) => of(k)),
    );
  }
  await writeUpTo(set.photos.length);
}
