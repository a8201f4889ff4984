import { workerData } from 'piscina';
import sharp from 'sharp';
import { loadOpenCv, type OpenCv } from '../src/features/opencv.ts';
import { descriptorContract } from '../src/nn/descriptor.ts';
import { pairContract } from '../src/nn/judge.ts';
import { loadModel, type Model } from '../src/nn/model.ts';
import type { WorkerSettings } from './pool.ts';

/** What a worker loads when first needed and keeps: loading OpenCV or a network takes longer than most tasks. */
export interface WorkerResources {
  readonly opencv: () => OpenCv;
  readonly descriptor: () => Promise<Model>;
  readonly judge: () => Promise<Model>;
}

/** The resources of this worker thread. Called once, when the worker starts. */
export function createWorkerResources(): WorkerResources {
  const { device, sessionThreads, descriptorPath, judgePath } = workerData as WorkerSettings;
  // The pool's workers are the parallelism; libvips' own threads and cache would come on top of it.
  sharp.concurrency(1);
  sharp.cache(false);
  const options = { device, threads: sessionThreads };
  return {
    opencv: once(loadOpenCv),
    descriptor: once(() => loadModel(descriptorPath, descriptorContract, options)),
    judge: once(() => loadModel(judgePath, pairContract, options)),
  };
}

function once<T>(load: () => T): () => T {
  let loaded: { readonly value: T } | undefined;
  return () => (loaded ??= { value: load() }).value;
}
