import { rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { openTextSink, type TextSink } from '../../dataset/brown/text-sink.ts';
import type { SfmPair, SfmSet } from '../../scene/sfm-set.ts';
import { fitsSift, writeKeypointFiles } from './keypoint-files.ts';
import { unequalFocalNote } from './openmvg-cameras.ts';
import { openMvgDescriber, openMvgScene } from './openmvg-scene.ts';
import { namePhotos } from './photo-names.ts';
import { writeFolder } from './write-folder.ts';

/**
 * A folder for OpenMVG 2 (`openMVG_main_SfM -i FOLDER/sfm_data.json -m FOLDER -o OUT`): `sfm_data.json`,
 * `image_describer.json`, for each photo `<stem>.feat` and `<stem>.desc`, and lists of matches.
 *
 * Pixel origin: the centre of the top-left pixel is (0, 0), as ours (`Camera_undistort_image.hpp` and `sample.hpp` look
 * pixel (i, j) up at (i, j)). OpenMVG's own guess of the principal point, (w/2, h/2), is half a pixel off the middle;
 * ours is not.
 *
 * OpenMVG 2 finds a view's features by the stem of its file (`sfm_features_provider.hpp`), so stems differ here.
 */
export interface OpenMvgOptions {
  /** Where the photos are: `name` of a photo is relative to it. */
  readonly photoFolder: string;
  readonly signal?: AbortSignal;
}

/** Lists of matches, and what of a pair goes into them: `matches.f.txt` is what `openMVG_main_SfM` reads. */
const lists = {
  'matches.putative.txt': () => true,
  'matches.f.txt': ({ geometry }: SfmPair) => geometry !== null,
  'matches.e.txt': ({ geometry }: SfmPair) => geometry?.kind === 'calibrated',
  'matches.h.txt': ({ geometry }: SfmPair) => geometry !== null && 'homography' in geometry,
} as const;

const putativeList = 'matches.putative.txt';

/**
 * Writes the folder, whole or not at all; one photo and one pair are in memory at a time.
 * @param folder must not exist, or be empty
 * @returns sentences about what the user should know
 * @throws UsageError where the folder holds something; OutputError where it cannot be written; the signal's reason
 */
export async function writeOpenMvg(folder: string, set: SfmSet, options: OpenMvgOptions): Promise<readonly string[]> {
  const { photoFolder, signal } = options;
  const notes: (string | null)[] = [unequalFocalNote(set.cameras)];
  await writeFolder(
    folder,
    async (temporary) => {
      const given = set.photos.map(({ name }) => name);
      const named = await namePhotos(given, photoFolder, stemOf, folder, temporary);
      notes.push(named.note);
      await writeFile(join(temporary, 'sfm_data.json'), openMvgScene(set, named));
      await writeFile(join(temporary, 'image_describer.json'), openMvgDescriber());
      let lacksDescriptors = false;
      for (const [i, name] of named.names.entries()) {
        signal?.throwIfAborted();
        const features = await set.features(i);
        lacksDescriptors ||= !fitsSift(features);
        await writeKeypointFiles(temporary, stemOf(name), features);
      }
      if (lacksDescriptors) notes.push(descriptorNote);
      await writeLists(temporary, set, signal);
    },
    signal,
  );
  return notes.filter((note) => note !== null);
}

const descriptorNote =
  "There are no .desc files, as OpenMVG has no place for these descriptors: openMVG_main_SfM needs none, OpenMVG's own matching and filtering do.";

/** As OpenMVG names a view's files: up to the last dot, a dot at the start being none. */
export function stemOf(name: string): string {
  return posix.basename(name, posix.extname(name));
}

async function writeLists(folder: string, set: SfmSet, signal: AbortSignal | undefined): Promise<void> {
  const sinks: TextSink[] = [];
  const written = new Map<string, number>();
  const names = Object.keys(lists) as (keyof typeof lists)[];
  try {
    for (const name of names) sinks.push(await openTextSink(join(folder, name)));
    for await (const pair of set.pairs()) {
      signal?.throwIfAborted();
      for (const [n, name] of names.entries()) {
        const chosen = name === putativeList ? Uint32Array.from(pair.probability.keys()) : pair.inliers;
        // OpenMVG keeps no pair without matches.
        if (chosen.length === 0 || !lists[name](pair)) continue;
        await sinks[n].write(listText(pair, chosen));
        written.set(name, (written.get(name) ?? 0) + 1);
      }
    }
  } finally {
    for (const sink of sinks) await sink.close();
  }
  for (const name of ['matches.e.txt', 'matches.h.txt']) if (!written.has(name)) await rm(join(folder, name));
}

function listText({ a, b, matches }: SfmPair, chosen: Uint32Array): string {
  const lines = Array.from(chosen, (m) => `${matches[2 * m]} ${matches[2 * m + 1]}\n`);
  return `${a} ${b}\n${chosen.length}\n${lines.join('')}`;
}
