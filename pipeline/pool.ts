import { setTimeout } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { builtWorker } from './built-worker.ts';
import { createSlots } from './slots.ts';
import { receiveError } from './thread-errors.ts';
import { createStopFlag, requestStop, type StopFlag } from './worker-stop.ts';
import type { TaskMessage, WorkerTasks } from './worker.ts';

export type TaskName = keyof WorkerTasks;
type TaskInput<N extends TaskName> = Parameters<WorkerTasks[N]>[0];
type TaskOutput<N extends TaskName> = Awaited<ReturnType<WorkerTasks[N]>>;

/** What every worker is started with. */
export interface WorkerSettings {
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  /** Threads of one ONNX session: workers × this never exceeds the cores. */
  readonly sessionThreads: number;
  /** The same of shortlist and judge, where photo pairs come one at a time and the other workers wait; default `sessionThreads`. */
  readonly pairThreads?: number;
  /** ONNX file of the judge, and of the descriptor. */
  readonly judgePath: string;
  /** The judge's second file where it is a siamese network in two. */
  readonly decisionPath?: string;
  readonly descriptorPath: string;
}

/** What a pool adds. */
export interface WorkerData extends WorkerSettings {
  readonly stop: StopFlag;
}

/** Of a pool whose tasks need no network. */
export const withoutNetworks = {
  device: 'cpu',
  sessionThreads: 1,
  judgePath: '',
  descriptorPath: '',
} as const satisfies WorkerSettings;

export interface Pool {
  readonly size: number;
  /** Runs one task; a crashed worker is replaced and its task retried once. Rejects with what the task threw, or with the signal's reason once aborted. */
  run<N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>>;
  /** Runs one task per input, results in the inputs' order; `onDone` is told after each. */
  map<N extends TaskName>(
    name: N,
    inputs: readonly TaskInput<N>[],
    onDone?: (finished: number) => void,
  ): Promise<TaskOutput<N>[]>;
  /** Ends the workers within a moment, running tasks too. */
  close(): Promise<void>;
}

/** How long threads may take to end by themselves before they are terminated, ms. */
const lastMoment = 3000;

/**
 * Starts worker threads that load OpenCV and the networks once each, when first needed. An aborted signal ends running
 * tasks within a moment, whatever they do: their threads end (`exitWhenAsked`) or are terminated.
 * @param file the worker's module; its default export runs a `TaskMessage`
 */
export function createPool(
  size: number,
  settings: WorkerSettings,
  signal?: AbortSignal,
  file = builtWorker('worker'),
): Pool {
  const stop = createStopFlag();
  const piscina = new Piscina({
    filename: file,
    // Loading takes a worker as long as a photo: it begins before there is work.
    minThreads: Math.min(size, 2),
    maxThreads: size,
    concurrentTasksPerWorker: 1,
    idleTimeout: 600_000,
    workerData: { ...settings, stop } satisfies WorkerData,
  });
  // Tasks wait here, not in Piscina: so it is known which are running.
  const slots = createSlots(size);
  const running = new Set<Promise<unknown>>();
  let ended: Promise<void> | undefined;
  const runOnce = async (message: TaskMessage): Promise<unknown> => {
    await slots.take();
    let task: Promise<unknown> | undefined;
    try {
      signal?.throwIfAborted();
      if (ended !== undefined) throw new Error('the pool is closed');
      task = piscina.run(message);
      running.add(task);
      return await task;
    } catch (error) {
      // Workers that end report their own end; what the caller asked for is the reason.
      signal?.throwIfAborted();
      throw receiveError(error);
    } finally {
      if (task !== undefined) running.delete(task);
      slots.give();
    }
  };
  const run = async <N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>> => {
    const message: TaskMessage = { name, input };
    try {
      return (await runOnce(message)) as TaskOutput<N>;
    } catch (error) {
      if (ended !== undefined || !isCrash(error)) throw error;
      return (await runOnce(message)) as TaskOutput<N>;
    }
  };
  // One listener for all tasks: a signal passed to each would gather hundreds.
  const endSoon = async (): Promise<void> => {
    requestStop(stop);
    await Promise.race([Promise.allSettled(running), setTimeout(lastMoment, undefined, { ref: false })]);
    await piscina.destroy();
  };
  const end = (): Promise<void> => (ended ??= endSoon());
  const endUnasked = (): void => void end();
  signal?.addEventListener('abort', endUnasked, { once: true });
  return {
    size,
    run,
    map(name, inputs, onDone) {
      let finished = 0;
      return Promise.all(
        inputs.map(async (input) => {
          const output = await run(name, input);
          onDone?.(++finished);
          return output;
        }),
      );
    },
    close() {
      signal?.removeEventListener('abort', endUnasked);
      return end();
    },
  };
}

function isCrash(error: unknown): boolean {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return /worker exited|Worker terminated/i.test(message) || code === 'ERR_WORKER_OUT_OF_MEMORY';
}
