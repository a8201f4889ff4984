import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError, UsageError } from '../errors.ts';
import { isNamed } from './is-named.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { readJsonFile } from '../read-json-file.ts';

/** A camera that is known. */
export interface PosedCamera {
  readonly width: number;
  readonly height: number;
  /** Pixels from directions; the centre of the top-left pixel is (0, 0). */
  readonly K: Matrix3;
  /** X_camera = R X_world + t. */
  readonly R: Matrix3;
  readonly t: readonly [number, number, number];
}

/** A photo whose camera is known. */
export interface PosedPhoto extends PosedCamera {
  readonly path: string;
}

/** Photos of one place with their cameras. */
export interface PosedScene {
  /** Name of its folder. */
  readonly name: string;
  readonly photos: readonly PosedPhoto[];
}

const row = z.tuple([z.number(), z.number(), z.number()]);
const matrix = z.tuple([row, row, row]);
const camerasSchema = z.object({
  pixelCentre: z.string(),
  cameras: z.array(
    z.object({
      image: z.string(),
      width: z.number(),
      height: z.number(),
      K: matrix,
      cameraFromWorld: z.object({ R: matrix, t: row }),
    }),
  ),
});

/**
 * The scenes of a folder, by name: sub-folders with `cameras.json` and `images`.
 * @param only names, separated by commas, in which `*` stands for any letters; all without it
 * @throws UsageError where the folder holds none, DataError naming the file that is not as expected
 */
export async function readPosedScenes(folder: string, only?: string): Promise<PosedScene[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`expected a folder of scenes but ${folder} cannot be read as a folder (${error.code})`);
  });
  const scenes: PosedScene[] = [];
  for (const name of entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()) {
    if (only !== undefined && !isNamed(name, only)) continue;
    const scene = await readScene(folder, name);
    if (scene !== null) scenes.push(scene);
  }
  if (scenes.length > 0) return scenes;
  throw new UsageError(`${folder} holds no scenes: expected folders with cameras.json and images`);
}

async function readScene(parent: string, name: string): Promise<PosedScene | null> {
  const cameras = await readPosedCameras(join(parent, name, 'cameras.json'));
  if (cameras === null) return null;
  const photos = cameras.map(({ image, ...camera }) => ({ ...camera, path: join(parent, name, 'images', image) }));
  return { name, photos };
}

/**
 * The cameras of photos by the photos' names, from a file `cameras.json`; null where there is none.
 * @throws DataError naming the file where it is not as expected
 */
export async function readPosedCameras(file: string): Promise<(PosedCamera & { readonly image: string })[] | null> {
  const content = await readJsonFile(file, camerasSchema, 'restore it');
  if (content === null) return null;
  if (!/\(0, ?0\)/.test(content.pixelCentre)) {
    throw new DataError(
      `${file}: expected pixels whose top-left centre is (0,0), but it says "${content.pixelCentre}"`,
    );
  }
  return content.cameras.map(({ image, width, height, K, cameraFromWorld: { R, t } }) => ({
    image,
    width,
    height,
    K: K.flat() as unknown as Matrix3,
    R: R.flat() as unknown as Matrix3,
    t,
  }));
}
