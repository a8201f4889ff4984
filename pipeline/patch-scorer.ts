import { minusDistances } from '../src/evaluation/minus-distances.ts';
import type { PairScorer } from '../src/evaluation/patch-benchmark.ts';
import {
  describesPatches,
  isSymmetric,
  type DescribingMethod,
  type PatchMethod,
} from '../src/evaluation/patch-method.ts';
import { concatenate } from '../src/math/concatenate.ts';
import type { Pool } from './pool.ts';
import { share } from './shared-memory.ts';

/** Patches described, and pairs scored, by one task: a second or so, for progress and to share the work evenly. */
const patchesAtOnce = 1024;
const pairsAtOnce = 2048;

/** Pieces of work that scoring takes, for progress. */
export function countScorings(method: PatchMethod, patches: number, pairs: number): number {
  return describesPatches(method) ? patches : isSymmetric(method) ? pairs : 2 * pairs;
}

/**
 * Scores pairs in the pool's workers. Patches are described once, however often pairs of them are scored.
 * @param side of the patches
 * @param onScored is told how many more of `countScorings` are done
 */
export function createPatchScorer(
  method: PatchMethod,
  side: number,
  pool: Pool,
  onScored: (more: number) => void,
): PairScorer {
  if (!describesPatches(method)) {
    return (patches, _count, index1, index2) =>
      inChunks(index1, index2, async (chunk1, chunk2) => {
        const input = { method, patches, side, index1: chunk1, index2: chunk2 };
        const scores = await pool.run('scorePatchPairs', input);
        onScored(scores.length);
        return scores;
      });
  }
  let described: Promise<Float32Array> | undefined;
  return async (patches, count, index1, index2) => {
    described ??= describeAll(method, patches, count, side, pool, onScored);
    const features = await described;
    if (method.kind !== 'siamese') return minusDistances(features, features.length / count, index1, index2);
    return inChunks(index1, index2, (chunk1, chunk2) =>
      pool.run('decidePatchPairs', { method, features, index1: chunk1, index2: chunk2 }),
    );
  };
}

async function describeAll(
  method: DescribingMethod,
  patches: Uint8Array,
  count: number,
  side: number,
  pool: Pool,
  onScored: (more: number) => void,
): Promise<Float32Array> {
  const starts = Array.from({ length: Math.ceil(count / patchesAtOnce) }, (_, i) => i * patchesAtOnce);
  const parts = await Promise.all(
    starts.map(async (from) => {
      const to = Math.min(count, from + patchesAtOnce);
      const part = await pool.run('describePatchRange', { method, patches, side, from, to });
      onScored(to - from);
      return part;
    }),
  );
  return share(concatenate(Float32Array, parts));
}

async function inChunks(
  index1: Uint32Array,
  index2: Uint32Array,
  score: (chunk1: Uint32Array, chunk2: Uint32Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const starts = Array.from({ length: Math.ceil(index1.length / pairsAtOnce) }, (_, i) => i * pairsAtOnce);
  const chunk = (index: Uint32Array, start: number): Uint32Array => index.slice(start, start + pairsAtOnce);
  return concatenate(
    Float32Array,
    await Promise.all(starts.map((start) => score(chunk(index1, start), chunk(index2, start)))),
  );
}
