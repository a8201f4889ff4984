import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTextSink } from '../../dataset/brown/text-sink.ts';
import type { SfmPair, SfmSet } from '../../scene/sfm-set.ts';
import { aliceVisionScene, firstId } from './alicevision-scene.ts';
import { fitsSift, writeKeypointFiles } from './keypoint-files.ts';
import { writeFolder } from './write-folder.ts';

/**
 * A folder for AliceVision (`aliceVision_incrementalSfM -i FOLDER/cameraInit.sfm -o OUT.abc`): `cameraInit.sfm`, for each
 * photo `<viewId>.sift.feat` and `<viewId>.sift.desc`, `0.matches.txt` with the matches that agree with a geometry, and
 * `putativeMatches/0.matches.txt` with all (where `aliceVision_featureMatching --savePutativeMatches` puts them; of the
 * folder itself AliceVision reads every file whose name has `matches.txt` in it, and adds them up).
 *
 * Pixel origin: the centre of the top-left pixel is (0, 0), as ours (`cameraUndistortImage.hpp` and `Sampler.hpp` look
 * pixel (x, y) up at (x, y)).
 *
 * AliceVision knows a fixed list of types of features and refuses others, `unknown` too (`ImageDescriber.cpp`,
 * `createImageDescriber`). They differ in what a `.desc` holds. `sift` is ours: its 128 bytes hold our descriptors, it is
 * in every build, and it is what all programs look for unless `--describerTypes` says otherwise. (Meshroom's nodes look
 * for `dspsift`: there, set Describer Types to `sift`.)
 */
export const describerType = 'sift';

export interface AliceVisionOptions {
  /** Where the photos are: `name` of a photo is relative to it. */
  readonly photoFolder: string;
  readonly signal?: AbortSignal;
}

/** As `aliceVision_featureMatching` names the only range of photos. */
export const matchesFile = '0.matches.txt';
export const putativeFolder = 'putativeMatches';

/**
 * Writes the folder, whole or not at all; one photo and one pair are in memory at a time.
 * @param folder must not exist, or be empty
 * @returns sentences about what the user should know
 * @throws UsageError where the folder holds something; OutputError where it cannot be written; the signal's reason
 */
export async function writeAliceVision(
  folder: string,
  set: SfmSet,
  { photoFolder, signal }: AliceVisionOptions,
): Promise<readonly string[]> {
  let lacksDescriptors = false;
  await writeFolder(
    folder,
    async (temporary) => {
      await writeFile(join(temporary, 'cameraInit.sfm'), aliceVisionScene(set, photoFolder));
      for (const i of set.photos.keys()) {
        signal?.throwIfAborted();
        const features = await set.features(i);
        lacksDescriptors ||= !fitsSift(features);
        await writeKeypointFiles(temporary, `${firstId + i}.${describerType}`, features);
      }
      await writeMatches(temporary, set, signal);
    },
    signal,
  );
  return lacksDescriptors ? [descriptorNote] : [];
}

const descriptorNote =
  "There are no .desc files, as AliceVision has no place for these descriptors: aliceVision_incrementalSfM needs none, AliceVision's own matching does.";

async function writeMatches(folder: string, set: SfmSet, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(join(folder, putativeFolder));
  const putative = await openTextSink(join(folder, putativeFolder, matchesFile));
  const verified = await openTextSink(join(folder, matchesFile)).catch(async (error: unknown) => {
    await putative.close();
    throw error;
  });
  try {
    for await (const pair of set.pairs()) {
      signal?.throwIfAborted();
      await putative.write(listText(pair, Uint32Array.from(pair.probability.keys())));
      await verified.write(listText(pair, pair.inliers));
    }
  } finally {
    await putative.close();
    await verified.close();
  }
}

/** A pair as `matching/io.cpp` reads it: `I J`, the number of types, type and count, then `i j` for each match. */
function listText({ a, b, matches }: SfmPair, chosen: Uint32Array): string {
  if (chosen.length === 0) return '';
  const lines = Array.from(chosen, (m) => `${matches[2 * m]} ${matches[2 * m + 1]}\n`);
  return `${firstId + a} ${firstId + b}\n1\n${describerType} ${chosen.length}\n${lines.join('')}`;
}
