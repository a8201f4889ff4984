import { furtherLayers, type Layer } from '../src/geometry/layers.ts';
import { pointsAt } from '../src/geometry/points-at.ts';
import { verifyPair } from '../src/geometry/verify.ts';
import type { TwoViewGeometry } from '../src/geometry/two-view-geometry.ts';
import type { PhotoOfPair } from '../src/matching/match-photos.ts';
import type { Matches } from '../src/matching/matches.ts';
import { refineMatches } from '../src/matching/refine.ts';
import { dropAmbiguous, selectDefaults, selectMatches, type MatchCalibration } from '../src/matching/select.ts';
import type { Shortlist } from '../src/matching/shortlist.ts';
import { shortlistPhotos } from '../src/matching/shortlist-photos.ts';
import type { PhotoSize } from '../src/geometry/plane-pairs.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface MatchPairInput {
  readonly first: PhotoOfPair;
  readonly second: PhotoOfPair;
  /** Candidates a keypoint that the judge sees. */
  readonly candidates: number;
  readonly calibration: MatchCalibration;
  readonly seed: number;
  /** Where the caller scored the candidates itself. */
  readonly judged?: { readonly shortlist: Shortlist; readonly scores: Float32Array };
}

/** What came of a photo pair: plain data, to be kept in the workspace. */
export interface PairOutcome {
  readonly geometry: TwoViewGeometry;
  /** Inliers x1, y1, x2, y2 each, refinement included; empty without geometry. */
  readonly points: Float64Array;
  /** Further groups of matches with homographies of their own. */
  readonly others: readonly { readonly points: Float64Array; readonly layer: Omit<Layer, 'inliers'> }[];
  /** How many candidates were judged, and matches selected. */
  readonly candidates: number;
  readonly matches: number;
}

/** The candidate pairs of two photos that a judge should see: near by their descriptors, and not ambiguous. */
export async function shortlistPair(
  { first, second, candidates }: Pick<MatchPairInput, 'first' | 'second' | 'candidates'>,
  resources: WorkerResources,
): Promise<Shortlist> {
  const shortlister = await resources.shortlister();
  const a = first.features;
  const b = second.features;
  const shortlist = await shortlistPhotos(a, b, candidates, shortlister);
  return dropAmbiguous(shortlist, a.keypoints, b.keypoints, selectDefaults);
}

/** Shortlist, judge, select, verify, refine: everything between the features of two photos and their geometry. */
export async function matchPair(input: MatchPairInput, resources: WorkerResources): Promise<PairOutcome> {
  const { first, second, calibration, seed } = input;
  const shortlist = input.judged?.shortlist ?? (await shortlistPair(input, resources));
  const scores =
    input.judged?.scores ??
    (await (await resources.judge()).score(first.features.patches, second.features.patches, shortlist));
  const matches = selectMatches(shortlist, scores, first.features.keypoints, second.features.keypoints, {
    ...selectDefaults,
    calibration,
  });
  const points = matchPoints(matches, first, second);
  const options = { size1: first, size2: second, seed, probabilities: matches.probability };
  const geometry = verifyPair(points, options);
  const counts = { candidates: shortlist.count, matches: matches.count };
  if (geometry.kind === 'none') return { geometry, points: new Float64Array(), others: [], ...counts };
  const others = furtherLayers(points, geometry, options).map(({ inliers, ...layer }) => ({
    layer,
    points: refinedInliers(matches, { ...layer, inliers }, first, second),
  }));
  return { geometry, points: refinedInliers(matches, geometry, first, second), others, ...counts };
}

function matchPoints(matches: Matches, first: PhotoOfPair, second: PhotoOfPair): Float64Array {
  const points = new Float64Array(4 * matches.count);
  for (let m = 0; m < matches.count; m++) {
    const i = matches.index1[m];
    const j = matches.index2[m];
    points[4 * m] = first.features.keypoints.x[i];
    points[4 * m + 1] = first.features.keypoints.y[i];
    points[4 * m + 2] = second.features.keypoints.x[j] + matches.offset2[2 * m];
    points[4 * m + 3] = second.features.keypoints.y[j] + matches.offset2[2 * m + 1];
  }
  return points;
}

/** The inliers with their places in photo 2 refined; those whose patches do not align keep the detector's place. */
function refinedInliers(
  matches: Matches,
  geometry: Pick<Layer, 'inliers' | 'image2FromImage1'>,
  first: PhotoOfPair,
  second: PhotoOfPair,
): Float64Array {
  const take = (from: Uint32Array): Uint32Array => Uint32Array.from(geometry.inliers, (m) => from[m]);
  const inliers = { index1: take(matches.index1), index2: take(matches.index2) };
  const { offset2 } = refineMatches(first.features, second.features, inliers, geometry.image2FromImage1, {
    maxShiftPx: Math.max(second.width, second.height) * maxShift,
    minCorrelation,
  });
  const count = geometry.inliers.length;
  return matchPoints({ ...matches, ...inliers, count, offset2 }, first, second);
}

/** A detector is off by a pixel or two of its picture at most; more means that the alignment slid away. Share of the longer side. */
const maxShift = 0.0025;
const minCorrelation = 0.8;

/** Verifies matches found elsewhere: the inliers as they came. */
export function verifyPoints({
  first,
  second,
  points,
  seed,
}: {
  readonly first: PhotoSize;
  readonly second: PhotoSize;
  /** xa, ya, xb, yb a match. */
  readonly points: Float64Array;
  readonly seed: number;
}): { geometry: TwoViewGeometry; points: Float64Array } {
  const geometry = verifyPair(points, { size1: first, size2: second, seed });
  if (geometry.kind === 'none') return { geometry, points: new Float64Array() };
  return { geometry, points: pointsAt(points, geometry.inliers) };
}
