import { readFile } from 'node:fs/promises';
import { UsageError } from '../../src/errors.ts';
import type { Neighbours } from '../../src/matching/shortlist.ts';
import { describePhotos } from '../../src/retrieval/describe-photos.ts';
import { choosePairs, planPairing, type PairingOptions } from '../../src/scene/choose-pairs.ts';
import { parsePairFile } from '../../src/scene/pairing/pair-file.ts';
import type { PairList } from '../../src/scene/pairing/pair-list.ts';
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import type { SfmWorkspace } from './workspace.ts';

/**
 * Which pairs of photos to compare: those of a file, or as the options say.
 * @throws UsageError where the file cannot be read, DataError where it names what is no photo
 */
export async function chooseSfmPairs(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  options: PairingOptions,
  pairFile?: string,
): Promise<PairList> {
  if (pairFile !== undefined) {
    const text = await readFile(pairFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${pairFile}: the list of pairs cannot be read (${error.code})`);
    });
    return parsePairFile(
      text,
      photos.map(({ name }) => name),
      pairFile,
    );
  }
  const plan = planPairing(photos, options);
  const neighbours = plan.depth > 0 ? await findNeighbours(workspace, photos, plan.depth) : null;
  return choosePairs(photos, plan, neighbours, options);
}

/** The photos that look most alike, by global descriptors. */
async function findNeighbours(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  depth: number,
): Promise<Neighbours> {
  const { observe, signal, effort, pool } = workspace;
  const read = createFeatureReader(workspace, 1);
  const report = (done: number): void => observe({ type: 'progress', stage: 'retrieve', done, total: photos.length });
  report(0);
  const described = await describePhotos(photos.length, (photo) => read(photos[photo]), {
    seed: effort.seed,
    signal,
    onProgress: report,
  });
  return pool.run('findNearestPhotos', { photos: described, depth, threads: pool.size });
}
