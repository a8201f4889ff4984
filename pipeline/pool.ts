import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { TesseraError } from '../src/errors.ts';
import type { TaskMessage, WorkerTasks } from './worker.ts';

export type TaskName = keyof WorkerTasks;
type TaskInput<N extends TaskName> = Parameters<WorkerTasks[N]>[0];
type TaskOutput<N extends TaskName> = Awaited<ReturnType<WorkerTasks[N]>>;

/** What every worker is started with. */
export interface WorkerSettings {
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  /** Threads of one ONNX session: workers × this never exceeds the cores. */
  readonly sessionThreads: number;
  /** ONNX file of the judge, and of the descriptor. */
  readonly judgePath: string;
  /** The judge's second file where it is a siamese network in two. */
  readonly decisionPath?: string;
  readonly descriptorPath: string;
}

export interface Pool {
  readonly size: number;
  /** Runs one task; a crashed worker is replaced and its task retried once. */
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
export function createPool(size: number, settings: WorkerSettings, signal?: AbortSignal, file = builtWorker()): Pool {
  const piscina = new Piscina({
    filename: file,
    minThreads: 1,
    maxThreads: size,
    concurrentTasksPerWorker: 1,
    idleTimeout: 600_000,
    workerData: settings,
  });
  const run = async <N extends TaskName>(name: N, input: TaskInput<N>): Promise<TaskOutput<N>> => {
    signal?.throwIfAborted();
    const message: TaskMessage = { name, input };
    try {
      return (await piscina.run(message)) as TaskOutput<N>;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isCrash(error)) throw error;
      return (await piscina.run(message)) as TaskOutput<N>;
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

/** The built worker: a worker thread cannot load TypeScript, so sources run under a loader use the build too. */
function builtWorker(): string {
  const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
  if (existsSync(beside)) return beside;
  const built = fileURLToPath(new URL('../dist/pipeline/worker.js', import.meta.url));
  if (existsSync(built)) return built;
  throw new TesseraError(`the worker ${built} is missing: run \`npm run build\` first`);
}

function isCrash(error: unknown): boolean {
  const { message = '', code = '' } = error as { message?: string; code?: string };
  return /worker exited|Worker terminated/i.test(message) || code === 'ERR_WORKER_OUT_OF_MEMORY';
}
