import { readFile } from 'node:fs/promises';
import { UsageError } from '../../src/errors.ts';
import type { Neighbours } from '../../src/matching/shortlist.ts';
import { describePhotos } from '../../src/retrieval/describe-photos.ts';
import { choosePairs, planPairing, type PairingOptions } from '../../src/scene/choose-pairs.ts';
import { parsePairFile } from '../../src/scene/pairing/pair-file.ts';
import { createPairCollector, type PairList } from '../../src/scene/pairing/pair-list.ts';
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import type { SfmWorkspace } from './workspace.ts';

/**
 * Reads a file of pairs, before any work.
 * @returns pairs of `workspace.names`
 * @throws UsageError where the file cannot be read, DataError where it names what is no photo
 */
export async function readListedPairs({ names }: SfmWorkspace, file: string): Promise<PairList> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: the list of pairs cannot be read (${error.code})`);
  });
  return parsePairFile(text, names, file);
}

/** Which pairs of photos to compare: those listed, as far as both photos can be used, or as the options say. */
export async function chooseSfmPairs(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  options: PairingOptions,
  listed: PairList | null,
): Promise<PairList> {
  if (listed !== null) return amongPhotos(listed, workspace.names, photos);
  const plan = planPairing(photos, options);
  const neighbours = plan.depth > 0 ? await findNeighbours(workspace, photos, plan.depth) : null;
  return choosePairs(photos, plan, neighbours, options);
}

function amongPhotos({ count, a, b }: PairList, names: readonly string[], photos: readonly DetectedSource[]): PairList {
  const indexOf = new Map(photos.map(({ name }, i) => [name, i]));
  const pairs = createPairCollector(photos.length);
  for (let p = 0; p < count; p++) {
    const [first, second] = [indexOf.get(names[a[p]]), indexOf.get(names[b[p]])];
    if (first !== undefined && second !== undefined) pairs.add(first, second, 'listed');
  }
  return pairs.list();
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
