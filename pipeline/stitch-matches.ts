import { type Rejection, UsageError } from '../src/errors.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import type { MatchGraph, VerifiedPair } from '../src/scene/match-graph.ts';
import { finish, type StitchResult } from './finish-stitch.ts';
import type { StitchOptions } from './options.ts';
import { probePhotos } from './photo-set.ts';
import { separate, type StitchContext, type StitchHooks, withContext } from './stitch-context.ts';

/** A photo whose matches were found elsewhere. */
export interface MatchedPhoto {
  readonly path: string;
  /**
   * `x, y` a keypoint, where matches are given as index pairs. Pixels of the full-resolution photo after EXIF orientation;
   * the centre of the top-left pixel is (0, 0): subtract 0.5 from COLMAP's.
   */
  readonly keypoints?: ArrayLike<number>;
}

/** Matches of two photos, best first where known: index pairs or coordinates. */
export type PhotoMatches =
  | {
      /** Indices into the photos. */
      readonly a: number;
      readonly b: number;
      /** `i, j` a match: keypoint i of photo a, keypoint j of photo b. */
      readonly indexPairs: ArrayLike<number>;
    }
  | {
      readonly a: number;
      readonly b: number;
      /** `xa, ya, xb, yb` a match, in pixels as for `MatchedPhoto.keypoints`. */
      readonly points: ArrayLike<number>;
    };

/**
 * Stitches photos whose matches come from somebody else's pipeline: verifies them, solves the cameras, composes and
 * writes the panoramas. Options of detecting and matching have no effect.
 * @throws UsageError where a match points to a photo or keypoint that does not exist, or holds no number
 */
export async function stitchMatches(
  photos: readonly MatchedPhoto[],
  matches: readonly PhotoMatches[],
  given: Omit<StitchOptions, 'matches'> & Omit<StitchHooks, 'detect' | 'scorePairs'>,
): Promise<StitchResult> {
  const { hooks, options } = separate(given);
  if (options.matches !== undefined) {
    throw new UsageError('option "matches" is one of stitch: stitchMatches is given the matches themselves');
  }
  const pairs = pairPoints(photos, matches);
  return withContext(options, hooks, (context) => finishMatches(photos, pairs, [], context));
}

/** Matches of two photos as coordinates. */
export interface PairPoints {
  readonly a: number;
  readonly b: number;
  /** `xa, ya, xb, yb` a match. */
  readonly points: Float64Array;
}

/** From matches to written panoramas and the report. */
export async function finishMatches(
  photos: readonly MatchedPhoto[],
  matches: readonly PairPoints[],
  rejected: readonly Rejection[],
  context: StitchContext,
): Promise<StitchResult> {
  const { options, stopwatch } = context;
  const paths = photos.map(({ path }) => path);
  const headers = await stopwatch.time('read', () => probePhotos(paths, options.maxInputPixels * 1e6, context));
  const usable = new Map(headers.photos.map((photo, i) => [photo.path, i]));
  const ofUsable = matches.flatMap(({ a, b, points }) => {
    const [indexA, indexB] = [usable.get(paths[a]), usable.get(paths[b])];
    return indexA === undefined || indexB === undefined ? [] : [{ a: indexA, b: indexB, points }];
  });
  const pairs = await stopwatch.time('score', () => verifyAll(ofUsable, headers.photos, context));
  const graph: MatchGraph = { photos: headers.photos, pairs };
  return finish(graph, [...rejected, ...headers.rejected], context);
}

/**
 * Checked matches as coordinates.
 * @throws UsageError as `stitchMatches`
 */
export function pairPoints(photos: readonly MatchedPhoto[], matches: readonly PhotoMatches[]): PairPoints[] {
  return matches.map((pair) => ({ a: pair.a, b: pair.b, points: coordinates(pair, photos) }));
}

async function verifyAll(
  pairs: readonly PairPoints[],
  photos: readonly PhotoInfo[],
  { pool, observe, options }: StitchContext,
): Promise<VerifiedPair[]> {
  const report = (done: number): void => observe({ type: 'progress', stage: 'score', done, total: pairs.length });
  report(0);
  const inputs = pairs.map(({ a, b, points }) => ({ first: photos[a], second: photos[b], points, seed: options.seed }));
  const outcomes = await pool.map('verifyPoints', inputs, report);
  return outcomes.flatMap((outcome, i) => {
    if (outcome.geometry.kind === 'none') return [];
    const { image2FromImage1: bFromA, medianErrorPx } = outcome.geometry;
    return [{ a: pairs[i].a, b: pairs[i].b, points: outcome.points, bFromA, medianErrorPx }];
  });
}

/** The matches of a pair as xa, ya, xb, yb, checked. */
function coordinates(pair: PhotoMatches, photos: readonly MatchedPhoto[]): Float64Array {
  for (const index of [pair.a, pair.b]) {
    if (!Number.isInteger(index) || index < 0 || index >= photos.length) {
      throw new UsageError(
        `expected photo numbers from 0 to ${photos.length - 1} in the matches but received ${index}`,
      );
    }
  }
  if (pair.a === pair.b) throw new UsageError(`expected matches of two photos but both are photo ${pair.a}`);
  const points =
    'points' in pair ? Float64Array.from(pair.points) : lookUp(pair.indexPairs, photos[pair.a], photos[pair.b]);
  if (points.length % 4 !== 0 || !points.every(Number.isFinite)) {
    throw new UsageError(
      `expected four finite numbers (xa, ya, xb, yb) a match of photos ${pair.a} and ${pair.b}, received ${points.length} numbers`,
    );
  }
  return points;
}

function lookUp(indexPairs: ArrayLike<number>, first: MatchedPhoto, second: MatchedPhoto): Float64Array {
  const points = new Float64Array(2 * indexPairs.length);
  for (let i = 0; i < indexPairs.length; i++) {
    const { path, keypoints } = i % 2 === 0 ? first : second;
    const index = indexPairs[i];
    const count = (keypoints?.length ?? 0) / 2;
    if (keypoints === undefined || !Number.isInteger(index) || index < 0 || index >= count) {
      throw new UsageError(`${path}: a match points to keypoint ${index}, but the photo has ${count} keypoints`);
    }
    points[2 * i] = keypoints[2 * index];
    points[2 * i + 1] = keypoints[2 * index + 1];
  }
  return points;
}
