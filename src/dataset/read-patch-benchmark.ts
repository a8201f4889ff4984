import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, UsageError } from '../errors.ts';
import type { PatchBenchmark } from '../evaluation/patch-benchmark.ts';
import { infoFile } from './brown/info.ts';
import { readKeypointBenchmark, type KeypointBenchmarkOptions } from './keypoint-benchmark.ts';
import { readPatchSetBenchmark } from './patch-set-benchmark.ts';

export interface PatchBenchmarkOptions extends Omit<KeypointBenchmarkOptions, 'photos'> {
  /** Where the photos of a benchmark kept as keypoints lie; default `../homography` beside it. */
  readonly photos?: string;
  /** Called with what was chosen or left out, for people. */
  readonly note?: (text: string) => void;
}

/**
 * Reads what patch networks are measured on: a folder of patches in Brown's format, or one of keypoints, whose patches are
 * cut from photos.
 * @throws UsageError where the folder cannot be read, or its patches do not have the side asked for
 * @throws DataError naming what is missing or not as expected, and PhotoError
 */
export async function readPatchBenchmark(folder: string, options: PatchBenchmarkOptions): Promise<PatchBenchmark> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`expected a folder of patches but ${folder} cannot be read as a folder (${error.code})`);
  });
  if (names.some((name) => name.endsWith('.keypoints.csv'))) {
    return readKeypointBenchmark(folder, { ...options, photos: options.photos ?? join(folder, '../homography') });
  }
  if (names.includes(infoFile)) return readPatchSetBenchmark(folder, options);
  throw new DataError(
    `${folder} holds no patches: expected Brown's format (patches0000.bmp …, info.txt, m50_*.txt) or keypoints (anchors.csv, <sequence>.<k>.keypoints.csv).`,
  );
}
