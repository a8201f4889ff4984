import { UsageError } from '../../src/errors.ts';
import type { Rejection } from '../../src/errors.ts';
import { pairingDefaults, type PairingOptions } from '../../src/scene/choose-pairs.ts';
import type { SfmSet } from '../../src/scene/sfm-set.ts';
import { chooseSfmPairs, readListedPairs } from './choose-pairs.ts';
import { detectPhotos, type Shard } from './detect-photos.ts';
import { type ComparedPair, matchPhotoPairs } from './match-pairs.ts';
import { matchedSet } from './matched-set.ts';
import type { SfmWorkspace } from './workspace.ts';

/** Which pairs are compared. */
export interface MatchPairsOptions extends Partial<PairingOptions> {
  /** File of pairs of names, in place of everything else. */
  readonly pairFile?: string;
  /** "i/n": the i-th of n parts alone. */
  readonly shard?: string;
}

/** What matching the photos of a workspace gave. */
export interface MatchedPhotos {
  /** Names of the photos that could be matched; pairs and set number them. */
  readonly photos: readonly string[];
  /** Photos that could not. */
  readonly rejected: readonly Rejection[];
  readonly pairs: readonly ComparedPair[];
  /**
   * What exporters take: keypoints moved to where all their matches together say that they are, those that other photos lead to, and the matches
   * verified again. Needs the workspace open.
   */
  set(): Promise<SfmSet>;
}

/**
 * Finds the keypoints of all photos, chooses pairs and matches them; what the workspace has already is not done again.
 * @throws UsageError for a shard that is none and a file of pairs that cannot be read, DataError where it names what is no photo; the
 * signal's reason when aborted
 */
export async function matchPairs(workspace: SfmWorkspace, options: MatchPairsOptions = {}): Promise<MatchedPhotos> {
  const { pairFile, shard, ...pairing } = options;
  const { stopwatch } = workspace;
  const part = shard === undefined ? undefined : parseShard(shard);
  const listed = pairFile === undefined ? null : await readListedPairs(workspace, pairFile);
  const { photos, rejected } = await stopwatch.time('detect', () => detectPhotos(workspace, part));
  const chosen = await stopwatch.time('retrieve', () =>
    chooseSfmPairs(workspace, photos, { ...pairingDefaults, ...pairing }, listed),
  );
  const pairs = await stopwatch.time('score', () => matchPhotoPairs(workspace, photos, chosen, part));
  return {
    photos: photos.map(({ name }) => name),
    rejected: [...workspace.rejected, ...rejected],
    pairs,
    set: () => matchedSet(workspace, photos, pairs),
  };
}

/** @throws UsageError where it is no "i/n" with 1 ≤ i ≤ n */
export function parseShard(text: string): Shard {
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(text.trim())?.map(Number) ?? [];
  if (part >= 1 && part <= parts) return { part, parts };
  throw new UsageError(`option "shard": expected i/n with i from 1 to n, such as 2/8, received "${text}"`);
}
