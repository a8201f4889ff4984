import { PhotoError, type Rejection } from '../src/errors.ts';
import type { DetectorName } from '../src/features/detect.ts';
import type { Keypoints } from '../src/features/keypoints.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import type { Image, PhotoInfo } from '../src/image/image.ts';
import { probePhoto, readPhoto } from '../src/image/read-photo.ts';
import type { Observer } from './observer.ts';
import type { Pool } from './pool.ts';
import { shareFeatures } from './shared-memory.ts';
import { cacheKey, type Workspace } from './workspace.ts';

/** Photos that can be used, with their features; and those that cannot. */
export interface PhotoSet {
  readonly photos: readonly PhotoInfo[];
  /** In the order of `photos`. */
  readonly features: readonly PhotoFeatures[];
  /**
   * Names each photo's features in the workspace: content and options. Null where a detector of the caller's own found them:
   * nothing names what that one does, so nothing that rests on it may be kept.
   */
  readonly cacheKeys: readonly (string | null)[];
  readonly rejected: readonly Rejection[];
}

/**
 * A detector of the caller's own: keypoints of a grey 8-bit picture, in its own pixels, the most useful first.
 */
export type CustomDetector = (image: Image, signal?: AbortSignal) => Keypoints | Promise<Keypoints>;

export interface FeatureSettings {
  readonly detector: DetectorName;
  readonly customDetector?: CustomDetector;
  readonly maxKeypoints: number;
  /** Photos are searched at this many pixels at most. */
  readonly detectPixels: number;
  /** In place of `detectPixels`: photos are searched with their longer side at most so long, px. */
  readonly detectSide?: number;
  /** Photos with more pixels are refused. */
  readonly limitPixels: number;
  /** Names the descriptor network in cache keys. */
  readonly descriptorHash: string;
  /** A picture that is black where the photo is not to be searched (`readMask`). */
  readonly mask?: { readonly path: string; readonly contentHash: string };
}

interface Context {
  readonly pool: Pool;
  readonly workspace: Workspace;
  readonly observe: Observer;
  readonly signal?: AbortSignal;
}

/** Fewer keypoints than this cannot be matched. */
export const fewestKeypoints = 16;

/** Reads every photo's header. What cannot be read is rejected with the reason. */
export async function probePhotos(
  paths: readonly string[],
  limitPixels: number,
  { observe, signal }: Pick<Context, 'observe' | 'signal'>,
): Promise<{ photos: PhotoInfo[]; rejected: Rejection[] }> {
  const photos: PhotoInfo[] = [];
  const rejected: Rejection[] = [];
  observe({ type: 'progress', stage: 'read', done: 0, total: paths.length });
  for (const path of paths) {
    signal?.throwIfAborted();
    try {
      photos.push(await probePhoto(path, { limitPixels }));
    } catch (error) {
      rejected.push(rejectionOf(error));
    }
    observe({ type: 'progress', stage: 'read', done: photos.length + rejected.length, total: paths.length });
  }
  return { photos, rejected };
}

/** Detects and describes the keypoints of every photo; rejects damaged photos, duplicates and blank ones. */
export async function describePhotos(
  photos: readonly PhotoInfo[],
  settings: FeatureSettings,
  context: Context,
): Promise<PhotoSet> {
  let done = 0;
  const report = (): void => context.observe({ type: 'progress', stage: 'detect', done, total: photos.length });
  report();
  const outcomes = await Promise.all(
    photos.map(async (photo) => {
      const outcome = await describePhoto(photo, settings, context);
      done++;
      report();
      return outcome;
    }),
  );
  const isOurs = settings.customDetector === undefined;
  return sortOut(photos, outcomes, (photo) => (isOurs ? featureKey(photo, settings) : null));
}

/** Everything the features of a photo depend on. */
export function featureKey(photo: PhotoInfo, settings: FeatureSettings): string {
  const { detector, maxKeypoints, descriptorHash, mask } = settings;
  const detectPixels = detectPixelsOf(photo, settings);
  const parts = [photo.contentHash, detector, maxKeypoints, detectPixels, descriptorHash];
  return cacheKey('features', 5, ...parts, ...(mask === undefined ? [] : [mask.contentHash]));
}

/** Pixels a photo is searched at, at most. */
export function detectPixelsOf(
  { width, height }: PhotoInfo,
  { detectPixels, detectSide }: Pick<FeatureSettings, 'detectPixels' | 'detectSide'>,
): number {
  if (detectSide === undefined) return detectPixels;
  const scale = Math.min(1, detectSide / Math.max(width, height));
  return Math.ceil(scale * width) * Math.ceil(scale * height);
}

/** Px of the picture that is searched from px of the photo. */
export function detectScaleOf(photo: PhotoInfo, settings: FeatureSettings): number {
  return Math.min(1, Math.sqrt(detectPixelsOf(photo, settings) / (photo.width * photo.height)));
}

type Outcome = PhotoFeatures | Rejection;

/** The features of one photo, from the workspace or computed and kept there; why not, where it cannot be used. */
export async function describePhoto(photo: PhotoInfo, settings: FeatureSettings, context: Context): Promise<Outcome> {
  const { customDetector, ...rest } = settings;
  const plain = { ...rest, detectPixels: detectPixelsOf(photo, settings), detectSide: undefined };
  try {
    if (customDetector !== undefined) {
      const request = {
        channels: 1,
        depth: 8,
        maxPixels: plain.detectPixels,
        limitPixels: settings.limitPixels,
      } as const;
      const { image } = await readPhoto(photo.path, { ...request, signal: context.signal });
      const keypoints = await customDetector(image, context.signal);
      return await context.pool.run('describePhoto', { path: photo.path, settings: plain, keypoints });
    }
    const key = featureKey(photo, plain);
    const kept = await context.workspace.get<PhotoFeatures>('features', key);
    if (kept !== undefined) return shareFeatures(kept);
    const outcome = await context.pool.run('describePhoto', { path: photo.path, settings: plain });
    if (!('code' in outcome)) await context.workspace.put('features', key, outcome);
    return outcome;
  } catch (error) {
    return rejectionOf(error);
  }
}

function sortOut(
  photos: readonly PhotoInfo[],
  outcomes: readonly Outcome[],
  keyOf: (photo: PhotoInfo) => string | null,
): PhotoSet {
  const rejected: Rejection[] = [];
  const kept: { photo: PhotoInfo; features: PhotoFeatures }[] = [];
  const firstWithPixels = new Map<string, string>();
  outcomes.forEach((outcome, i) => {
    const { path } = photos[i];
    if ('code' in outcome) {
      rejected.push(outcome);
    } else if (firstWithPixels.has(outcome.pixelHash)) {
      rejected.push({
        path,
        code: 'duplicate',
        reason: `shows the same pixels as ${firstWithPixels.get(outcome.pixelHash)}`,
        suggestion: 'Nothing is lost: the other one is used.',
      });
    } else if (outcome.keypoints.count < fewestKeypoints) {
      rejected.push(tooLittleTexture(path, outcome.keypoints.count));
      firstWithPixels.set(outcome.pixelHash, path);
    } else {
      firstWithPixels.set(outcome.pixelHash, path);
      kept.push({ photo: photos[i], features: outcome });
    }
  });
  const usable = kept.map((k) => k.photo);
  return { photos: usable, features: kept.map((k) => k.features), cacheKeys: usable.map(keyOf), rejected };
}

export function tooLittleTexture(path: string, keypoints: number): Rejection {
  return {
    path,
    code: 'little-texture',
    reason: `has too little texture to be matched (${keypoints} keypoints)`,
    suggestion: 'Take the photo so that it shows more structure, or raise --detect-megapixels.',
  };
}

/** A photo's error as a value. Anything else is a defect or an interruption and goes on. */
export function rejectionOf(error: unknown): Rejection {
  if (!(error instanceof PhotoError)) throw error;
  const { path, code, reason, suggestion } = error;
  return { path, code, reason, suggestion };
}
