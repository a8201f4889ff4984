import { describe, expect, it } from 'vitest';
import { createBatchSource } from '../../pipeline/batch-source.ts';
import { tesseraAugmentation } from '../../src/dataset/batches/augmentation.ts';
import type { PairPlan } from '../../src/dataset/batches/batch-plan.ts';
import { makeBatch, type Batch } from '../../src/dataset/batches/make-batch.ts';
import { prepareTrainingData } from '../../src/dataset/batches/training-data.ts';
import { UsageError } from '../../src/errors.ts';
import { syntheticSet } from '../src/dataset/batches/synthetic-set.ts';

const set = syntheticSet(2, 10);
const plan: PairPlan = {
  kind: 'pairs',
  sides: [32],
  swap: true,
  augmentation: tesseraAugmentation,
  pairs: 8,
  hardShare: 0,
};
const data = prepareTrainingData([set]);
const options = { seed: 3, firstStep: 0, endStep: 25, prefetch: 3, threads: 2 };

const isEqual = (a: Batch, b: Batch): boolean =>
  a.step === b.step &&
  a.side === b.side &&
  Buffer.from(a.patches.buffer).equals(Buffer.from(b.patches.buffer)) &&
  Buffer.from(a.targets.buffer).equals(Buffer.from(b.targets.buffer));

describe('batch source', () => {
  it('gives the batches of the steps in their order, from the first asked for', async () => {
    const source = createBatchSource(data, plan, { ...options, firstStep: 5 });
    try {
      for (let step = 5; step < 25; step++) {
        const batch = await source.next();
        expect(isEqual(batch, makeBatch(data, plan, 3, step))).toBe(true);
        expect(batch.patches.buffer).toBeInstanceOf(ArrayBuffer);
      }
    } finally {
      await source.close();
    }
  });

  it('stops with the reason of an abort', async () => {
    const stop = new AbortController();
    const source = createBatchSource(data, plan, options, stop.signal);
    await source.next();
    const waiting = source.next();
    stop.abort(new Error('enough'));
    await waiting.catch((error: Error) => expect(error.message).toBe('enough'));
    await expect(source.next()).rejects.toThrow('enough');
    await source.close();
  });

  it('refuses what cannot be before it starts a thread', () => {
    expect(() => createBatchSource(data, { ...plan, pairs: 1 }, options)).toThrow(UsageError);
  });
});
