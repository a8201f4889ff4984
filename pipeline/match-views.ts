import { joinFeatures } from '../src/features/join-features.ts';
import { simulatedViews } from '../src/features/simulated-views.ts';
import { commonFrame } from '../src/geometry/common-frame.ts';
import type { FrameMatches } from '../src/matching/frame-matching.ts';
import type { MatchPhotosOptions, PairMatches, PhotoOfPair } from '../src/matching/match-photos.ts';
import { shiftToExpected } from '../src/matching/prior-shift.ts';
import type { DetectedPhoto } from './matcher.ts';
import type { Observer } from './observer.ts';
import type { FeatureSettings } from './photo-set.ts';
import type { Pool } from './pool.ts';
import { shareFeatures } from './shared-memory.ts';

interface Context {
  readonly pool: Pool;
  readonly observe: Observer;
  readonly features: FeatureSettings;
}

/** The homography of the views is coarse: the first frame is a little off, the second as good as it gets. */
const frames = 2;

/**
 * Matches photos that look too different: each is rendered as it would look from many sides, all views of the one are matched with all of the
 * other (ASIFT), and a homography found so leads to the frame in which the photos look alike, where they are matched again. Takes some ten
 * seconds on two cores, whatever the size of the photos.
 * @returns null where the views show no geometry either
 */
export async function matchSimulatedViews(
  first: DetectedPhoto,
  second: DetectedPhoto,
  options: MatchPhotosOptions,
  context: Context,
): Promise<PairMatches | null> {
  const [views1, views2] = await describeViews([first, second], context);
  const pair = pairOf({ ...first, features: views1 }, { ...second, features: views2 });
  const found = await context.pool.run('matchTwoPhotos', {
    ...pair,
    ...options,
    request: requestOfViews(options),
    candidates: 1,
    judging: 'none',
    guided: false,
  });
  if (found.geometry.kind === 'none') return null;
  // The views show the same places many times over: their inliers are more, not better.
  return refineInFrames(first, second, found, options, context, 0);
}

/**
 * Among so many views of everything, wrong matches agree with a fundamental matrix more easily than chance would have it (castle-P19 6-12, which
 * share nothing): one is looked for only where it was asked for.
 */
function requestOfViews({ request, cameras }: MatchPhotosOptions): MatchPhotosOptions['request'] {
  return request === 'auto' && cameras === null ? 'homography' : request;
}

/**
 * Matches photos related by a homography again, in the frame in which they look alike.
 * @param leastInliers of the frame, for it to be believed rather than what was found
 * @returns what was found, where there is no homography or the frame shows less of it
 */
export async function refineInFrames(
  first: DetectedPhoto,
  second: DetectedPhoto,
  found: PairMatches,
  { calibration, seed }: MatchPhotosOptions,
  { pool, features }: Context,
  leastInliers = found.geometry.kind === 'none' ? 0 : found.geometry.inliers.length,
): Promise<PairMatches> {
  if (found.geometry.kind !== 'homography') return found;
  const [photo1, photo2] = [first.info, second.info];
  const settings = plain(features);
  let best: FrameMatches | null = null;
  for (let round = 0; round < frames; round++) {
    const frame = commonFrame(best?.image2FromImage1 ?? found.geometry.matrix, photo1, photo2);
    if (frame === null) break;
    const [features1, features2] = await Promise.all([
      pool.run('describeInFrame', { photo: photo1, frameFromPhoto: frame.frameFromImage1, frame, settings }),
      pool.run('describeInFrame', { photo: photo2, frameFromPhoto: frame.frameFromImage2, frame, settings }),
    ]);
    const seen = await pool.run('matchPhotosInFrame', { features1, features2, frame, calibration, seed });
    if (seen === null) break;
    best = seen;
  }
  if (best === null || best.inliers.length < leastInliers) return found;
  const { points, probability, image2FromImage1: matrix, inliers } = best;
  const geometry = { ...found.geometry, matrix, inliers };
  return { points, probability: shiftToExpected(probability, inliers.length), geometry };
}

/** What a worker is given of two photos. */
export function pairOf(first: DetectedPhoto, second: DetectedPhoto): { first: PhotoOfPair; second: PhotoOfPair } {
  const of = ({ info: { width, height }, features }: DetectedPhoto): PhotoOfPair => ({ width, height, features });
  return { first: of(first), second: of(second) };
}

async function describeViews(photos: readonly DetectedPhoto[], { pool, observe, features: settings }: Context) {
  const views = simulatedViews();
  const inputs = photos.flatMap(({ info }) => views.map((view) => ({ photo: info, view, settings: plain(settings) })));
  const described = await pool.map('describeView', inputs, (done) =>
    observe({ type: 'progress', stage: 'views', done, total: inputs.length }),
  );
  return photos.map((_, i) => shareFeatures(joinFeatures(described.slice(i * views.length, (i + 1) * views.length))));
}

function plain({ detector, limitPixels }: FeatureSettings): Pick<FeatureSettings, 'detector' | 'limitPixels'> {
  return { detector, limitPixels };
}
