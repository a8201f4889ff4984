import { modelFiles, modelPath, networkFor } from '../models/index.ts';
import { PhotoError, UsageError } from '../src/errors.ts';
import { type MatchesFile, matchesFile } from '../src/export/matches-file.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import { swapColumns } from '../src/geometry/homography.ts';
import type { GeometryRequest, PairGeometry } from '../src/geometry/pair-geometry.ts';
import type { PinholeCamera } from '../src/geometry/pinhole.ts';
import { swapGeometry } from '../src/geometry/swap-geometry.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import { probePhoto } from '../src/image/read-photo.ts';
import { isSwapped, orderPair } from '../src/matching/canonical-order.ts';
import type { MatchPhotosOptions, PairMatches } from '../src/matching/match-photos.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import { descriptorCalibrationFor, matchCalibrationFor } from './match-calibration.ts';
import { isProven, matchSimulatedViews, pairOf, refineInFrames } from './match-views.ts';
import { type MatcherOptions, resolveMatcherOptions, type ResolvedMatcherOptions } from './match-options.ts';
import { createStopwatch, type Observer, silentObserver } from './observer.ts';
import { type CustomDetector, describePhoto, featureKey, fewestKeypoints, type FeatureSettings } from './photo-set.ts';
import { createPool, type Pool } from './pool.ts';
import { reportDevice } from './report-device.ts';
import { cacheKey, defaultWorkspaceFolder, fileHash, noWorkspace, openWorkspace, type Workspace } from './workspace.ts';

/** What a caller can hand in beside the options. */
export interface MatcherHooks {
  readonly onProgress?: Observer;
  /** Ends the work promptly, closes the matcher; promises reject with the signal's reason. */
  readonly signal?: AbortSignal;
  /** A detector of the caller's own, in place of `detector`. */
  readonly detect?: CustomDetector;
}

/** A photo with its keypoints, patches and descriptors: plain data, found once and matched with any number of others. */
export interface DetectedPhoto {
  readonly info: PhotoInfo;
  readonly features: PhotoFeatures;
}

/** What is known or asked for of one pair. */
export interface PairRequest {
  /** In place of the matcher's `geometry`. */
  readonly geometry?: GeometryRequest;
  /** Known cameras, px at full resolution. One alone is of no use. */
  readonly camera1?: PinholeCamera;
  readonly camera2?: PinholeCamera;
}

/** Matches pairs of photos. Holds worker threads until closed. */
export interface Matcher {
  /**
   * Finds a photo's keypoints.
   * @throws PhotoError naming the photo where it cannot be read
   */
  detect(path: string): Promise<DetectedPhoto>;
  /**
   * Matches two photos: what `matches.json` holds. Failure on the data is `geometry.kind` "none" with a verdict and a reason.
   * Deterministic; swapped photos give the same matches with columns swapped.
   * @throws PhotoError naming a photo that cannot be read; UsageError for a camera without the other, or an essential matrix without any
   */
  match(photo1: DetectedPhoto | string, photo2: DetectedPhoto | string, request?: PairRequest): Promise<MatchesFile>;
  /** Seconds spent so far: `detect`, `score`. */
  seconds(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** How much each quality spends on a pair; `views`: photos that show no geometry are tried as they would look from elsewhere. */
const efforts = {
  fast: { judging: 'none', guided: false, views: false },
  normal: { judging: 'once', guided: true, views: false },
  best: { judging: 'both', guided: true, views: true },
} as const satisfies Record<string, Pick<MatchPhotosOptions, 'judging' | 'guided'> & { readonly views: boolean }>;

/** What a quality means for one pair. */
export function effortOf(quality: keyof typeof efforts): Pick<MatchPhotosOptions, 'judging' | 'guided'> {
  const { judging, guided } = efforts[quality];
  return { judging, guided };
}

/**
 * Starts a matcher.
 * @throws UsageError for unknown options, values out of range and models that are none
 */
export async function createMatcher(given: MatcherOptions & MatcherHooks = {}): Promise<Matcher> {
  const { onProgress, signal, detect, ...plain } = given;
  const options = resolveMatcherOptions(plain);
  const observe = onProgress ?? silentObserver;
  signal?.throwIfAborted();
  networkFor(options.model, 'pair');
  networkFor(options.descriptor, 'descriptor');
  const [judgePath, decisionPath] = modelFiles(options.model);
  const descriptorPath = modelPath(options.descriptor);
  const settings = {
    device: options.device,
    sessionThreads: 1,
    pairThreads: options.threads,
    judgePath,
    decisionPath,
    descriptorPath,
  };
  const warn = (text: string): void => observe({ type: 'message', level: 'warning', text });
  // First of all, as the workers take longest to start.
  const pool = createPool(options.threads, settings, signal);
  try {
    const workspace = options.cache
      ? await openWorkspace(options.workspace ?? defaultWorkspaceFolder(), options.cacheGigabytes * 1e9, warn)
      : noWorkspace;
    const features = {
      detector: options.detector,
      customDetector: detect,
      maxKeypoints: options.maxKeypoints,
      detectPixels: options.detectMegapixels * 1e6,
      detectSide: options.maxSize,
      limitPixels: options.maxInputPixels * 1e6,
      descriptorHash: await fileHash(descriptorPath),
    };
    if (efforts[options.quality].judging !== 'none') await reportDevice(pool, options.device, observe);
    const matching = await matchingOf(options, observe);
    return matcherOf({ options, observe, signal, pool, workspace, features, matching });
  } catch (error) {
    await pool.close();
    throw error;
  }
}

interface Context {
  readonly options: ResolvedMatcherOptions;
  readonly observe: Observer;
  readonly signal?: AbortSignal;
  readonly pool: Pool;
  readonly workspace: Workspace;
  readonly features: FeatureSettings;
  readonly matching: {
    readonly calibration: MatchCalibration;
    /** Without the judge. */
    readonly byDescriptors: MatchCalibration;
    readonly judgeHash: string;
  };
}

async function matchingOf(
  { quality, model, descriptor, detector }: ResolvedMatcherOptions,
  observe: Observer,
): Promise<Context['matching']> {
  const byDescriptors = await descriptorCalibrationFor(descriptor, detector);
  if (efforts[quality].judging === 'none') return { calibration: byDescriptors, byDescriptors, judgeHash: '' };
  const judgeHash = (await Promise.all(modelFiles(model).map(fileHash))).join(' ');
  return { calibration: await matchCalibrationFor(model, detector, observe), byDescriptors, judgeHash };
}

function matcherOf(context: Context): Matcher {
  const stopwatch = createStopwatch();
  const detect = (path: string): Promise<DetectedPhoto> => stopwatch.time('detect', () => detectOne(path, context));
  return {
    detect,
    async match(photo1, photo2, request = {}) {
      const found = await Promise.all(
        [photo1, photo2].map((photo) => (typeof photo === 'string' ? detect(photo) : photo)),
      );
      return stopwatch.time('score', () => matchTwo(found[0], found[1], request, context));
    },
    seconds: () => stopwatch.seconds(),
    async close() {
      await context.workspace.trim();
      await context.pool.close();
    },
  };
}

async function detectOne(
  path: string,
  { features, pool, workspace, observe, signal }: Context,
): Promise<DetectedPhoto> {
  const info = await probePhoto(path, { limitPixels: features.limitPixels, signal });
  const found = await describePhoto(info, features, { pool, workspace, observe, signal });
  if (!('code' in found)) return { info, features: found };
  throw new PhotoError(found.path, found.code, found.reason, found.suggestion);
}

async function matchTwo(
  photo1: DetectedPhoto,
  photo2: DetectedPhoto,
  request: PairRequest,
  context: Context,
): Promise<MatchesFile> {
  const images = [photo1, photo2].map(({ info: { path, width, height } }) => ({ path, width, height }));
  const blank = [photo1, photo2].find(({ features }) => features.keypoints.count < fewestKeypoints);
  if (blank !== undefined) {
    const reason = `${blank.info.path} has too little texture to be matched (${blank.features.keypoints.count} keypoints)`;
    return matchesFile(images[0], images[1], new Float64Array(), [], {
      kind: 'none',
      verdict: 'little-texture',
      reason,
      agreeing: 0,
    });
  }
  const geometry = request.geometry ?? context.options.geometry;
  const cameras = camerasOf(photo1, photo2, geometry, request);
  const swapped = isSwapped(photo1.info.contentHash, photo2.info.contentHash);
  const [first, second] = orderPair(photo1, photo2, swapped);
  const outcome = await computed(first, second, geometry, cameras && orderPair(...cameras, swapped), context);
  const points = swapped ? swapColumns(outcome.points) : outcome.points;
  const shown: PairGeometry = swapped ? swapGeometry(outcome.geometry) : outcome.geometry;
  return matchesFile(images[0], images[1], points, outcome.probability, shown);
}

/** Known cameras; for an essential matrix, those that EXIF makes likely will do. */
function camerasOf(
  { info: info1 }: DetectedPhoto,
  { info: info2 }: DetectedPhoto,
  geometry: GeometryRequest,
  { camera1, camera2 }: PairRequest,
): readonly [PinholeCamera, PinholeCamera] | null {
  if (camera1 !== undefined && camera2 !== undefined) return [camera1, camera2];
  if (camera1 !== undefined || camera2 !== undefined) {
    throw new UsageError(
      `expected the cameras of both photos, received only that of photo ${camera1 ? 1 : 2}: give --k1 and --k2`,
    );
  }
  if (geometry !== 'essential') return null;
  const [likely1, likely2] = [info1, info2].map(({ path, focal, width, height }): PinholeCamera => {
    if (focal === null) {
      throw new UsageError(
        `an essential matrix needs the focal lengths, and the EXIF data of ${path} hold none: give --k1 and --k2, or ask for a fundamental matrix`,
      );
    }
    return { fx: focal.focalPx, fy: focal.focalPx, cx: (width - 1) / 2, cy: (height - 1) / 2 };
  });
  return [likely1, likely2];
}

async function computed(
  first: DetectedPhoto,
  second: DetectedPhoto,
  request: GeometryRequest,
  cameras: readonly [PinholeCamera, PinholeCamera] | null,
  context: Context,
): Promise<PairMatches> {
  const { options, features, matching, workspace, observe } = context;
  const { candidates, seed, quality } = options;
  const { views, ...effort } = efforts[quality];
  const plain = { candidates, calibration: matching.calibration, ...effort, request, cameras, seed };
  const lookFromElsewhere = async (found: PairMatches): Promise<PairMatches> => {
    const settings = { ...plain, calibration: matching.byDescriptors };
    if (found.geometry.kind !== 'none') return refineInFrames(first, second, found, settings, context);
    const seen = await matchSimulatedViews(first, second, settings, context);
    if (seen === null || found.geometry.verdict !== 'ambiguous') return seen ?? found;
    // Of what repeats itself, more views show more look-alikes too.
    return (await isProven(first, second, seen.geometry, seed, context)) ? seen : found;
  };
  const compute = async (): Promise<PairMatches> => {
    observe({ type: 'progress', stage: 'score', done: 0, total: 1 });
    const found = await context.pool.run('matchTwoPhotos', { ...pairOf(first, second), ...plain });
    const seen = views && features.customDetector === undefined ? await lookFromElsewhere(found) : found;
    observe({ type: 'progress', stage: 'score', done: 1, total: 1 });
    return seen;
  };
  // Nothing names what a caller's own detector does.
  if (features.customDetector !== undefined) return compute();
  const keys = [first, second].map(({ info }) => featureKey(info, features));
  const key = cacheKey('two photos', 5, ...keys, plain, views, matching.judgeHash);
  const kept = await workspace.get<PairMatches>('matches', key);
  if (kept !== undefined) return kept;
  const outcome = await compute();
  await workspace.put('matches', key, outcome);
  return outcome;
}
