import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import type { SfmFeatures, SfmPair, SfmSet } from '../../scene/sfm-set.ts';
import { writeHdf5, type WriteTable } from './hdf5-file.ts';
import { writeFolder } from './write-folder.ts';

/*
 * Files of hloc (Hierarchical-Localization): `features.h5` with a group a photo (named as the photo; folders are groups around it) of
 * `keypoints` N×2, `descriptors` D×N, `scores` N and `image_size` (width, height); `matches.h5` with a group `name0/name1` a pair, `/`
 * within the names turned into `-`, of `matches0` (for each keypoint of photo 0 its partner in photo 1, −1: none) and
 * `matching_scores0`; `pairs.txt` with two names a line.
 *
 * Pixel origin: the centre of the top-left pixel is (0, 0), as ours: hloc adds 0.5 when it hands keypoints to COLMAP. Numbers are int32
 * and float32 where hloc's own extractors shorten to 16 bits, which loses half a pixel at 1000.
 */

export const hlocFiles = { features: 'features.h5', matches: 'matches.h5', pairs: 'pairs.txt' } as const;

export interface HlocOptions {
  /**
   * `verified` (default): the matches that agree with their pair's geometry, and only pairs that have some. hloc verifies again unless
   * told not to, and a pair's table has a place for every keypoint: all compared pairs of 2000 photos would take 60 GB. `all`: every match
   * of every pair that was compared.
   */
  readonly matches?: 'verified' | 'all';
  readonly signal?: AbortSignal;
}

/** A photo's name within a pair's. */
export function hlocPairName(name: string): string {
  return name.replaceAll('/', '-');
}

/**
 * Writes a folder of `features.h5`, `matches.h5` and `pairs.txt`; it appears whole or not at all.
 * @param folder must not exist, or be empty
 * @returns sentences about what the user should know
 * @throws UsageError where the folder holds something; DataError where two photos would share a name in `matches.h5`; OutputError where
 *   the files cannot be written
 */
export async function writeHloc(folder: string, set: SfmSet, options: HlocOptions = {}): Promise<readonly string[]> {
  const { signal } = options;
  requireDistinctNames(set);
  await writeFolder(
    folder,
    async (temporary) => {
      const { features, matches, pairs } = hlocFiles;
      const counts = await writeHdf5(join(temporary, features), join(folder, features), (write) =>
        writeFeatures(write, set, signal),
      );
      const lines = await writeHdf5(join(temporary, matches), join(folder, matches), (write) =>
        writeMatches(write, set, counts, options),
      );
      await writeFile(join(temporary, pairs), lines.join(''));
    },
    signal,
  );
  return spacesNote(set);
}

/** @returns keypoints of each photo */
async function writeFeatures(write: WriteTable, set: SfmSet, signal?: AbortSignal): Promise<Uint32Array> {
  const counts = new Uint32Array(set.photos.length);
  for (const [i, { name, width, height }] of set.photos.entries()) {
    signal?.throwIfAborted();
    const features = await set.features(i);
    const { count, descriptorLength, response } = features;
    counts[i] = count;
    write(`${name}/keypoints`, interleaved(features), [count, 2]);
    write(`${name}/scores`, response, [count]);
    write(`${name}/image_size`, Int32Array.of(width, height), [2]);
    if (descriptorLength > 0) write(`${name}/descriptors`, columns(features), [descriptorLength, count]);
  }
  return counts;
}

/** @returns the lines of `pairs.txt` */
async function writeMatches(
  write: WriteTable,
  set: SfmSet,
  counts: Uint32Array,
  { matches = 'verified', signal }: HlocOptions,
): Promise<string[]> {
  const lines: string[] = [];
  for await (const pair of set.pairs()) {
    signal?.throwIfAborted();
    if (matches === 'verified' && pair.inliers.length === 0) continue;
    const [name0, name1] = [set.photos[pair.a].name, set.photos[pair.b].name];
    const group = `${hlocPairName(name0)}/${hlocPairName(name1)}`;
    const { partner, score } = partnersOf(pair, counts[pair.a], matches);
    write(`${group}/matches0`, partner, [partner.length], true);
    write(`${group}/matching_scores0`, score, [score.length], true);
    lines.push(`${name0} ${name1}\n`);
  }
  return lines;
}

/** For each keypoint of photo a its keypoint of photo b, or −1. */
function partnersOf(
  { matches, probability, inliers }: SfmPair,
  count: number,
  which: 'verified' | 'all',
): { partner: Int32Array; score: Float32Array } {
  const partner = new Int32Array(count).fill(-1);
  const score = new Float32Array(count);
  const take = (m: number): void => {
    partner[matches[2 * m]] = matches[2 * m + 1];
    score[matches[2 * m]] = probability[m];
  };
  if (which === 'verified') inliers.forEach(take);
  else probability.forEach((_, m) => take(m));
  return { partner, score };
}

/** N×2. */
function interleaved({ count, x, y }: SfmFeatures): Float32Array {
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) points.set([x[i], y[i]], 2 * i);
  return points;
}

/** D×N of N×D. */
function columns({ count, descriptors, descriptorLength }: SfmFeatures): Float32Array {
  const turned = new Float32Array(descriptors.length);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < descriptorLength; d++) turned[d * count + i] = descriptors[i * descriptorLength + d];
  }
  return turned;
}

function requireDistinctNames({ photos }: SfmSet): void {
  const firstCalled = new Map<string, string>();
  for (const { name } of photos) {
    const short = hlocPairName(name);
    const other = firstCalled.get(short);
    if (other !== undefined) {
      throw new DataError(`hloc calls both ${other} and ${name} "${short}" in its matches. Rename one of them.`);
    }
    firstCalled.set(short, name);
  }
}

function spacesNote({ photos }: SfmSet): string[] {
  const spaced = photos.filter(({ name }) => /\s/.test(name));
  if (spaced.length === 0) return [];
  return [
    `hloc cannot read ${hlocFiles.pairs} where names hold spaces, as ${spaced.length} do (${spaced[0].name}). ` +
      `${hlocFiles.features} and ${hlocFiles.matches} are not affected; rename the photos to use all three.`,
  ];
}
