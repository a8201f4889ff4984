import { Piscina } from 'piscina';
import { checkPlan, type BatchPlan } from '../src/dataset/batches/batch-plan.ts';
import type { Batch } from '../src/dataset/batches/make-batch.ts';
import type { TrainingData } from '../src/dataset/batches/training-data.ts';
import type { BatchWorkerData } from './batch-worker.ts';
import { builtWorker } from './built-worker.ts';

export interface BatchSourceOptions {
  readonly seed: number;
  /** The step of the first batch: where a resumed run goes on. */
  readonly firstStep: number;
  /** The step after that of the last batch: none is made ahead from there on, nor may be asked for. */
  readonly endStep: number;
  /** Batches made ahead of time. */
  readonly prefetch: number;
  /** Threads that make batches; they change nothing but the speed. */
  readonly threads: number;
}

/** Batches made in worker threads while the network trains. */
export interface BatchSource {
  /** The batch of the next step, whatever order the threads finish in; its arrays are not on shared memory. */
  next(): Promise<Batch>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts making batches; the same as `makeBatch` for the same data, plan, seed and step.
 * @param data over shared memory, as sets are read: what is not is copied for every thread
 * @throws UsageError for a plan that cannot be; `next` rejects with the signal's reason
 */
export function createBatchSource(
  data: TrainingData,
  plan: BatchPlan,
  { seed, firstStep, endStep, prefetch, threads }: BatchSourceOptions,
  signal?: AbortSignal,
): BatchSource {
  checkPlan(plan);
  const workerData: BatchWorkerData = { data, plan, seed };
  const piscina = new Piscina({
    filename: builtWorker('batch-worker'),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    workerData,
  });
  const end = (): Promise<void> => {
    // A batch that a thread posts while it is ended belongs to no task, which piscina reports as an error of its own.
    piscina.on('error', () => undefined);
    return piscina.destroy();
  };
  signal?.addEventListener('abort', end, { once: true });
  const ahead: Promise<Batch>[] = [];
  let step = firstStep;
  const order = (): void => {
    const batch = piscina.run(step++) as Promise<Batch>;
    // Whoever asks for it sees the error; until then it is nobody's.
    batch.catch(() => undefined);
    ahead.push(batch);
  };
  return {
    async next() {
      signal?.throwIfAborted();
      while (ahead.length <= prefetch && step < endStep) order();
      try {
        return await ahead.shift()!;
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    close() {
      signal?.removeEventListener('abort', end);
      return end();
    },
  };
}
