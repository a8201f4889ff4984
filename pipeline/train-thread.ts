import { Piscina } from 'piscina';
import type { DeviceName } from '../src/nn/model.ts';
import { mayHaveGpu, obstacleTo, type Provider } from '../src/nn/runtime.ts';
import { builtWorker } from './built-worker.ts';
import type { Observer } from './observer.ts';
import { firstSide } from './train-recipe.ts';
import { receiveError } from './thread-errors.ts';
import type { TrainAnswer, TrainRequest, TrainWorkerData } from './train-worker.ts';

/** The thread in which a network trains: steps would block the one that calls. */
export interface TrainThread {
  ask<R extends TrainRequest>(request: R): Promise<TrainAnswer<R['kind']>>;
  close(): Promise<void>;
}

/**
 * Starts the thread on the first provider that can train the recipe: of `auto` a GPU where there is one, of a device that
 * was asked for and does not work the CPU, with the reason as a warning.
 */
export async function openTrainThread(
  data: Omit<TrainWorkerData, 'provider'>,
  device: DeviceName,
  observe: Observer,
): Promise<TrainThread> {
  const candidates: Provider[] = device === 'auto' ? (mayHaveGpu() ? ['cuda', 'webgpu'] : []) : [device];
  for (const provider of candidates) {
    const thread = startTrainThread({ ...data, provider });
    const obstacle = obstacleTo(provider) ?? (await thread.ask({ kind: 'prepare', side: firstSide(data.recipe) }));
    if (obstacle === null) {
      if (provider !== 'cpu') observe({ type: 'message', level: 'info', text: `training on ${provider}` });
      return thread;
    }
    await thread.close();
    if (device === 'auto') continue;
    observe({ type: 'message', level: 'warning', text: `${device} cannot be used, training on the CPU: ${obstacle}` });
  }
  return startTrainThread({ ...data, provider: 'cpu' });
}

function startTrainThread(workerData: TrainWorkerData): TrainThread {
  const piscina = new Piscina({
    filename: builtWorker('train-worker'),
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    workerData,
  });
  return {
    ask: (request) =>
      piscina.run(request).catch((error: unknown) => {
        throw receiveError(error);
      }) as Promise<never>,
    close: () => piscina.destroy(),
  };
}
