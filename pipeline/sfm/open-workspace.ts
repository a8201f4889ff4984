import { modelFiles, modelPath, networkFor } from '../../models/index.ts';
import { DataError, OutputError } from '../../src/errors.ts';
import type { PinholeCamera } from '../../src/geometry/pinhole.ts';
import { camerasOfPhotos } from '../../src/scene/sfm-cameras.ts';
import type { SfmCamera } from '../../src/scene/sfm-set.ts';
import { storedFrame } from '../../src/scene/stored-frame.ts';
import { descriptorCalibrationFor, matchCalibrationFor } from '../match-calibration.ts';
import { effortOf } from '../matcher.ts';
import { createStopwatch, silentObserver, type Observer } from '../observer.ts';
import { resolveOptions, withPreset } from '../options.ts';
import { reportDevice } from '../report-device.ts';
import { createPool } from '../pool.ts';
import { sfmOptions, sfmPresets, type ResolvedSfmOptions, type SfmOptions } from '../sfm-options.ts';
import { fileHash, openWorkspace } from '../workspace.ts';
import { readIntrinsics } from './intrinsics.ts';
import { listNames, openPhotos, type SourcePhoto } from './photos.ts';
import { findMasks } from './masks.ts';
import { defaultSfmFolder, type SfmSourcePhoto, type SfmWorkspace } from './workspace.ts';

export interface SfmHooks {
  readonly onProgress?: Observer;
  /** Ends the work promptly; promises reject with the signal's reason. What was computed stays. */
  readonly signal?: AbortSignal;
}

/**
 * Options with their defaults.
 * @throws UsageError for unknown options and values out of range
 */
export function resolveSfmOptions({ onProgress: _, signal: __, ...given }: SfmOptions & SfmHooks): ResolvedSfmOptions {
  return withPreset(resolveOptions(sfmOptions, given), sfmPresets);
}

/**
 * Opens the photos of a folder and the workspace in which what is computed of them is kept. Reads headers alone; starts worker threads, which
 * `close` ends.
 * @throws UsageError for unknown options, values out of range and paths that do not exist; DataError for fewer than two photos that can be
 * read, and for files that are not as expected; OutputError where the workspace cannot be written
 */
export async function openSfmWorkspace(folder: string, given: SfmOptions & SfmHooks = {}): Promise<SfmWorkspace> {
  const { onProgress, signal } = given;
  const options = resolveSfmOptions(given);
  const observe = onProgress ?? silentObserver;
  signal?.throwIfAborted();
  networkFor(options.model, 'pair');
  networkFor(options.descriptor, 'descriptor');
  const names = await listNames(folder, { list: options.imageList, without: options.masks });
  const { photos, rejected } = await openPhotos(folder, names, options.maxInputPixels * 1e6, observe, signal);
  if (photos.length < 2) {
    const why = rejected.map(({ path, reason }) => `${path} ${reason}`).join('; ');
    throw new DataError(`${folder}: fewer than two photos can be read (${why})`);
  }
  const cameras = await findCameras(photos, names, options);
  const masks = await findMasks(
    options.masks,
    photos.map(({ name }) => name),
    observe,
  );
  const folderOfStore = options.workspace ?? (await defaultSfmFolder(folder));
  const store = await openWorkspace(folderOfStore, Infinity, (_, reason) => {
    throw new OutputError(
      `the workspace ${folderOfStore} cannot be written (${reason}); free some room or choose another with --workspace`,
    );
  });
  const settings = await settingsOf(options, observe);
  const [judgePath, decisionPath] = modelFiles(options.model);
  const { device, threads, descriptor } = options;
  const workers = { device, sessionThreads: 1, judgePath, decisionPath, descriptorPath: modelPath(descriptor) };
  const pool = createPool(threads, workers, signal);
  try {
    if (settings.effort.judging !== 'none') await reportDevice(pool, device, observe);
  } catch (error) {
    await pool.close();
    throw error;
  }
  return {
    photoFolder: folder,
    names,
    photos: photos.map((photo, i) => ({ ...photo, ...cameras.of[i], mask: masks[i] })),
    cameras: cameras.all,
    rejected,
    ...settings,
    store,
    folder: folderOfStore,
    pool,
    observe,
    stopwatch: createStopwatch(),
    signal,
    close: async () => {
      await pool.close();
      // What killed runs left half-written takes room alone.
      await store.trim().catch(() => undefined);
    },
  };
}

/** What decides the keypoints of a photo, and the matches of a pair. */
async function settingsOf(
  options: ResolvedSfmOptions,
  observe: Observer,
): Promise<Pick<SfmWorkspace, 'features' | 'effort'>> {
  const { quality, model, descriptor, detector } = options;
  const effort = effortOf(quality);
  const isJudged = effort.judging !== 'none';
  return {
    features: {
      detector,
      maxKeypoints: options.maxKeypoints,
      detectPixels: options.detectMegapixels * 1e6,
      detectSide: options.maxSize,
      limitPixels: options.maxInputPixels * 1e6,
      descriptorHash: await fileHash(modelPath(descriptor)),
    },
    effort: {
      ...effort,
      candidates: options.candidates,
      calibration: isJudged
        ? await matchCalibrationFor(model, detector, observe)
        : await descriptorCalibrationFor(descriptor, detector),
      seed: options.seed,
      planeTolerance,
      judgeHash: isJudged ? (await Promise.all(modelFiles(model).map(fileHash))).join(' ') : '',
    },
  };
}

async function findCameras(
  photos: readonly SourcePhoto[],
  names: readonly string[],
  { intrinsics, cameraModel, camera }: ResolvedSfmOptions,
): Promise<{ all: SfmCamera[]; of: Pick<SfmSourcePhoto, 'camera' | 'pinhole'>[] }> {
  const knownOf = intrinsics === undefined ? () => undefined : await readIntrinsics(intrinsics, names);
  const described = photos.map(({ name, info: { focal, cameraKey }, stored: { width, height } }) => ({
    name,
    width,
    height,
    focal,
    cameraKey,
  }));
  const { cameras, cameraOf } = camerasOfPhotos(described, cameraModel, camera, knownOf);
  const of = photos.map((photo, i) => ({
    camera: cameraOf[i],
    pinhole: knownOf(photo.name) === undefined ? null : uprightPinhole(cameras[cameraOf[i]], photo),
  }));
  return { all: cameras, of };
}

/** Slight relief is what places cameras: matches on it must not be lost to a homography that nearly explains them. */
const planeTolerance = 0.5;

/** A camera without distortion, of the upright photo; null for others, whose matches obey no essential matrix. */
function uprightPinhole({ model, params }: SfmCamera, { stored }: SourcePhoto): PinholeCamera | null {
  const count = { SIMPLE_PINHOLE: 3, PINHOLE: 4, SIMPLE_RADIAL: 3, RADIAL: 3, OPENCV: 4 }[model];
  if (params.slice(count).some((distortion) => distortion !== 0)) return null;
  const [fx, fy, x, y] = count === 3 ? [params[0], params[0], params[1], params[2]] : params;
  const { storedFromUpright, turn } = storedFrame(stored);
  const [a, b, c, d, e, f] = storedFromUpright;
  // The inverse of a quarter turn or mirroring is its transpose.
  const [cx, cy] = [a * (x - c) + d * (y - f), b * (x - c) + e * (y - f)];
  return turn[0] === 0 ? { fx: fy, fy: fx, cx, cy } : { fx, fy, cx, cy };
}
