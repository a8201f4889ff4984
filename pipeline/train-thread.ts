import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { TesseraError } from '../src/errors.ts';
import type { TrainAnswer, TrainRequest, TrainWorkerData } from './train-worker.ts';

/** The thread in which a network trains: steps would block the one that calls. */
export interface TrainThread {
  ask<R extends TrainRequest>(request: R): Promise<TrainAnswer<R['kind']>>;
  close(): Promise<void>;
}

export function startTrainThread(workerData: TrainWorkerData): TrainThread {
  const piscina = new Piscina({
    filename: builtWorker(),
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    workerData,
  });
  return {
    ask: (request) => piscina.run(request) as Promise<never>,
    close: () => piscina.destroy(),
  };
}

/** The built worker: a worker thread cannot load TypeScript, so sources run under a loader use the build too. */
function builtWorker(): string {
  const beside = fileURLToPath(new URL('./train-worker.js', import.meta.url));
  if (existsSync(beside)) return beside;
  const built = fileURLToPath(new URL('../dist/pipeline/train-worker.js', import.meta.url));
  if (existsSync(built)) return built;
  throw new TesseraError(`the worker ${built} is missing: run \`npm run build\` first`);
}
