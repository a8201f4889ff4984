import { workerData } from 'piscina';
import { matchSamples } from './worker-calibrate.ts';
import { solveCameras } from './worker-cameras.ts';
import { prepareComposition, renderTile } from './worker-compose.ts';
import {
  decidePatchPairs,
  describePatchDevice,
  describePatchRange,
  inspectPatchModel,
  scorePatchPairs,
} from './worker-evaluate.ts';
import { describePhoto } from './worker-features.ts';
import { matchPair, shortlistPair, verifyPoints } from './worker-match.ts';
import { estimateGeometry, matchTwoPhotos, planesOfView } from './worker-match-photos.ts';
import { describeSetPatches, mineAnchors } from './worker-mine.ts';
import { renderPhotoViews } from './worker-photos.ts';
import { createWorkerResources, describeDevice, type WorkerResources } from './worker-resources.ts';
import { findNearestPhotos } from './worker-retrieval.ts';
import { screenPairs } from './worker-screen.ts';
import { describeInFrame, describeView, matchPhotosInFrame, proveInFrame } from './worker-views.ts';
import { createSharedGarbageCollector } from './shared-garbage.ts';
import { exitWhenAsked } from './worker-stop.ts';
import { transferKeypoints } from './worker-transfer.ts';
import { sendError } from './thread-errors.ts';
import type { WorkerData } from './pool.ts';
import { cutSfmPatches, cutSfmThumbnails, detectSfm, fitSfmSurfaces, matchSfmSurfaces } from './worker-sfm.ts';

/** What a worker can do. Inputs and outputs are plain data: they cross threads. */
const tasks = {
  describeDevice,
  describePhoto,
  screenPairs,
  shortlistPair,
  matchPair,
  matchTwoPhotos,
  estimateGeometry,
  findNearestPhotos,
  planesOfView,
  describeView,
  describeInFrame,
  matchPhotosInFrame,
  proveInFrame,
  verifyPoints,
  solveCameras,
  prepareComposition,
  renderTile,
  detectSfm,
  fitSfmSurfaces,
  matchSfmSurfaces,
  cutSfmThumbnails,
  cutSfmPatches,
  inspectPatchModel,
  describePatchDevice,
  describePatchRange,
  scorePatchPairs,
  decidePatchPairs,
  describeSetPatches,
  mineAnchors,
  renderPhotoViews,
  matchSamples,
  transferKeypoints,
};

export type WorkerTasks = typeof tasks;

/** One task for a worker: its name and its input. */
export interface TaskMessage {
  readonly name: keyof WorkerTasks;
  readonly input: unknown;
}

exitWhenAsked((workerData as WorkerData).stop);

const letGo = createSharedGarbageCollector(256e6);
let resources: WorkerResources | undefined;

/** Called by the pool for each task, in a worker thread. */
export default async function runTask({ name, input }: TaskMessage): Promise<unknown> {
  resources ??= createWorkerResources();
  const task = tasks[name] as (input: unknown, resources: WorkerResources) => unknown;
  try {
    const output = await task(input, resources);
    letGo(input, output);
    return output;
  } catch (error) {
    throw sendError(error);
  }
}
