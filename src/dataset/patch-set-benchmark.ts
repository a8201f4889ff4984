import { join } from 'node:path';
import { DataError, UsageError } from '../errors.ts';
import type { PatchBenchmark, PatchPairs, PatchRanking } from '../evaluation/patch-benchmark.ts';
import { infoFile } from './brown/info.ts';
import { findPairsFiles, readPairsFile, type VerificationPairs } from './brown/pairs-file.ts';
import type { Anchors } from './patch-set.ts';
import { readPatchSet } from './read-patch-set.ts';
import type { ReadPatchSet } from './read-patches.ts';

export interface PatchSetBenchmarkOptions {
  /** Side of the patches; those of a set have 64 pixels. */
  readonly side: number;
  /** Take every n-th pair and anchor: a quick look. */
  readonly every: number;
  readonly signal?: AbortSignal;
  /** Called after each mosaic. */
  readonly progress?: (done: number, total: number) => void;
  /** Called with what was chosen or left out, for people. */
  readonly note?: (text: string) => void;
}

/**
 * Reads what to measure on from a set in Brown's format: right and wrong pairs from the largest `m50_*.txt`, and, where the
 * set was mined, a ranking from `anchors.csv`. Pairs of damaged mosaics are left out.
 * @throws UsageError for another side than 64; DataError where there are no pairs, or they contradict `info.txt`
 */
export async function readPatchSetBenchmark(
  folder: string,
  options: PatchSetBenchmarkOptions,
): Promise<PatchBenchmark> {
  const { side, every, signal, progress, note } = options;
  if (side !== 64) {
    throw new UsageError(
      `the patches of ${folder} are 64×64 and are measured as they are: expected a patch side of 64 but received ${side}`,
    );
  }
  const names = await findPairsFiles(folder);
  if (names.length === 0) {
    throw new DataError(`${folder} holds no pairs to verify: expected m50_<right>_<wrong>_0.txt beside its mosaics.`);
  }
  if (names.length > 1) note?.(`${folder}: ${names.length} files of pairs; ${names[0]}, the largest, is used`);
  const [set, pairs] = await Promise.all([
    readPatchSet(folder, { signal, progress }),
    readPairsFile(folder, names[0], signal),
  ]);
  set.skipped.forEach((text) => note?.(text));
  const file = join(folder, names[0]);
  const { right, wrong, lost } = sortPairs(file, pairs, set, every);
  if (lost > 0) note?.(`${file}: ${lost} pairs are left out with the patches they need`);
  if (right.length === 0 || wrong.length === 0) {
    throw new DataError(
      `${file}: expected right and wrong pairs but there are ${right.length} and ${wrong.length} to measure on.`,
    );
  }
  return {
    folder,
    count: set.count,
    side,
    patches: set.patches,
    truePairs: pairsOf(right),
    wrongPairs: pairsOf(wrong),
    ranking: set.anchors === null || set.anchors.count === 0 ? null : rankingOf(set.anchors, every),
  };
}

interface SortedPairs {
  /** Numbers in the set. */
  readonly right: readonly (readonly [number, number])[];
  readonly wrong: readonly (readonly [number, number])[];
  /** Pairs of patches that were left out. */
  readonly lost: number;
}

function sortPairs(file: string, pairs: VerificationPairs, set: ReadPatchSet, every: number): SortedPairs {
  const right: [number, number][] = [];
  const wrong: [number, number][] = [];
  let lost = 0;
  for (let i = 0; i < pairs.count; i += every) {
    const { patch1, point1, patch2, point2 } = pairs;
    const patches = set.numberInSet.length;
    if (patch1[i] >= patches || patch2[i] >= patches) {
      throw new DataError(`${file}, line ${i + 1}: there are only ${patches} patches in ${infoFile}.`);
    }
    const [first, second] = [set.numberInSet[patch1[i]], set.numberInSet[patch2[i]]];
    if (first < 0 || second < 0) {
      lost++;
      continue;
    }
    if (set.point[first] !== point1[i] || set.point[second] !== point2[i]) {
      throw new DataError(`${file}, line ${i + 1}: its points are not those of ${infoFile}; are they of one set?`);
    }
    (point1[i] === point2[i] ? right : wrong).push([first, second]);
  }
  return { right, wrong, lost };
}

function pairsOf(pairs: readonly (readonly [number, number])[]): PatchPairs {
  return {
    count: pairs.length,
    index1: Uint32Array.from(pairs, ([first]) => first),
    index2: Uint32Array.from(pairs, ([, second]) => second),
  };
}

function rankingOf({ count, patch1, true2, hard2 }: Anchors, every: number): PatchRanking {
  const hardPerAnchor = hard2.length / count;
  const anchors = patch1.filter((_, anchor) => anchor % every === 0);
  const partners = true2.filter((_, anchor) => anchor % every === 0);
  const hard = hard2.filter((_, i) => Math.floor(i / hardPerAnchor) % every === 0);
  return {
    truePairs: { count: anchors.length, index1: anchors, index2: partners },
    hardPairs: {
      count: hard.length,
      index1: hard.map((_, i) => anchors[Math.floor(i / hardPerAnchor)]),
      index2: hard,
    },
    hardPerAnchor,
  };
}
