import type { PhotoFeatures } from '../features/photo-features.ts';
import { estimatePair, offPlanePx } from '../geometry/estimate-pair.ts';
import type { FoundGeometry, GeometryRequest, PairGeometry } from '../geometry/pair-geometry.ts';
import type { PinholeCamera } from '../geometry/pinhole.ts';
import { fundamentalOf } from '../geometry/fundamental-of.ts';
import type { Judge } from '../nn/load-judge.ts';
import { withSecondView } from './ambiguity.ts';
import type { GuidingGeometry } from './guided.ts';
import { guidedPairs } from './guided.ts';
import { countLookAlikes, planeExplains } from './look-alikes.ts';
import type { CandidatePairs } from './matches.ts';
import { placesOf } from './places.ts';
import { shiftToExpected } from './prior-shift.ts';
import { type Refinement, refineMatches } from './refine.ts';
import { dropAmbiguous, matchProbability, selectMatches, type MatchCalibration } from './select.ts';
import type { Shortlist, Shortlister } from './shortlist.ts';
import { shortlistPhotos } from './shortlist-photos.ts';

/** One photo of a pair. */
export interface PhotoOfPair {
  readonly width: number;
  readonly height: number;
  readonly features: PhotoFeatures;
}

export interface MatchPhotosOptions {
  /** Candidates a keypoint. */
  readonly candidates: number;
  /** What the descriptors' similarity and the judge's score mean. */
  readonly calibration: MatchCalibration;
  /** Whether the judge sees each pair in one order or both, whose scores are averaged; `none`: descriptors alone decide. */
  readonly judging: 'none' | 'once' | 'both';
  /** Whether more matches are looked for where a first geometry allows them. */
  readonly guided: boolean;
  readonly request: GeometryRequest;
  /** Where both are known. */
  readonly cameras: readonly [PinholeCamera, PinholeCamera] | null;
  readonly seed: number;
  /** As in `EstimatePairOptions`. */
  readonly planeTolerance?: number;
}

export interface MatchTools {
  readonly shortlister: Shortlister;
  /** Not called where `judging` is `none`. */
  readonly judge: () => Promise<Judge>;
}

/** Matches of two photos in canonical order, best first, and the geometry that they show. */
export interface PairMatches {
  /** x1, y1, x2, y2 a match, px, refinement included. */
  readonly points: Float64Array;
  /** Chance that the match is right. */
  readonly probability: Float32Array;
  readonly geometry: PairGeometry;
}

/** Matches between keypoints. */
export interface PhotoMatches extends PairMatches {
  /** Keypoints of photo 1 and photo 2. */
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  /** How far `points` lie from the keypoints; null where they are theirs. */
  readonly refinement: Refinement | null;
}

const selection = { maxRatio: 0.95, rivalSizes: 2 };
/** Where geometry narrows the choice down, a rival must be clearly worse: what is left is easily right, or not to be told. */
const guidance = { maxRatio: 0.8, minSimilarity: 0.5, rivalSizes: selection.rivalSizes };
/** How far from its predicted place or line a partner may lie, as a share of the longer side of photo 2, and at least px. */
const guidedShare = 0.005;
const guidedLeastPx = 3;
/** A detector is off by a pixel or two of its picture at most; more means that the alignment slid away. Share of the longer side. */
const maxShift = 0.0025;
const minCorrelation = 0.8;

/** Everything between the features of two photos and their matches and geometry. Photo 1 and 2 in canonical order. */
export async function matchPhotos(
  first: PhotoOfPair,
  second: PhotoOfPair,
  options: MatchPhotosOptions,
  tools: MatchTools,
): Promise<PhotoMatches> {
  const { nearest, ...found } = await firstMatches(first, second, options, tools);
  const matches = await geometryOfMatches(found, nearest, first, second, options, tools);
  const { geometry } = matches;
  if (geometry.kind === 'none') return matches;
  return { ...matches, geometry: withSecondView(geometry, matches, nearest, first, second, options.seed) };
}

/** The geometry that matches show, and those matches that it led to. */
async function geometryOfMatches(
  found: Matched,
  nearest: Shortlist,
  first: PhotoOfPair,
  second: PhotoOfPair,
  options: MatchPhotosOptions,
  tools: MatchTools,
): Promise<PhotoMatches> {
  const seen = estimate(found, first, second, options);
  const geometry = withoutLookAlikes(found, seen, nearest, first, second, options);
  if (geometry.kind === 'none' || !options.guided) return withGeometry(found, geometry);
  const more = await guidedMatches(found, geometry, first, second, options, tools);
  const refined = refine(more, geometry, first, second);
  const better = estimate(refined, first, second, { ...options, request: geometry.kind });
  return better.kind === 'none' ? withGeometry(found, geometry) : withGeometry(refined, better);
}

/** Repeated structure must not pass for depth, nor for photos that share nothing. */
function withoutLookAlikes(
  found: Matched,
  geometry: PairGeometry,
  nearest: Shortlist,
  first: PhotoOfPair,
  second: PhotoOfPair,
  options: MatchPhotosOptions,
): PairGeometry {
  if (geometry.kind === 'none') {
    const lookAlikes = geometry.verdict === 'no-overlap' ? countLookAlikes(nearest, first, second, selection) : 0;
    if (lookAlikes === 0) return geometry;
    const reason = `the photos look alike in too many places to tell which are the same (${lookAlikes} look-alikes): the scene repeats itself`;
    return { ...geometry, verdict: 'ambiguous', reason };
  }
  if (geometry.kind !== 'fundamental' || options.request !== 'auto') return geometry;
  const plane = estimate(found, first, second, { ...options, request: 'homography' });
  if (plane.kind !== 'homography') return geometry;
  const leastPx = offPlanePx(second, options.planeTolerance);
  const isPlane = planeExplains(found, geometry.inliers, plane.matrix, leastPx, first, second);
  return isPlane ? plane : geometry;
}

/** What a match looks like says how probable it is among others; how many are right, geometry tells. */
function withGeometry(matched: Matched, geometry: PairGeometry): PhotoMatches {
  const right = geometry.kind === 'none' ? geometry.agreeing : geometry.inliers.length;
  return { ...matched, probability: shiftToExpected(matched.probability, right), geometry };
}

type Matched = Omit<PhotoMatches, 'geometry'>;

/** What shortlist and judge say. */
async function firstMatches(
  first: PhotoOfPair,
  second: PhotoOfPair,
  { candidates, calibration, judging }: MatchPhotosOptions,
  { shortlister, judge }: MatchTools,
): Promise<Matched & { readonly nearest: Shortlist }> {
  const [a, b] = [first.features, second.features];
  const nearest = await shortlistPhotos(a, b, candidates, shortlister);
  const shortlist = dropAmbiguous(nearest, a.keypoints, b.keypoints, selection);
  const scores = await scoresOf(shortlist, first, second, judging, judge);
  const { index1, index2, probability } = selectMatches(shortlist, scores, a.keypoints, b.keypoints, {
    ...selection,
    calibration,
  });
  return { index1, index2, probability, points: placesOf(index1, index2, first, second), refinement: null, nearest };
}

async function scoresOf(
  pairs: Pick<CandidatePairs, 'count' | 'index1' | 'index2'>,
  { features: a }: PhotoOfPair,
  { features: b }: PhotoOfPair,
  judging: MatchPhotosOptions['judging'],
  judge: MatchTools['judge'],
): Promise<Float32Array> {
  if (judging === 'none') return new Float32Array(pairs.count);
  const loaded = await judge();
  const forth = await loaded.score(a.patches, b.patches, pairs);
  if (judging === 'once') return forth;
  const { count, index1, index2 } = pairs;
  const back = await loaded.score(b.patches, a.patches, { count, index1: index2, index2: index1 });
  return forth.map((score, i) => (score + back[i]) / 2);
}

function estimate(
  { points }: Matched,
  size1: PhotoOfPair,
  size2: PhotoOfPair,
  { request, cameras, seed, planeTolerance }: MatchPhotosOptions,
): PairGeometry {
  return estimatePair(points, { size1, size2, request, cameras, seed, planeTolerance });
}

/** The matches with those that the geometry led to: a keypoint whose match the geometry contradicts may find another partner. */
async function guidedMatches(
  found: Matched,
  geometry: FoundGeometry,
  first: PhotoOfPair,
  second: PhotoOfPair,
  { calibration, judging }: MatchPhotosOptions,
  { judge }: MatchTools,
): Promise<Matched> {
  const withinPx = Math.max(guidedLeastPx, guidedShare * Math.max(second.width, second.height));
  const guided = guidedPairs(first.features, second.features, guideOf(geometry), { ...guidance, withinPx });
  const isInlier = new Set(geometry.inliers);
  const taken1 = new Set(geometry.inliers.map((m) => found.index1[m]));
  const taken2 = new Set(geometry.inliers.map((m) => found.index2[m]));
  const fresh = [...guided.index1.keys()].filter((g) => !taken1.has(guided.index1[g]) && !taken2.has(guided.index2[g]));
  const pairs = {
    count: fresh.length,
    index1: Uint32Array.from(fresh, (g) => guided.index1[g]),
    index2: Uint32Array.from(fresh, (g) => guided.index2[g]),
  };
  const scores = await scoresOf(pairs, first, second, judging, judge);
  const candidates = fresh.flatMap((g, k) => {
    if (judging !== 'none' && scores[k] < calibration.minScore) return [];
    const probability = matchProbability(calibration, scores[k], guided.similarity[g], guided.ratio[g]);
    return [{ i: pairs.index1[k], j: pairs.index2[k], probability }];
  });
  const new1 = new Set(candidates.map(({ i }) => i));
  const new2 = new Set(candidates.map(({ j }) => j));
  const kept = [...found.index1.keys()]
    .filter((m) => isInlier.has(m) || !(new1.has(found.index1[m]) || new2.has(found.index2[m])))
    .map((m) => ({ i: found.index1[m], j: found.index2[m], probability: found.probability[m] }));
  const all = [...kept, ...candidates].sort((p, q) => q.probability - p.probability || p.i - q.i);
  const index1 = Uint32Array.from(all, ({ i }) => i);
  const index2 = Uint32Array.from(all, ({ j }) => j);
  const probability = Float32Array.from(all, (match) => match.probability);
  return { index1, index2, probability, points: placesOf(index1, index2, first, second), refinement: null };
}

function guideOf(geometry: FoundGeometry): GuidingGeometry {
  const fundamental = fundamentalOf(geometry);
  if (fundamental !== null) return { kind: 'fundamental', fundamental };
  return { kind: 'homography', image2FromImage1: geometry.matrix };
}

/** Moves the places in photo 2 until the patches align. */
function refine(matched: Matched, geometry: FoundGeometry, first: PhotoOfPair, second: PhotoOfPair): Matched {
  const homography = geometry.kind === 'homography' ? geometry.matrix : null;
  const refinement = refineMatches(first.features, second.features, matched, homography, {
    maxShiftPx: maxShift * Math.max(second.width, second.height),
    minCorrelation,
  });
  const { offset2 } = refinement;
  const points = matched.points.map((value, k) => (k % 4 < 2 ? value : value + offset2[2 * (k >> 2) + (k % 4) - 2]));
  return { ...matched, points, refinement };
}
