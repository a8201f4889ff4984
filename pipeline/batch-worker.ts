import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { BatchPlan } from '../src/dataset/batches/batch-plan.ts';
import { makeBatch, type Batch } from '../src/dataset/batches/make-batch.ts';
import type { TrainingData } from '../src/dataset/batches/training-data.ts';

/** What a batch worker is started with. */
export interface BatchWorkerData {
  /** Over shared memory. */
  readonly data: TrainingData;
  readonly plan: BatchPlan;
  readonly seed: number;
}

/** Called by the batch source for each step, in a worker thread. */
export default function makeStep(step: number): Batch {
  const { data, plan, seed } = workerData as BatchWorkerData;
  const batch = makeBatch(data, plan, seed, step);
  // Moved, not copied, to the thread that trains.
  const movable = { [transferableSymbol]: [batch.patches.buffer, batch.targets.buffer], [valueSymbol]: batch };
  return move(movable as never) as unknown as Batch;
}
