/** Features and matches as text, for COLMAP's importers. Pixels: colmap-pixels.ts. */
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { SfmFeatures, SfmSet } from '../../scene/sfm-set.ts';
import { keypointColumns, keypointRows, siftBytes, siftLength } from './colmap-features.ts';
import { matchRows } from './colmap-matches.ts';
import { writeFolder } from './write-folder.ts';

/** File of all matches, in the folder. */
export const colmapMatchesFile = 'matches.txt';

/**
 * Writes what COLMAP's importers read: `<photo>.txt` for each photo, in the same subfolders as the photos (`colmap
 * feature_importer --import_path folder`), then `matches.txt` with the matches that agree with a geometry (`colmap
 * matches_importer --match_list_path folder/matches.txt --match_type inliers --SiftMatching.use_gpu 0`: without the last,
 * COLMAP 3.8 sometimes never ends). COLMAP takes the cameras from EXIF or from its options; geometries are lost. The
 * folder appears whole or not at all.
 * @param folder must not exist, or be empty
 * @throws UsageError where the folder holds something, or for a photo whose name COLMAP's list of matches cannot hold;
 *   OutputError where it cannot be written; the signal's reason
 */
export async function writeColmapText(folder: string, set: SfmSet, signal?: AbortSignal): Promise<void> {
  for (const { name } of set.photos) requireListable(name);
  await writeFolder(
    folder,
    async (temporary) => {
      for (const [photo, { name }] of set.photos.entries()) {
        signal?.throwIfAborted();
        const path = join(temporary, `${name}.txt`);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, featuresText(await set.features(photo)), { flag: 'wx' });
      }
      await writeMatches(join(temporary, colmapMatchesFile), set, signal);
    },
    signal,
  );
}

/** COLMAP splits its lines at spaces, and a name must not lead out of the folder. */
function requireListable(name: string): void {
  if (/\s/.test(name)) {
    throw new UsageError(
      `${name}: COLMAP's list of matches cannot name a photo with a space in its name. Write a database (\`--colmap ` +
        'database.db`), which can, or rename the photo.',
    );
  }
  if (name.split(/[/\\]/).some((part) => part === '' || part === '.' || part === '..')) {
    throw new UsageError(`${name}: expected the path of a photo within its folder, such as day1/a.jpg.`);
  }
}

/** A line with the count and the length of descriptors; then x y scale orientation and the descriptor a keypoint. */
function featuresText(features: SfmFeatures): string {
  const rows = keypointRows(features);
  const bytes = siftBytes(features);
  const lines = Array.from({ length: features.count }, (_, i) => {
    const place = [...rows.subarray(keypointColumns * i, keypointColumns * (i + 1))].map(shortest);
    return [...place, ...bytes.subarray(siftLength * i, siftLength * (i + 1))].join(' ');
  });
  return `${[`${features.count} ${siftLength}`, ...lines].join('\n')}\n`;
}

/** Nine digits tell every 32-bit float from the next. */
const shortest = (value: number): number => Number(value.toPrecision(9));

/** For each pair with inliers the two names, a line a match, and an empty line. */
async function writeMatches(path: string, set: SfmSet, signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const { a, b, matches, inliers } of set.pairs()) {
      signal?.throwIfAborted();
      if (inliers.length === 0) continue;
      const rows = matchRows(matches, false, inliers);
      const lines = Array.from(inliers, (_, k) => `${rows[2 * k]} ${rows[2 * k + 1]}`);
      await file.writeFile(`${set.photos[a].name} ${set.photos[b].name}\n${lines.join('\n')}\n\n`);
    }
  } finally {
    await file.close();
  }
}
