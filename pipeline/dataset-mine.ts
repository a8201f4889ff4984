import { availableParallelism } from 'node:os';
import { modelPath, networkFor } from '../models/index.ts';
import { writeAnchors } from '../src/dataset/anchors.ts';
import { joinAnchors, planMining } from '../src/dataset/mine.ts';
import { indexPatches } from '../src/dataset/patch-index.ts';
import type { Anchors, PatchSet } from '../src/dataset/patch-set.ts';
import { readPatchSet } from '../src/dataset/read-patch-set.ts';
import { patchBytes, type ReadPatchSet } from '../src/dataset/read-patches.ts';
import { DataError } from '../src/errors.ts';
import { descriptorLength } from '../src/nn/descriptor.ts';
import type { DatasetMineOptions } from './dataset-mine-options.ts';
import { silentObserver, type Observer } from './observer.ts';
import { createPool, type Pool } from './pool.ts';

/** Patches a describing task takes: a fraction of a second of work. */
const patchesPerTask = 4096;

/**
 * Finds, for each patch with a partner in another photo, the patches of that photo that the descriptor network takes for
 * it most, and writes them as `anchors.csv` into the set's folder. The same set, network and options give the same file.
 * @throws DataError where the set has no such patches
 */
export async function minePatchSet(
  folder: string,
  options: DatasetMineOptions,
  signal?: AbortSignal,
  observe: Observer = silentObserver,
): Promise<Anchors> {
  networkFor(options.model, 'descriptor');
  const descriptorPath = modelPath(options.model);
  const set = await readPatchSet(folder, {
    signal,
    progress: (done, total) => observe({ type: 'progress', stage: 'read', done, total }),
  });
  for (const text of set.skipped) observe({ type: 'message', level: 'warning', text });
  const pool = createPool(
    options.threads,
    {
      device: options.device,
      sessionThreads: Math.max(1, Math.floor(availableParallelism() / options.threads)),
      judgePath: '',
      descriptorPath,
    },
    signal,
  );
  try {
    const descriptors = await describeSet(set, pool, observe);
    const anchors = await mine(set, descriptors, options, pool, observe);
    await writeAnchors(folder, inFile(anchors, set), signal);
    return anchors;
  } finally {
    await pool.close();
  }
}

/** Anchors by the numbers of the files: those of the set differ where damaged mosaics were left out. */
function inFile({ count, patch1, true2, hard2 }: Anchors, { numberInSet }: ReadPatchSet): Anchors {
  const numberInFile = Uint32Array.from(numberInSet.keys()).filter((patch) => numberInSet[patch] >= 0);
  const numbers = (patches: Uint32Array): Uint32Array => patches.map((patch) => numberInFile[patch]);
  return { count, patch1: numbers(patch1), true2: numbers(true2), hard2: numbers(hard2) };
}

/** Descriptors of all patches, over shared memory. */
async function describeSet({ count, patches }: PatchSet, pool: Pool, observe: Observer): Promise<Float32Array> {
  const descriptors = new Float32Array(
    new SharedArrayBuffer(count * descriptorLength * Float32Array.BYTES_PER_ELEMENT),
  );
  const tasks = Array.from({ length: Math.ceil(count / patchesPerTask) }, (_, task) => {
    const first = task * patchesPerTask;
    const end = Math.min(count, first + patchesPerTask);
    return {
      patches: patches.subarray(first * patchBytes, end * patchBytes),
      descriptors: descriptors.subarray(first * descriptorLength, end * descriptorLength),
    };
  });
  await pool.map('describeSetPatches', tasks, (done) =>
    observe({ type: 'progress', stage: 'describe', done, total: tasks.length }),
  );
  return descriptors;
}

async function mine(
  set: PatchSet,
  descriptors: Float32Array,
  { perAnchor, maxAnchors, seed }: DatasetMineOptions,
  pool: Pool,
  observe: Observer,
): Promise<Anchors> {
  const index = indexPatches(set);
  const tasks = planMining(index, maxAnchors, seed);
  const { point, x, y, size, patchScale } = set;
  const placed = { point, x, y, size, patchScale };
  const inputs = tasks.map((task) => ({ set: placed, index, descriptors, task, perAnchor }));
  const anchors = joinAnchors(
    await pool.map('mineAnchors', inputs, (done) =>
      observe({ type: 'progress', stage: 'mine', done, total: inputs.length }),
    ),
  );
  if (anchors.count > 0) return anchors;
  throw new DataError(
    `${set.folder}: no patch has a partner in another photo that has ${perAnchor} other patches; nothing was mined.`,
  );
}
