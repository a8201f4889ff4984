import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import type { SfmSet } from '../../scene/sfm-set.ts';
import { readAliceVisionScene } from './alicevision-scene.ts';
import { putativeFolder } from './alicevision.ts';
import { readKeypointFiles } from './keypoint-files.ts';
import { readMatches, toCount } from './match-tokens.ts';
import { inOrder, joinPairLists, type PairList } from './pair-lists.ts';
import { openTokens } from './token-reader.ts';

const program = 'AliceVision';
const remedy = `copy it again or let ${program} write it again`;

/** Types whose `.desc` holds 128 bytes a feature, as ours. */
const types = ['sift', 'dspsift', 'sift_upright'];

/**
 * Reads a folder of AliceVision with `cameraInit.sfm` in it: what {@link writeAliceVision} writes, and AliceVision
 * itself in JSON; features and matches from the folders that the file names, else beside it. Features of one type, the
 * first of sift, dspsift and sift_upright there are. AliceVision stores neither probabilities (1 here) nor geometries
 * (null here, though there are inliers). Names of photos are relative to the folder that they have in common.
 * @throws DataError, naming the file, for one that is missing or damaged; those of a photo or a pair when they are read
 */
export async function readAliceVision(folder: string): Promise<SfmSet> {
  const scene = await readAliceVisionScene(folder, join(folder, 'cameraInit.sfm'));
  const { cameras, photos, viewIds, featuresFolder, matchesFolder } = scene;
  const files = new Set(await readdir(featuresFolder).catch(() => []));
  const type = types.find((name) => viewIds.some((id) => files.has(`${id}.${name}.feat`))) ?? types[0];
  const photoOfView = new Map(viewIds.map((id, i) => [id, i]));
  return {
    cameras,
    photos,
    features: (photo) => readKeypointFiles(featuresFolder, `${viewIds[photo]}.${type}`, program),
    pairs: () =>
      joinPairLists(
        readLists(join(matchesFolder, putativeFolder), type, photoOfView),
        readLists(matchesFolder, type, photoOfView),
      ),
  };
}

/** All `N.matches.txt` of a folder: each has the pairs of a range of photos. */
async function* readLists(
  folder: string,
  type: string,
  photoOfView: ReadonlyMap<number, number>,
): AsyncGenerator<PairList, void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('matches.txt'));
  const lists = names.sort((a, b) => (parseInt(a) || 0) - (parseInt(b) || 0)).map((name) => join(folder, name));
  async function* inTurn(): AsyncGenerator<PairList> {
    for (const list of lists) yield* readList(list, type, photoOfView);
  }
  yield* inOrder(inTurn(), folder);
}

/** `matching/io.cpp`: for each pair `I J`, the number of types, and for each type `type count` and `i j` a match. */
async function* readList(
  file: string,
  type: string,
  photoOfView: ReadonlyMap<number, number>,
): AsyncGenerator<PairList, void> {
  const tokens = await openTokens(file, remedy);
  try {
    for (;;) {
      const head = await tokens.take(3);
      if (head.length === 0) return;
      const [viewA, viewB, typeCount] = [0, 1, 2].map((i) => toCount(head[i], file, remedy));
      const [a, b] = [viewA, viewB].map((view) => photoOfView.get(view));
      for (let t = 0; t < typeCount; t++) {
        const [name, count] = await tokens.take(2);
        const matches = await readMatches(tokens, toCount(count, file, remedy), file, remedy);
        if (name !== type) continue;
        if (a === undefined || b === undefined) {
          throw new DataError(`${file}: views ${viewA} and ${viewB} are not both in cameraInit.sfm; ${remedy}.`);
        }
        yield { a, b, matches };
      }
    }
  } finally {
    await tokens.close();
  }
}
