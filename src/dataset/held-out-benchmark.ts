import type { PatchBenchmark, PatchPairs } from '../evaluation/patch-benchmark.ts';
import { createRandom } from '../math/random.ts';
import { drawAnchor, drawPartner, drawWrong } from './batches/draw-patches.ts';
import { prepareTrainingData } from './batches/training-data.ts';
import type { PatchSet } from './patch-set.ts';

/**
 * A patch set as something to measure on: true and random wrong pairs drawn by the seed, and mined anchors as a ranking.
 * @param pairs true pairs, and as many wrong ones; and at most so many anchors
 * @throws DataError where the set has no true or no wrong pairs
 */
export function heldOutBenchmark(set: PatchSet, pairs: number, seed: number): PatchBenchmark {
  const [from] = prepareTrainingData([set]);
  const random = createRandom(seed);
  const [index1, true2, wrong2] = [0, 1, 2].map(() => new Uint32Array(pairs));
  for (let i = 0; i < pairs; i++) {
    index1[i] = drawAnchor(from, random);
    true2[i] = drawPartner(from, index1[i], random);
    wrong2[i] = drawWrong(from, true2[i], random);
  }
  const { anchors } = set;
  return {
    folder: set.folder,
    count: set.count,
    side: set.side,
    patches: set.patches,
    truePairs: { count: pairs, index1, index2: true2 },
    wrongPairs: { count: pairs, index1, index2: wrong2 },
    ranking: anchors === null || anchors.count === 0 ? null : drawRanking(anchors, Math.min(pairs, anchors.count)),
  };

  function drawRanking(mined: NonNullable<PatchSet['anchors']>, count: number): NonNullable<PatchBenchmark['ranking']> {
    const hardPerAnchor = mined.hard2.length / mined.count;
    const rows = Array.from({ length: count }, () => random.integer(mined.count));
    const pairsOf = (second: (row: number) => Uint32Array): PatchPairs => {
      const chosen = rows.map(second);
      const per = chosen[0].length;
      return {
        count: count * per,
        index1: Uint32Array.from({ length: count * per }, (_, i) => mined.patch1[rows[Math.floor(i / per)]]),
        index2: Uint32Array.from({ length: count * per }, (_, i) => chosen[Math.floor(i / per)][i % per]),
      };
    };
    return {
      truePairs: pairsOf((row) => mined.true2.subarray(row, row + 1)),
      hardPairs: pairsOf((row) => mined.hard2.subarray(row * hardPerAnchor, (row + 1) * hardPerAnchor)),
      hardPerAnchor,
    };
  }
}
