import { workerData } from 'piscina';
import sharp from 'sharp';
import { loadOpenCv, type OpenCv } from '../src/features/opencv.ts';
import { createShortlister, type Shortlister } from '../src/matching/shortlist.ts';
import type { ModelContract } from '../src/nn/contract.ts';
import { descriptorContract, descriptorLength } from '../src/nn/descriptor.ts';
import { loadJudge, type Judge } from '../src/nn/load-judge.ts';
import { loadModel, type Model } from '../src/nn/model.ts';
import { createPhotoCache, type PhotoCache } from './photo-cache.ts';
import type { WorkerSettings } from './pool.ts';

/** What a worker loads when first needed and keeps: loading OpenCV or a network takes longer than most tasks. */
export interface WorkerResources {
  readonly opencv: () => OpenCv;
  readonly descriptor: () => Promise<Model>;
  readonly judge: () => Promise<Judge>;
  /** Any other network; the two last asked for stay loaded. */
  readonly network: (file: string, contract: ModelContract) => Promise<Model>;
  readonly shortlister: () => Promise<Shortlister>;
  /** For views, of which each worker has some to match. */
  readonly viewShortlister: () => Promise<Shortlister>;
  readonly photos: PhotoCache;
}

/** Decoded photos a worker keeps for neighbouring tiles: twenty of 8 megapixels. */
const photoCacheBytes = 480e6;

/** The resources of this worker thread. Called once, when the worker starts. */
export function createWorkerResources(): WorkerResources {
  const { device, sessionThreads, descriptorPath, judgePath, decisionPath, pairThreads } = workerData as WorkerSettings;
  // The pool's workers are the parallelism; libvips' own threads and cache would come on top of it.
  sharp.concurrency(1);
  sharp.cache(false);
  const options = { device, threads: sessionThreads };
  const ofPairs = { device, threads: pairThreads ?? sessionThreads };
  return {
    opencv: once(loadOpenCv),
    descriptor: once(() => loadModel(descriptorPath, descriptorContract, options)),
    judge: once(() => loadJudge({ judgePath, decisionPath }, ofPairs)),
    network: keepLast(2, (file, contract) => loadModel(file, contract, options)),
    shortlister: once(() => createShortlister({ descriptorLength, threads: ofPairs.threads })),
    viewShortlister: once(() => createShortlister({ descriptorLength, threads: sessionThreads })),
    photos: createPhotoCache(photoCacheBytes),
  };
}

function once<T>(load: () => T): () => T {
  let loaded: { readonly value: T } | undefined;
  return () => (loaded ??= { value: load() }).value;
}

/** Keeps the networks last asked for, by file, and releases the others: a table of all networks would fill the memory. */
function keepLast(most: number, load: WorkerResources['network']): WorkerResources['network'] {
  const kept = new Map<string, Promise<Model>>();
  return async (file, contract) => {
    const model = kept.get(file) ?? load(file, contract);
    kept.delete(file);
    kept.set(file, model);
    const [oldest] = kept.keys();
    if (kept.size > most) {
      const released = kept.get(oldest);
      kept.delete(oldest);
      await released?.then((old) => old.release()).catch(() => undefined);
    }
    return model;
  };
}

/** Where the judge really computes, and why not where it was asked to. */
export async function describeDevice(
  _input: null,
  resources: WorkerResources,
): Promise<{ provider: string; fallbackReason: string | null }> {
  const { provider, fallbackReason } = await resources.judge();
  return { provider, fallbackReason };
}
