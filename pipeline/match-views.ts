import { simulatedViews } from '../src/features/simulated-views.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import { commonFrame, type CommonFrame } from '../src/geometry/common-frame.ts';
import { estimatePair, geometryOfPlane } from '../src/geometry/estimate-pair.ts';
import type { FoundGeometry, PairGeometry } from '../src/geometry/pair-geometry.ts';
import { planesOfScene } from '../src/geometry/planes-of-scene.ts';
import type { PhotoSize } from '../src/geometry/plane-pairs.ts';
import type { Matrix3 } from '../src/math/matrix3.ts';
import type { FrameMatches, reachShares } from '../src/matching/frame-matching.ts';
import type { MatchPhotosOptions, PairMatches, PhotoOfPair } from '../src/matching/match-photos.ts';
import { elsewhere, joinMatches } from '../src/matching/join-matches.ts';
import { shiftToExpected } from '../src/matching/prior-shift.ts';
import type { ViewPlane } from '../src/matching/view-planes.ts';
import type { DetectedPhoto } from './matcher.ts';
import type { Observer } from './observer.ts';
import type { FeatureSettings } from './photo-set.ts';
import type { Pool } from './pool.ts';

interface Context {
  readonly pool: Pool;
  readonly observe: Observer;
  readonly features: FeatureSettings;
}

/** The homography of views is coarse: each frame shows it better, until no more matches agree. */
const mostFrames = { coarse: 4, fine: 2 } as const;
/** Planes of views that are looked at in their frame before the photos are given up: the surest is nearly always right, or none is. */
const planesTried = 3;

/**
 * Matches photos that look too different: each is rendered as it would look from many sides, each view of the one is matched with each of the
 * other (Morel & Yu 2009; Mishkin, Matas & Perdoch, "MODS: fast and robust method for two-view matching", CVIU 2015). A plane found so leads to
 * the frame in which the photos look alike, where they are matched again; known cameras are placed by all planes found. Takes some ten seconds on
 * two cores, whatever the size of the photos.
 * @returns null where the views show no geometry either
 */
export async function matchSimulatedViews(
  first: DetectedPhoto,
  second: DetectedPhoto,
  options: MatchPhotosOptions,
  context: Context,
): Promise<PairMatches | null> {
  const planes = await planesOfPhotos(first, second, options, context);
  if (planes.length === 0) return null;
  const { cameras, seed } = options;
  const known = { size1: first.info, size2: second.info, cameras };
  const request = requestOfViews(options);
  if (request !== 'homography') {
    const joined = joinMatches(planes);
    const geometry = estimatePair(joined.points, { ...known, request, seed });
    if (geometry.kind === 'none') return null;
    if (geometry.kind !== 'homography') return withExpected({ ...joined, geometry }, geometry.inliers.length);
  }
  for (const plane of planes.slice(0, planesTried)) {
    const seen = await matchInFrames(first, second, plane.image2FromImage1, 'coarse', options, context);
    if (seen === null) continue;
    const geometry = geometryOfPlane(seen.points, seen.image2FromImage1, seen.inliers, known);
    if (geometry.kind !== 'none') return withFrame(geometry, seen);
  }
  return null;
}

/**
 * Among so many views of everything, wrong matches agree with a fundamental matrix more easily than chance would have it (castle-P19 6-12, which
 * share nothing): one is looked for only where it was asked for.
 */
function requestOfViews({ request, cameras }: MatchPhotosOptions): MatchPhotosOptions['request'] {
  return request === 'auto' && cameras === null ? 'homography' : request;
}

/**
 * Matches photos again in frames in which they look alike: that of the homography, or of each large plane of a scene that has depth.
 * @returns what was found, where the frames show no more
 */
export async function refineInFrames(
  first: DetectedPhoto,
  second: DetectedPhoto,
  found: PairMatches,
  options: MatchPhotosOptions,
  context: Context,
): Promise<PairMatches> {
  const { geometry } = found;
  if (geometry.kind === 'none') return found;
  if (geometry.kind !== 'homography') return addPlanes(first, second, found, geometry, options, context);
  const seen = await matchInFrames(first, second, geometry.matrix, 'fine', options, context);
  return seen === null || seen.inliers.length < geometry.inliers.length ? found : withFrame(geometry, seen);
}

/** Px within which a match of a frame is taken to be one that is known. */
const samePlacePx = 1.5;

/** Adds the matches that the frames of a scene's planes show where none were known. */
async function addPlanes(
  first: DetectedPhoto,
  second: DetectedPhoto,
  found: PairMatches,
  geometry: FoundGeometry,
  options: MatchPhotosOptions,
  context: Context,
): Promise<PairMatches> {
  const { seed, cameras } = options;
  const sizes = { size1: sizeOf(first), size2: sizeOf(second) };
  let all: Pick<PairMatches, 'points' | 'probability'> = found;
  for (const plane of planesOfScene(found.points, geometry.inliers, { ...sizes, seed })) {
    const seen = await matchInFrames(first, second, plane, 'fine', options, context);
    if (seen !== null) all = joinMatches([all, elsewhere(seen, all.points, samePlacePx)]);
  }
  if (all === found) return found;
  const better = estimatePair(all.points, { ...sizes, request: geometry.kind, cameras, seed });
  if (better.kind === 'none' || better.inliers.length < geometry.inliers.length) return found;
  // More matches by the same view say nothing of a second one.
  const { verdict, reason } = geometry;
  const doubted: FoundGeometry = geometry.repeats ? { ...better, verdict, reason, repeats: true } : better;
  return withExpected({ ...all, geometry: doubted }, better.inliers.length);
}

/** Matches in the frame of a plane of what repeats itself: fewer agree by chance too. */
const fewestConvincing = 100;

/** Whether photos of what repeats itself are really of the same, by the frame of the plane that simulated views show. */
export async function isProven(
  first: DetectedPhoto,
  second: DetectedPhoto,
  geometry: PairGeometry,
  seed: number,
  context: Context,
): Promise<boolean> {
  if (geometry.kind !== 'homography' || geometry.inliers.length < fewestConvincing) return false;
  const frame = commonFrame(geometry.matrix, first.info, second.info);
  if (frame === null) return false;
  const [features1, features2] = await describeBoth(first, second, frame, context);
  return context.pool.run('proveInFrame', { features1, features2, frame, seed });
}

function describeBoth(
  { info: photo1 }: DetectedPhoto,
  { info: photo2 }: DetectedPhoto,
  frame: CommonFrame,
  { pool, features }: Context,
): Promise<[PhotoFeatures, PhotoFeatures]> {
  const settings = plain(features);
  return Promise.all([
    pool.run('describeInFrame', { photo: photo1, frameFromPhoto: frame.frameFromImage1, frame, settings }),
    pool.run('describeInFrame', { photo: photo2, frameFromPhoto: frame.frameFromImage2, frame, settings }),
  ]);
}

/** @returns null where the frame of the homography does not show it */
async function matchInFrames(
  first: DetectedPhoto,
  second: DetectedPhoto,
  image2FromImage1: Matrix3,
  reach: keyof typeof reachShares,
  { calibration, seed }: MatchPhotosOptions,
  context: Context,
): Promise<FrameMatches | null> {
  let best: FrameMatches | null = null;
  for (let round = 0; round < mostFrames[reach]; round++) {
    const frame = commonFrame(best?.image2FromImage1 ?? image2FromImage1, first.info, second.info);
    if (frame === null) break;
    const [features1, features2] = await describeBoth(first, second, frame, context);
    const seen: FrameMatches | null = await context.pool.run('matchPhotosInFrame', {
      features1,
      features2,
      frame,
      reach: best === null ? reach : 'fine',
      calibration,
      seed,
    });
    if (seen === null || seen.inliers.length <= (best?.inliers.length ?? 0)) break;
    best = seen;
  }
  return best;
}

function withFrame(
  geometry: FoundGeometry,
  { points, probability, image2FromImage1, inliers }: FrameMatches,
): PairMatches {
  return withExpected(
    { points, probability, geometry: { ...geometry, matrix: image2FromImage1, inliers } },
    inliers.length,
  );
}

function withExpected(found: PairMatches, right: number): PairMatches {
  return { ...found, probability: shiftToExpected(found.probability, right) };
}

/** What a worker is given of two photos. */
export function pairOf(first: DetectedPhoto, second: DetectedPhoto): { first: PhotoOfPair; second: PhotoOfPair } {
  const of = ({ info: { width, height }, features }: DetectedPhoto): PhotoOfPair => ({ width, height, features });
  return { first: of(first), second: of(second) };
}

/** The planes that pairs of views show, the surest first. */
async function planesOfPhotos(
  first: DetectedPhoto,
  second: DetectedPhoto,
  { calibration, seed }: MatchPhotosOptions,
  context: Context,
): Promise<ViewPlane[]> {
  const [views1, views2] = await describeViews([first, second], context);
  const sizes = { size1: sizeOf(first), size2: sizeOf(second) };
  const inputs = views1.map((view1) => ({ view1, views2, sizes, calibration, seed }));
  const planes = (await context.pool.map('planesOfView', inputs)).flat();
  return planes.sort((a, b) => a.logFalseAlarms - b.logFalseAlarms);
}

async function describeViews(
  photos: readonly DetectedPhoto[],
  { pool, observe, features: settings }: Context,
): Promise<PhotoFeatures[][]> {
  const views = simulatedViews();
  const inputs = photos.flatMap(({ info }) => views.map((view) => ({ photo: info, view, settings: plain(settings) })));
  const described = await pool.map('describeView', inputs, (done) =>
    observe({ type: 'progress', stage: 'views', done, total: inputs.length }),
  );
  return photos.map((_, i) => described.slice(i * views.length, (i + 1) * views.length));
}

function sizeOf({ info: { width, height } }: DetectedPhoto): PhotoSize {
  return { width, height };
}

function plain({ detector, limitPixels }: FeatureSettings): Pick<FeatureSettings, 'detector' | 'limitPixels'> {
  return { detector, limitPixels };
}
