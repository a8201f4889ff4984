import { readdir } from 'node:fs/promises';
import { DataError, UsageError } from '../errors.ts';
import { readAnchors } from './anchors.ts';
import { infoFile, readInfo } from './brown/info.ts';
import { readKeypointColumns } from './brown/keypoints-file.ts';
import { brownSide, mosaicName } from './brown/mosaics.ts';
import { readSetFile } from './brown/set-file.ts';
import type { UnreadPatchSet } from './patch-set.ts';

/**
 * Reads all of a set in the format of Brown and the UBC PhotoTour but its mosaics: `info.txt` ("<point> <photo>" a patch)
 * and what Tessera adds to it where it is there, `keypoints.csv`, `set.json` and `anchors.csv`.
 * @throws UsageError where the folder cannot be read; DataError naming what is missing or not as expected; the signal's
 *   reason once aborted
 */
export async function openPatchSet(folder: string, signal?: AbortSignal): Promise<UnreadPatchSet> {
  await requireSet(folder);
  const [ids, facts] = await Promise.all([readInfo(folder, signal), readSetFile(folder)]);
  const count = ids.point.length;
  const [keypoints, anchors] = await Promise.all([
    readKeypointColumns(folder, count, signal),
    readAnchors(folder, count),
  ]);
  return {
    folder,
    count,
    side: brownSide,
    ...ids,
    x: keypoints?.x ?? null,
    y: keypoints?.y ?? null,
    size: keypoints?.size ?? null,
    angle: keypoints?.angle ?? null,
    anchors,
    patchScale: facts?.patchScale ?? null,
    photoNames: facts?.photoNames ?? null,
  };
}

async function requireSet(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`expected a folder of patches but ${folder} cannot be read as a folder (${error.code})`);
  });
  if (names.includes(infoFile)) return;
  throw new DataError(
    `${folder} holds no set of patches: expected Brown's format (${mosaicName(0)} …, ${infoFile}); ` +
      'make one with "tessera dataset photos" or "tessera dataset sfm".',
  );
}
