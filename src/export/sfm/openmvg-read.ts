import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import type { SfmSet } from '../../scene/sfm-set.ts';
import { readKeypointFiles } from './keypoint-files.ts';
import { readMatches, toCount } from './match-tokens.ts';
import { readOpenMvgScene } from './openmvg-scene.ts';
import { stemOf } from './openmvg.ts';
import { inOrder, joinPairLists, noPairs, type PairList } from './pair-lists.ts';
import { openTokens } from './token-reader.ts';

const program = 'OpenMVG';

/**
 * Reads a folder of OpenMVG: what {@link writeOpenMvg} and OpenMVG itself write (text, not `.bin`). Matches are
 * those of `matches.putative.txt`, inliers those of `matches.f.txt`, else of `matches.e.txt`, else of `matches.h.txt`.
 * OpenMVG stores neither probabilities (1 here) nor geometries (null here, though there are inliers), nor whether a
 * focal length is known (true).
 * @throws DataError, naming the file, for one that is missing or damaged; those of a photo or a pair when they are read
 */
export async function readOpenMvg(folder: string): Promise<SfmSet> {
  const { cameras, photos, photoOfView } = await readOpenMvgScene(join(folder, 'sfm_data.json'));
  const list = (...names: string[]): AsyncGenerator<PairList, void> => {
    const file = names.map((name) => join(folder, name)).find(existsSync);
    return file === undefined ? noPairs() : inOrder(readList(file, photoOfView), file);
  };
  return {
    cameras,
    photos,
    features: (photo) => readKeypointFiles(folder, stemOf(photos[photo].name), program),
    pairs: () => joinPairLists(list('matches.putative.txt'), list('matches.f.txt', 'matches.e.txt', 'matches.h.txt')),
  };
}

/** A list of matches (`indMatch_utils.cpp`): for each pair `I J`, the count, then `i j` for each match. */
async function* readList(file: string, photoOfView: ReadonlyMap<number, number>): AsyncGenerator<PairList, void> {
  const remedy = `copy it again or let ${program} write it again`;
  const tokens = await openTokens(file, remedy);
  try {
    for (;;) {
      const head = await tokens.take(3);
      if (head.length === 0) return;
      const [viewA, viewB, count] = [0, 1, 2].map((i) => toCount(head[i], file, remedy));
      const [a, b] = [viewA, viewB].map((view) => photoOfView.get(view));
      if (a === undefined || b === undefined) {
        throw new DataError(`${file}: views ${viewA} and ${viewB} are not both in sfm_data.json; ${remedy}.`);
      }
      yield { a, b, matches: await readMatches(tokens, count, file, remedy) };
    }
  } finally {
    await tokens.close();
  }
}
