import { modelPath } from '../models/index.ts';
import {
  type BenchmarkAnchor,
  benchmarkAnchors,
  benchmarkKeypoints,
  type DescribedKeypoints,
} from '../src/dataset/homography-benchmark.ts';
import { type HomographySequence, readHomographySequences } from '../src/dataset/homography-sequences.ts';
import { type BenchmarkSequence, writeHomographyBenchmark } from '../src/dataset/write-homography-benchmark.ts';
import { requireFree } from '../src/dataset/write-patch-set.ts';
import { DataError, PhotoError } from '../src/errors.ts';
import { classicalMethods } from '../src/evaluation/patch-method.ts';
import { patchSide } from '../src/features/patches.ts';
import { defaultLimitPixels } from '../src/image/photo-file.ts';
import { packageRoot } from '../src/package-root.ts';
import type { DatasetHomographyOptions } from './dataset-homography-options.ts';
import { requireOutput } from './dataset-options.ts';
import { type Observer, silentObserver } from './observer.ts';
import { createPool, type Pool, withoutNetworks } from './pool.ts';

export interface HomographyDataset {
  readonly sequences: number;
  readonly photoPairs: number;
  readonly anchors: number;
}

/** Look-alikes an anchor. */
const hardPerAnchor = 10;

/**
 * Makes a benchmark for patch networks from photos whose pixels known homographies take to each other: keypoints of every
 * photo, and anchors with their true partners, wrong ones by chance and wrong ones that look most alike by SIFT's descriptor.
 * The same photos and options give the same files.
 * @throws UsageError for options and paths that cannot be, DataError for a folder whose content is not as expected or gives
 *   no anchor, PhotoError, OutputError; the signal's reason once aborted
 */
export async function makeHomographyDataset(
  folder: string,
  options: DatasetHomographyOptions,
  signal?: AbortSignal,
  observe: Observer = silentObserver,
): Promise<HomographyDataset> {
  const output = requireOutput(options.output);
  await requireFree(output);
  const sequences = await readHomographySequences(folder, options.only);
  const total = sequences.reduce((sum, { others }) => sum + 1 + others.length, 0);
  let done = 0;
  const onDetected = (): void => observe({ type: 'progress', stage: 'detect', done: ++done, total });
  // The same worker task finds keypoints for matching: it describes them by the network too, which nothing here asks for.
  const pool = createPool(options.threads, { ...withoutNetworks, descriptorPath: modelPath('descriptor') }, signal);
  const made: BenchmarkSequence[] = [];
  try {
    for (const sequence of sequences) made.push(await anchorsOf(sequence, options, pool, onDetected, observe));
  } finally {
    await pool.close();
  }
  const anchors = made.reduce((sum, sequence) => sum + countAnchors(sequence), 0);
  if (anchors === 0) throw new DataError(`${folder}: no keypoint of a photo 1 was found again in another photo.`);
  const { detector, maxKeypoints, anchors: mostAnchors, seed } = options;
  const settings = { detector, maxKeypoints, anchors: mostAnchors, hardPerAnchor, seed };
  const tessera = packageRoot().version;
  await writeHomographyBenchmark(output, made, { command: 'dataset homography', tessera, ...settings });
  return { sequences: made.length, photoPairs: total - made.length, anchors };
}

async function anchorsOf(
  { name, path1, others }: HomographySequence,
  options: DatasetHomographyOptions,
  pool: Pool,
  onDetected: () => void,
  observe: Observer,
): Promise<BenchmarkSequence> {
  const photos = [{ image: 1, path: path1 }, ...others];
  const described = await Promise.all(
    photos.map(async ({ path }) => {
      const photo = await describe(path, options, pool);
      onDetected();
      return photo;
    }),
  );
  const anchors = new Map<number, BenchmarkAnchor[]>();
  others.forEach(({ image, imageFromImage1 }, i) => {
    const found = benchmarkAnchors(described[0], described[i + 1], imageFromImage1, {
      mostAnchors: options.anchors,
      hardPerAnchor,
      seed: options.seed,
    });
    anchors.set(image, found);
    if (found.length > 0) return;
    observe({
      type: 'message',
      level: 'warning',
      text: `${name}: nothing of photo 1 was found again in photo ${image}`,
    });
  });
  return { name, keypoints: new Map(photos.map(({ image }, i) => [image, described[i].keypoints])), anchors };
}

/** Keypoints of a whole photo with SIFT's descriptors of their patches. */
async function describe(path: string, options: DatasetHomographyOptions, pool: Pool): Promise<DescribedKeypoints> {
  const { detector, maxKeypoints } = options;
  const whole = { detectPixels: Infinity, limitPixels: defaultLimitPixels, descriptorHash: '' };
  const found = await pool.run('describePhoto', { path, settings: { detector, maxKeypoints, ...whole } });
  if ('code' in found) throw new PhotoError(found.path, found.code, found.reason, found.suggestion);
  const { keypoints, patches, patchScale } = found;
  const range = { patches, side: patchSide, from: 0, to: keypoints.count };
  const descriptors = await pool.run('describePatchRange', { method: classicalMethods.sift, ...range });
  return { keypoints: benchmarkKeypoints(keypoints, patchScale), descriptors };
}

function countAnchors({ anchors }: BenchmarkSequence): number {
  return [...anchors.values()].reduce((sum, { length }) => sum + length, 0);
}
