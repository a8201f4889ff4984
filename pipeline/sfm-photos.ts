import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type PosedPhoto, resizePhoto, type SfmModel } from '../src/dataset/sfm/model.ts';
import { DataError } from '../src/errors.ts';
import type { DetectorName } from '../src/features/detect.ts';
import { listPhotos } from '../src/image/list-photos.ts';
import type { Observer } from './observer.ts';
import type { Pool } from './pool.ts';
import type { SfmView } from './sfm-matching.ts';

export interface DetectSettings {
  readonly detectors: readonly DetectorName[];
  readonly maxKeypoints: number;
  readonly maxPixels: number;
}

/** The photos of a reconstruction that can be used, and what the detectors found in them. */
export interface SfmPhotos {
  /** Its cameras belong to the photos at the size at which they were searched. */
  readonly model: SfmModel;
  readonly views: readonly SfmView[];
  /** Notes on photos left out. */
  readonly skipped: readonly string[];
}

/**
 * Searches the photos of a model. Those that are missing, damaged or not as they were reconstructed are left out with a
 * note, and so are photos of the folder that the model does not place.
 * @throws DataError where fewer than two photos are left
 */
export async function detectSfmPhotos(
  folder: string,
  model: SfmModel,
  settings: DetectSettings,
  pool: Pool,
  observe: Observer,
): Promise<SfmPhotos> {
  const names = new Set(model.photos.map(({ name }) => name));
  const skipped = (await listPhotos([folder]))
    .filter((path) => !names.has(basename(path)))
    .map((path) => `${path}: left out, the model does not place it`);
  const present = model.photos.filter(({ name }) => {
    const exists = existsSync(join(folder, name));
    if (!exists) skipped.push(`${join(folder, name)}: left out, the model places it but there is no such file`);
    return exists;
  });
  const found = await pool.map(
    'detectSfm',
    present.map(({ name, camera }) => ({ folder, name, camera, ...settings })),
    (done) => observe({ type: 'progress', stage: 'detect', done, total: present.length }),
  );
  const photos: PosedPhoto[] = [];
  const views: SfmView[] = [];
  found.forEach((result, i) => {
    if (result.kind === 'skipped') {
      skipped.push(`${result.reason} (left out)`);
      return;
    }
    result.keypoints.forEach((keypoints, d) =>
      views.push({ photo: photos.length, detector: settings.detectors[d], keypoints }),
    );
    photos.push(resizePhoto(present[i], result.width, result.height));
  });
  for (const text of skipped) observe({ type: 'message', level: 'warning', text });
  if (photos.length < 2) {
    throw new DataError(
      `${folder}: expected at least two photos of the model's ${model.photos.length} but can use ${photos.length}. ` +
        'Name the folder of photos that COLMAP was given as --image_path.',
    );
  }
  return { model: { ...model, photos }, views, skipped };
}
