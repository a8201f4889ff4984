import type { Layer } from '../src/geometry/layers.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import { swapColumns } from '../src/geometry/homography.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import { isSwapped, orderPair } from '../src/matching/canonical-order.ts';
import type { PhotoOfPair } from '../src/matching/match-photos.ts';
import type { CandidatePairs } from '../src/matching/matches.ts';
import { screenPhoto } from '../src/matching/screen.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import { invert3, type Matrix3 } from '../src/math/matrix3.ts';
import type { MatchGraph, PairLayer, VerifiedPair } from '../src/scene/match-graph.ts';
import type { Observer } from './observer.ts';
import type { PhotoSet } from './photo-set.ts';
import type { Pool } from './pool.ts';
import { shareScreenPhoto } from './shared-memory.ts';
import type { PairOutcome } from './worker-match.ts';
import type { ScreenResult } from './worker-screen.ts';
import { cacheKey, type Workspace } from './workspace.ts';

/**
 * A judge of the caller's own: one score a candidate pair for the patches (64×64 grey values each) that `index1` and
 * `index2` point to. Towards +1 for a match, −1 for none; pairs below 0 are rejected.
 */
export type CustomScorer = (
  patches1: Uint8Array,
  patches2: Uint8Array,
  pairs: CandidatePairs,
  signal?: AbortSignal,
) => Float32Array | Promise<Float32Array>;

export interface MatchSettings {
  readonly candidates: number;
  readonly calibration: MatchCalibration;
  readonly customScorer?: CustomScorer;
  readonly seed: number;
  /** Names the judge in cache keys. */
  readonly judgeHash: string;
}

interface Context {
  readonly pool: Pool;
  readonly workspace: Workspace;
  readonly observe: Observer;
  readonly signal?: AbortSignal;
}

/** Photo pairs are indices a < b into the set. */
export interface PhotoPair {
  readonly a: number;
  readonly b: number;
}

/** Pairs screened by one task: enough to outweigh passing it on. */
const pairsPerTask = 16;

/** A cheap test of every photo pair: which can overlap at all. In the order (0,1), (0,2) … */
export async function screenPairs(
  set: PhotoSet,
  seed: number,
  context: Context,
): Promise<(PhotoPair & ScreenResult)[]> {
  const pairs = allPairs(set.photos.length);
  const report = (done: number): void =>
    context.observe({ type: 'progress', stage: 'screen', done, total: pairs.length });
  report(0);
  const photos = set.photos.map((photo, i) =>
    shareScreenPhoto(screenPhoto(set.features[i], photo.width, photo.height)),
  );
  const inputs = [];
  for (let i = 0; i < pairs.length; i += pairsPerTask) {
    const chunk = pairs.slice(i, i + pairsPerTask);
    inputs.push({ seed, photos, pairs: chunk.map(({ a, b }) => orderPair(a, b, swappedOrder(set, a, b))) });
  }
  const results = await context.pool.map('screenPairs', inputs, (done) =>
    report(Math.min(pairs.length, done * pairsPerTask)),
  );
  return results.flat().map((result, i) => ({ ...pairs[i], ...result }));
}

/**
 * Lets the judge look at the pairs that may overlap and, for photos that it leaves alone, at their two best
 * neighbours by the screen.
 */
export async function matchPairs(
  set: PhotoSet,
  screened: readonly (PhotoPair & ScreenResult)[],
  settings: MatchSettings,
  context: Context,
): Promise<MatchGraph> {
  const likely = screened.filter((pair) => pair.mayOverlap);
  const first = await matchAll(set, likely, likely.length, settings, context);
  const rest = neighboursOfLonely(set.photos.length, first, screened);
  const second = await matchAll(set, rest, likely.length + rest.length, settings, context, likely.length);
  const pairs = [...first, ...second].sort((p, q) => p.a - q.a || p.b - q.b);
  return { photos: set.photos, pairs };
}

function allPairs(count: number): PhotoPair[] {
  const pairs: PhotoPair[] = [];
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) pairs.push({ a, b });
  }
  return pairs;
}

function neighboursOfLonely(
  count: number,
  verified: readonly VerifiedPair[],
  screened: readonly (PhotoPair & ScreenResult)[],
): PhotoPair[] {
  const linked = new Set(verified.flatMap(({ a, b }) => [a, b]));
  const chosen = new Set<PhotoPair>();
  for (let photo = 0; photo < count; photo++) {
    if (linked.has(photo)) continue;
    const untried = screened.filter((pair) => !pair.mayOverlap && (pair.a === photo || pair.b === photo));
    untried.sort((p, q) => q.inliers - p.inliers || q.mutual - p.mutual || p.a - q.a || p.b - q.b);
    for (const pair of untried.slice(0, 2)) chosen.add(pair);
  }
  return [...chosen];
}

async function matchAll(
  set: PhotoSet,
  pairs: readonly PhotoPair[],
  total: number,
  settings: MatchSettings,
  context: Context,
  before = 0,
): Promise<VerifiedPair[]> {
  if (pairs.length === 0) return [];
  let done = before;
  const report = (): void => context.observe({ type: 'progress', stage: 'score', done, total });
  report();
  const verified = await Promise.all(
    pairs.map(async (pair) => {
      const { photos, swapped } = inOrder(set, pair.a, pair.b);
      const outcome = await matchOne(set, pair, photos, settings, context);
      done++;
      report();
      return toVerifiedPair(pair, outcome, swapped);
    }),
  );
  return verified.filter((pair) => pair !== null);
}

async function matchOne(
  set: PhotoSet,
  { a, b }: PhotoPair,
  [first, second]: readonly [PhotoOfPair, PhotoOfPair],
  settings: MatchSettings,
  { pool, workspace, signal }: Context,
): Promise<PairOutcome> {
  const { customScorer, judgeHash, ...plain } = settings;
  const input = { first, second, ...plain };
  if (customScorer !== undefined) {
    const shortlist = await pool.run('shortlistPair', input);
    const scores = await customScorer(first.features.patches, second.features.patches, shortlist, signal);
    const calibration = { ...input.calibration, minScore: 0 };
    return pool.run('matchPair', { ...input, calibration, judged: { shortlist, scores } });
  }
  const [hash1, hash2] = orderPair(set.cacheKeys[a], set.cacheKeys[b], swappedOrder(set, a, b));
  if (hash1 === null || hash2 === null) return pool.run('matchPair', input);
  const key = cacheKey('pair', 2, hash1, hash2, plain, judgeHash);
  const kept = await workspace.get<PairOutcome>('pairs', key);
  if (kept !== undefined) return kept;
  const outcome = await pool.run('matchPair', input);
  await workspace.put('pairs', key, outcome);
  return outcome;
}

function swappedOrder({ photos }: PhotoSet, a: number, b: number): boolean {
  return isSwapped(photos[a].contentHash, photos[b].contentHash);
}

function inOrder(
  set: PhotoSet,
  a: number,
  b: number,
): { photos: readonly [PhotoOfPair, PhotoOfPair]; swapped: boolean } {
  const swapped = swappedOrder(set, a, b);
  const of = (photo: PhotoInfo, features: PhotoFeatures): PhotoOfPair => ({
    width: photo.width,
    height: photo.height,
    features,
  });
  const photos = orderPair(of(set.photos[a], set.features[a]), of(set.photos[b], set.features[b]), swapped);
  return { photos, swapped };
}

/** Back from canonical order to a < b. */
function toVerifiedPair({ a, b }: PhotoPair, outcome: PairOutcome, swapped: boolean): VerifiedPair | null {
  const { geometry, points, others } = outcome;
  if (geometry.kind === 'none') return null;
  const first = toLayer(geometry, points, swapped);
  if (first === null) return null;
  const rest = others.map((other) => toLayer(other.layer, other.points, swapped)).filter((layer) => layer !== null);
  return { a, b, ...first, others: rest };
}

function toLayer(
  { image2FromImage1, medianErrorPx }: Omit<Layer, 'inliers'>,
  points: Float64Array,
  swapped: boolean,
): PairLayer | null {
  const bFromA: Matrix3 | null = swapped ? invert3(image2FromImage1) : image2FromImage1;
  return bFromA && { points: swapped ? swapColumns(points) : points, bFromA, medianErrorPx };
}
