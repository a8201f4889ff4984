import { Piscina } from 'piscina';
import { builtWorker } from './built-worker.ts';
import { receiveError } from './thread-errors.ts';
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
  /** Ends the workers at once, running tasks too. */
  close(): Promise<void>;
}

/**
 * Starts worker threads that load OpenCV and the networks once each, when first needed. An aborted signal ends running
 * tasks at once, whatever they do: their threads are terminated.
 * @param file the worker's module; its default export runs a `TaskMessage`
 */
export function createPool(
  size: number,
  settings: WorkerSettings,
  signal?: AbortSignal,
  file = builtWorker('worker'),
): Pool {
  const piscina = new Piscina({
    filename: file,
    // Loading takes a worker as long as a photo: it begins before there is work.
    minThreads: Math.min(size, 2),
    maxThreads: size,
    concurrentTasksPerWorker: 1,
    idleTimeout: 600_000,
    workerData: settings,
  });
  const runOnce = async (message: TaskMessage): Promise<unknown> => {
    signal?.throwIfAborted();
    return piscina.run(message).catch((error: unknown) => {
      // Terminated workers report their own end; what the caller asked for is the reason.
      signal?.throwIfAborted();
      throw receiveError(error);
    });
  };
  const run = async <N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>> => {
    const message: TaskMessage = { name, input };
    try {
      return (await runOnce(message)) as TaskOutput<N>;
    } catch (error) {
      if (signal?.aborted || !isCrash(error)) throw error;
      return (await runOnce(message)) as TaskOutput<N>;
    }
  };
  // One listener for all tasks: a signal passed to each would gather hundreds.
  const end = (): void => void piscina.destroy();
  signal?.addEventListener('abort', end, { once: true });
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
      signal?.removeEventListener('abort', end);
      return piscina.destroy();
    },
  };
}

function isCrash(error: unknown): boolean {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return /worker exited|Worker terminated/i.test(message) || code === 'ERR_WORKER_OUT_OF_MEMORY';
}
