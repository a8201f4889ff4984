import type { Random } from '../math/random.ts';

/** Draws samples of distinct indices, one after the other. */
export interface Sampler {
  /** Fills `sample` with the next sample. */
  next(sample: Uint32Array): void;
}

/** Samples drawn uniformly from `count` data. */
export function uniformSampler(count: number, random: Random): Sampler {
  return { next: (sample) => drawDistinct(sample, sample.length, count, random) };
}

/**
 * Progressive sampling (Chum & Matas, "Matching with PROSAC", CVPR 2005): data come best first; samples are drawn from a
 * growing set of the best, and after about `growth` samples uniformly from all.
 */
export function prosacSampler(count: number, sampleSize: number, growth: number, random: Random): Sampler {
  let n = sampleSize;
  let drawn = 0;
  // T_n of the paper: how many of `growth` uniform samples lie wholly among the n best; T'_n its integer counterpart.
  let expected = growth;
  for (let i = 0; i < sampleSize; i++) expected *= (sampleSize - i) / (count - i);
  let limit = 1;
  return {
    next(sample) {
      drawn++;
      while (drawn > limit && n < count) {
        const grown = (expected * (n + 1)) / (n + 1 - sampleSize);
        limit += Math.ceil(grown - expected);
        expected = grown;
        n++;
      }
      if (n < count || drawn <= limit) {
        // The newest of the set and the rest from those before it, else samples would repeat.
        drawDistinct(sample, sampleSize - 1, n - 1, random);
        sample[sampleSize - 1] = n - 1;
      } else {
        drawDistinct(sample, sampleSize, count, random);
      }
    },
  };
}

function drawDistinct(sample: Uint32Array, size: number, count: number, random: Random): void {
  for (let i = 0; i < size; i++) {
    let index = random.integer(count);
    while (isAmongFirst(sample, i, index)) index = random.integer(count);
    sample[i] = index;
  }
}

function isAmongFirst(sample: Uint32Array, size: number, index: number): boolean {
  for (let i = 0; i < size; i++) if (sample[i] === index) return true;
  return false;
}
