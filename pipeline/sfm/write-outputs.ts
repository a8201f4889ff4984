import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { requireFree } from '../../src/dataset/write-patch-set.ts';
import { writeAliceVision } from '../../src/export/sfm/alicevision.ts';
import { writeColmapDatabase } from '../../src/export/sfm/colmap-database.ts';
import { requireDatabaseFile } from '../../src/export/sfm/colmap-open.ts';
import { writeColmapText } from '../../src/export/sfm/colmap-text.ts';
import { writeHloc } from '../../src/export/sfm/hloc.ts';
import { writeHuginProject } from '../../src/export/sfm/hugin.ts';
import { writeOpenMvg } from '../../src/export/sfm/openmvg.ts';
import { writeOpenSfm } from '../../src/export/sfm/opensfm.ts';
import { UsageError } from '../../src/errors.ts';
import type { SfmSet } from '../../src/scene/sfm-set.ts';
import { requireWritableFolders } from '../output.ts';
import type { SfmOptions } from '../sfm-options.ts';

/** Where results go. */
export type SfmOutputs = Pick<
  SfmOptions,
  'colmap' | 'colmapSchema' | 'colmapText' | 'openmvg' | 'opensfm' | 'hloc' | 'alicevision' | 'hugin' | 'report'
>;

const folderOutputs = ['colmapText', 'openmvg', 'opensfm', 'hloc', 'alicevision'] as const;

/**
 * Checks, before any work, that everything asked for can be written.
 * @throws UsageError naming what cannot; DataError where a database to be added to is none
 */
export async function requireOutputs(outputs: SfmOutputs): Promise<void> {
  const { colmap, hugin, report } = outputs;
  await requireWritableFolders([colmap, hugin, report]);
  for (const file of [colmap, hugin, report]) await requireNoFolder(file);
  if (colmap !== undefined && existsSync(colmap)) await requireDatabaseFile(colmap);
  for (const name of folderOutputs) {
    const folder = outputs[name];
    if (folder === undefined) continue;
    await requireFree(folder);
    await requireWritableFolders([nearestThere(resolve(folder))]);
  }
}

async function requireNoFolder(file: string | undefined): Promise<void> {
  if (file === undefined || !(await stat(file).catch(() => null))?.isDirectory()) return;
  throw new UsageError(`${file}: expected the name of a file, but this is a folder`);
}

/** The outermost folder that would have to be made: the one above it is there. */
function nearestThere(folder: string): string {
  return existsSync(dirname(folder)) ? folder : nearestThere(dirname(folder));
}

/**
 * Writes the set in every form asked for.
 * @returns what a user should know of what was written
 * @throws OutputError, UsageError as each exporter says
 */
export async function writeOutputs(
  set: SfmSet,
  photoFolder: string,
  outputs: SfmOutputs,
  signal?: AbortSignal,
): Promise<string[]> {
  const notes: string[] = [];
  const options = { photoFolder, signal };
  const { colmap, colmapSchema, colmapText, openmvg, opensfm, hloc, alicevision, hugin } = outputs;
  if (colmap !== undefined) {
    const changes = await writeColmapDatabase(colmap, set, { schema: colmapSchema, signal });
    const { photosKept, photosAdded, pairsKept, pairsUpdated, pairsAdded } = changes;
    notes.push(
      photosKept === 0
        ? `${colmap}: ${photosAdded} photos, ${pairsAdded} pairs`
        : `${colmap}: ${photosAdded} photos and ${pairsAdded} pairs added to ${photosKept} and ${pairsKept + pairsUpdated}`,
    );
  }
  if (colmapText !== undefined) await writeColmapText(colmapText, set, signal);
  if (openmvg !== undefined) notes.push(...(await writeOpenMvg(openmvg, set, options)));
  if (opensfm !== undefined) notes.push(...(await writeOpenSfm(opensfm, set, options)));
  if (hloc !== undefined) notes.push(...(await writeHloc(hloc, set, { signal })));
  if (alicevision !== undefined) notes.push(...(await writeAliceVision(alicevision, set, options)));
  if (hugin !== undefined) notes.push(...(await writeHuginProject(hugin, set, options)));
  return notes;
}
