import { resolve } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.ts';
import { readJsonFile } from '../../read-json-file.ts';
import type { SfmCamera, SfmPhoto, SfmSet } from '../../scene/sfm-set.ts';
import { fromIntrinsic, intrinsicSchema, numberText, sfmDataVersion, toIntrinsic } from './alicevision-cameras.ts';
import { namesWithin } from './photo-names.ts';

/**
 * AliceVision's sfmData as JSON (`jsonIO.cpp`). Views and intrinsics are numbered from 1: AliceVision computes ids from
 * a photo's metadata only where a file has none (`viewIO.cpp`, `updateIncompleteView`), and takes any below 2³² − 1.
 */
export const firstId = 1;

/** The text of `cameraInit.sfm`: features and matches lie beside it. */
export function aliceVisionScene({ cameras, photos }: SfmSet, photoFolder: string): string {
  const scene = {
    version: sfmDataVersion.map(String),
    featuresFolders: ['.'],
    matchesFolders: ['.'],
    views: photos.map(({ name, width, height, camera }, i) => ({
      viewId: String(firstId + i),
      poseId: String(firstId + i),
      frameId: String(i),
      intrinsicId: String(firstId + camera),
      path: resolve(photoFolder, name).replaceAll('\\', '/'),
      width: String(width),
      height: String(height),
      metadata: {},
    })),
    intrinsics: cameras.map((camera, i) => toIntrinsic(camera, firstId + i)),
  };
  return `${JSON.stringify(scene, null, 4)}\n`;
}

const schema = z.object({
  version: z.tuple([numberText, numberText, numberText]),
  featuresFolders: z.array(z.string()).optional(),
  matchesFolders: z.array(z.string()).optional(),
  views: z.array(
    z.object({
      viewId: numberText,
      intrinsicId: numberText.optional(),
      path: z.string().min(1),
      width: numberText,
      height: numberText,
    }),
  ),
  intrinsics: z.array(intrinsicSchema),
});

export interface AliceVisionScene {
  readonly cameras: readonly SfmCamera[];
  readonly photos: readonly SfmPhoto[];
  /** Of each photo. */
  readonly viewIds: readonly number[];
  /** Absolute. */
  readonly featuresFolder: string;
  readonly matchesFolder: string;
}

/** @throws DataError, naming the file, where it is missing or not as AliceVision writes it */
export async function readAliceVisionScene(folder: string, file: string): Promise<AliceVisionScene> {
  const remedy = 'expected the file that aliceVision_cameraInit writes';
  const scene = await readJsonFile(file, schema, remedy);
  if (scene === null) throw new DataError(`${file}: no such file; ${remedy}.`);
  const cameraOf = new Map(scene.intrinsics.map(({ intrinsicId }, i) => [intrinsicId, i]));
  const views = [...scene.views].sort((a, b) => a.viewId - b.viewId);
  const names = namesWithin(views.map(({ path }) => path.replaceAll('\\', '/')));
  const photos = views.map(({ intrinsicId, path, width, height }, i) => {
    const camera = cameraOf.get(intrinsicId ?? -1);
    if (camera === undefined) {
      throw new DataError(
        `${file}: the photo ${path} has the intrinsic ${intrinsicId ?? 'none'}, which is not there; ${remedy}.`,
      );
    }
    return { name: names[i], width, height, camera };
  });
  return {
    cameras: scene.intrinsics.map((intrinsic) => fromIntrinsic(intrinsic, scene.version, file)),
    photos,
    viewIds: views.map(({ viewId }) => viewId),
    featuresFolder: resolve(folder, scene.featuresFolders?.[0] ?? '.'),
    matchesFolder: resolve(folder, scene.matchesFolders?.[0] ?? '.'),
  };
}
