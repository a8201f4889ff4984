import { basename, resolve } from 'node:path';
import { readColmapModel } from '../src/dataset/sfm/colmap-model.ts';
import type { SelectedKeypoint } from '../src/dataset/sfm/select-patches.ts';
import { requireFree, writePatchSet } from '../src/dataset/write-patch-set.ts';
import { DataError, UsageError } from '../src/errors.ts';
import type { DetectorName } from '../src/features/detect.ts';
import { detectionPixels, parseDetectors, requireOutput } from './dataset-options.ts';
import type { DatasetSfmOptions } from './dataset-sfm-options.ts';
import { runInOrder } from './in-order.ts';
import { type Observer, silentObserver } from './observer.ts';
import { createPool, type Pool, withoutNetworks } from './pool.ts';
import { createSetBuilder, type SetBuilder, type SetCounts } from './set-builder.ts';
import { matchSfmViews } from './sfm-matching.ts';
import { chooseSfmPatches, cutInput } from './sfm-patches.ts';
import { detectSfmPhotos, type SfmPhotos } from './sfm-photos.ts';

export interface SfmDataset extends SetCounts {
  /** Notes on photos left out. */
  readonly skipped: readonly string[];
}

/**
 * Makes a set of patches from photos that COLMAP has placed: keypoints are found anew and matched by the geometry of the
 * reconstruction, so each pair is of two real photos. The same photos, model and options give the same bytes, whatever the
 * number of threads.
 * @param folder the photos, as COLMAP was given them
 * @throws UsageError for options and paths that cannot be; DataError where the model cannot be used or nothing is matched;
 *   OutputError
 */
export async function makeSfmDataset(
  folder: string,
  options: DatasetSfmOptions,
  signal?: AbortSignal,
  observe: Observer = silentObserver,
): Promise<SfmDataset> {
  const output = requireOutput(options.output);
  if (options.modelDir === undefined) {
    throw new UsageError("expected the folder of COLMAP's model: name it with --model-dir");
  }
  const detectors = parseDetectors(options.detectors);
  await requireFree(output);
  const model = await readColmapModel(options.modelDir);
  const maxPixels = detectionPixels(options.detectMegapixels, detectors);
  const pool = createPool(options.threads, withoutNetworks, signal);
  try {
    const { maxKeypoints, seed } = options;
    const photos = await detectSfmPhotos(folder, model, { detectors, maxKeypoints, maxPixels }, pool, observe);
    const context = { folder, maxPixels, pool, observe };
    const tracks = await matchSfmViews(photos.model, photos.views, pool, observe);
    const selected = await chooseSfmPatches(photos, tracks, seed, context);
    if (selected.length === 0) {
      throw new DataError(
        `${folder}: no keypoint of ${photos.model.photos.length} photos was found in two of them; is the model that of these photos?`,
      );
    }
    const counts = await write(output, folder, photos, selected, options, { ...context, detectors }, signal);
    return { ...counts, skipped: photos.skipped };
  } finally {
    await pool.close();
  }
}

interface WriteContext {
  readonly maxPixels: number;
  readonly detectors: readonly DetectorName[];
  readonly pool: Pool;
  readonly observe: Observer;
}

/** Cuts the chosen patches view by view and writes them. */
async function write(
  output: string,
  folder: string,
  photos: SfmPhotos,
  selected: readonly SelectedKeypoint[],
  options: DatasetSfmOptions,
  { maxPixels, detectors, pool, observe }: WriteContext,
  signal: AbortSignal | undefined,
): Promise<SetCounts> {
  const { model, views } = photos;
  const chosenOf: SelectedKeypoint[][] = views.map(() => []);
  for (const keypoint of selected) chosenOf[keypoint.view].push(keypoint);
  const tasks = [...views.keys()]
    .filter((view) => chosenOf[view].length > 0)
    .map((view) => ({
      view: views[view],
      chosen: chosenOf[view],
      input: cutInput(
        photos,
        views[view],
        chosenOf[view].map(({ keypoint }) => keypoint),
        { folder, maxPixels },
      ),
    }));
  const scene = basename(resolve(folder));
  let set: SetBuilder | undefined;
  await writePatchSet(
    output,
    async (append) => {
      const builder = (set = createSetBuilder(append, detectors));
      await runInOrder(
        tasks,
        2 * options.threads,
        ({ input }) => pool.run('cutSfmPatches', input),
        async (patches, i) => {
          const { view, chosen } = tasks[i];
          const pick = (values: Float32Array): Float32Array =>
            Float32Array.from(chosen, ({ keypoint }) => values[keypoint]);
          const { x, y, size, angle } = view.keypoints;
          await builder.add({
            name: `${scene}/${model.photos[view.photo].name}`,
            detector: view.detector,
            count: chosen.length,
            patches,
            keypoints: { x: pick(x), y: pick(y), size: pick(size), angle: pick(angle) },
            point: Uint32Array.from(chosen, ({ point }) => point),
          });
          // Its first half was cutting the thumbnails of all views.
          const done = i === tasks.length - 1 ? 2 * views.length : views.length + i + 1;
          observe({ type: 'progress', stage: 'patches', done, total: 2 * views.length });
        },
      );
      return builder.end(made(options, model.photos.length), options.pairs, options.seed);
    },
    signal,
  );
  return set!.counts();
}

/** How a set was made, without what changes nothing: the number of threads and places on the disk. */
function made(
  { detectors, maxKeypoints, detectMegapixels, seed }: DatasetSfmOptions,
  photographs: number,
): Record<string, unknown> {
  return { command: 'dataset sfm', detectors, maxKeypoints, detectMegapixels, seed, photographs };
}
