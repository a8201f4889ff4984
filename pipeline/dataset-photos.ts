import { isHeldOut, photoKey } from '../src/dataset/photos/photo-key.ts';
import { requireFree, writePatchSet } from '../src/dataset/write-patch-set.ts';
import { DataError, UsageError } from '../src/errors.ts';
import { listPhotos } from '../src/image/list-photos.ts';
import { detectionPixels, parseDetectors, requireOutput } from './dataset-options.ts';
import type { DatasetPhotosOptions } from './dataset-photos-options.ts';
import { runInOrder } from './in-order.ts';
import { type Observer, silentObserver } from './observer.ts';
import { createPool, withoutNetworks } from './pool.ts';
import { createSetBuilder, type SetCounts } from './set-builder.ts';
import type { RenderPhotoInput } from './worker-photos.ts';

export interface PhotosDataset extends SetCounts {
  /** Notes on photos left out. */
  readonly skipped: readonly string[];
}

/**
 * Makes a set of patches from single photographs: each is rendered several times as if seen from elsewhere, with another
 * camera, and every rendering is searched for keypoints anew. The same photos and options give the same bytes, whatever
 * the number of threads. Damaged photos, and such without texture, are left out with a note.
 * @throws UsageError for options and paths that cannot be, DataError where no photo is left, OutputError
 */
export async function makePhotosDataset(
  inputs: readonly string[],
  options: DatasetPhotosOptions,
  signal?: AbortSignal,
  observe: Observer = silentObserver,
): Promise<PhotosDataset> {
  const output = requireOutput(options.output);
  const detectors = parseDetectors(options.detectors);
  await requireFree(output);
  const photos = await choosePhotos(inputs, options);
  const maxPixels = detectionPixels(options.detectMegapixels, detectors);
  const { seed, views, maxKeypoints, threads } = options;
  const tasks = photos.map((photo): RenderPhotoInput => ({
    ...photo,
    seed,
    maxPixels,
    views,
    detectors,
    maxKeypoints,
  }));
  const pool = createPool(threads, withoutNetworks, signal);
  const skipped: string[] = [];
  let counts: SetCounts | undefined;
  try {
    await writePatchSet(
      output,
      async (append) => {
        const set = createSetBuilder(append, detectors);
        let points = 0;
        await runInOrder(
          tasks,
          2 * threads,
          (task) => pool.run('renderPhotoViews', task),
          async (rendered, i) => {
            if (rendered.kind === 'skipped') {
              skipped.push(`${rendered.reason} (left out)`);
              observe({ type: 'message', level: 'warning', text: skipped[skipped.length - 1] });
            } else {
              for (const part of rendered.parts) {
                await set.add({ ...part, name: tasks[i].key, point: part.point.map((point) => points + point) });
              }
              points += rendered.points;
            }
            observe({ type: 'progress', stage: 'patches', done: i + 1, total: tasks.length });
          },
        );
        if (points === 0)
          throw new DataError(`none of the ${tasks.length} photos can be used; the first: ${skipped[0]}`);
        counts = set.counts();
        return set.end(made(options, photos.length - skipped.length), options.pairs, seed);
      },
      signal,
    );
  } finally {
    await pool.close();
  }
  return { ...counts!, skipped };
}

interface NamedPhoto {
  readonly path: string;
  readonly key: string;
}

/** The photos of the part asked for, in the order of their names: an order that other photos do not change. */
async function choosePhotos(
  inputs: readonly string[],
  { part, holdOut, holdOutSeed }: DatasetPhotosOptions,
): Promise<NamedPhoto[]> {
  const all = (await listPhotos(inputs)).map((path) => ({ path, key: photoKey(path) }));
  all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const twice = all.find(({ key }, i) => i > 0 && key === all[i - 1].key);
  if (twice !== undefined) {
    throw new UsageError(`two photos are called ${twice.key}, one of them ${twice.path}; rename a folder`);
  }
  const chosen = all.filter(
    ({ key }) => part === 'all' || isHeldOut(key, holdOut, holdOutSeed) === (part === 'held-out'),
  );
  if (chosen.length > 0) return chosen;
  throw new DataError(`none of the ${all.length} photos is in the part "${part}"; name more, or change --hold-out`);
}

/** How a set was made, without what changes nothing: the number of threads and the place it lies at. */
function made(options: DatasetPhotosOptions, photographs: number): Record<string, unknown> {
  const { detectors, views, maxKeypoints, detectMegapixels, part, holdOut, holdOutSeed, seed } = options;
  const settings = { detectors, views, maxKeypoints, detectMegapixels, part, holdOut, holdOutSeed, seed };
  return { command: 'dataset photos', ...settings, photographs };
}
