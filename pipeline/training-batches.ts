import { windowOfStep } from '../src/dataset/batches/windows.ts';
import type { TrainingData } from '../src/dataset/batches/training-data.ts';
import { createBatchSource, type BatchSource } from './batch-source.ts';
import type { Observer } from './observer.ts';
import type { Checkpoint } from './train-checkpoint.ts';
import { openTrainingWindows } from './training-windows.ts';

/**
 * The batches of a run from its next step on. Data larger than the memory is read window by window, the next one while
 * the network trains on the present one; a batch depends on the run's recipe, sources and step alone.
 * @param threads threads that make batches
 * @param signal ends the reading of the first window; what comes after ends by `close`
 * @throws UsageError for a plan that cannot be; what opening and reading the sets throws
 */
export async function openTrainingBatches(
  run: Pick<Checkpoint, 'recipe' | 'sources' | 'step'>,
  threads: number,
  observe: Observer,
  signal?: AbortSignal,
): Promise<BatchSource> {
  const { steps, seed, plan: batchPlan } = run.recipe;
  const { plan, read } = await openTrainingWindows(run, observe, signal);
  const endOf = (turn: number): number => Math.min(steps, (turn + 1) * plan.stepsPerWindow);
  const closed = new AbortController();
  const start = (data: TrainingData, firstStep: number): BatchSource =>
    createBatchSource(data, batchPlan, { seed, firstStep, endStep: endOf(turn), prefetch: 2 * threads + 2, threads });
  const readNext = (): Promise<TrainingData> | null => {
    if (endOf(turn) >= steps) return null;
    const data = read(turn + 1, closed.signal);
    // Whoever asks for the first batch of it sees the error; until then it is nobody's.
    data.catch(() => undefined);
    return data;
  };
  let step = run.step;
  let turn = windowOfStep(plan, step);
  let source = start(await read(turn, signal), step);
  let upcoming = readNext();
  return {
    async next() {
      if (upcoming !== null && windowOfStep(plan, step) > turn) {
        // The threads see the window's memory, which the one after the next is read into.
        await source.close();
        const data = await upcoming;
        turn++;
        source = start(data, step);
        upcoming = readNext();
      }
      step++;
      return source.next();
    },
    async close() {
      closed.abort();
      await Promise.all([source.close(), upcoming?.catch(() => undefined)]);
    },
  };
}
