import { DataError } from '../../src/errors.ts';
import type { NoGeometry, PairGeometry } from '../../src/geometry/pair-geometry.ts';
import { isSwapped, orderPair } from '../../src/matching/canonical-order.ts';
import type { MatchPhotosOptions, PhotoOfPair } from '../../src/matching/match-photos.ts';
import type { Refinement } from '../../src/matching/refine.ts';
import type { PairList } from '../../src/scene/pairing/pair-list.ts';
import { runInOrder } from '../in-order.ts';
import { cacheKey } from '../workspace.ts';
import { createFeatureReader, type DetectedSource, type FeatureReader, type Shard } from './detect-photos.ts';
import type { SfmWorkspace } from './workspace.ts';

/** How much a pair is worth: what decides its matches beside the photos. */
export interface PairEffort extends Omit<MatchPhotosOptions, 'cameras' | 'request'> {
  /** Names the judge in cache keys. */
  readonly judgeHash: string;
}

/** What came of a photo pair, in canonical order: plain data, kept in the workspace. */
export interface SfmPairOutcome {
  /** Keypoints, best match first. */
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  readonly probability: Float32Array;
  readonly refinement: Refinement | null;
  readonly geometry: PairGeometry;
}

/** What is remembered of every compared pair. */
export interface ComparedPair {
  /** Indices into the detected photos, a < b. */
  readonly a: number;
  readonly b: number;
  readonly matches: number;
  readonly inliers: number;
  /** Why there is no geometry; null where there is one. */
  readonly failure: NoGeometry['verdict'] | null;
}

/** Photos of a block: pairs are worked on block by block, so that most features they need are in memory. */
const blockSide = 16;
/** Two blocks, and those that come next. */
const photosHeld = 2 * blockSide + 8;

/**
 * Matches pairs of photos that the workspace does not know yet. Every outcome is kept as soon as it is there: after a kill nothing is lost but
 * what was being worked on.
 * @param shard leaves the other parts to others
 * @returns every pair of the shard, in the order of `pairs`
 */
export async function matchPhotoPairs(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: PairList,
  shard: Shard = { part: 1, parts: 1 },
): Promise<ComparedPair[]> {
  const { pool, observe, signal } = workspace;
  const read = createFeatureReader(workspace, photosHeld);
  const order = inBlocks(pairs, shard);
  const compared: ComparedPair[] = [];
  observe({ type: 'progress', stage: 'score', done: 0, total: order.length });
  await runInOrder(
    order,
    2 * pool.size,
    async (p) => {
      signal?.throwIfAborted();
      const [a, b] = [pairs.a[p], pairs.b[p]];
      const outcome = await matchOne(workspace, photos[a], photos[b], read);
      return { a, b, ...summaryOf(outcome) };
    },
    (pair) => {
      compared.push(pair);
      observe({ type: 'progress', stage: 'score', done: compared.length, total: order.length });
      return Promise.resolve();
    },
  );
  return compared.sort((p, q) => p.a - q.a || p.b - q.b);
}

/** Indices of a shard's pairs, block by block: shards are equally long stretches of that order, so that each needs few photos. */
export function inBlocks({ count, a, b }: PairList, { part, parts }: Shard): number[] {
  const blockOf = (photo: number): number => Math.floor(photo / blockSide);
  const order = Array.from({ length: count }, (_, p) => p).sort(
    (p, q) => blockOf(a[p]) - blockOf(a[q]) || blockOf(b[p]) - blockOf(b[q]) || p - q,
  );
  return order.slice(Math.floor((count * (part - 1)) / parts), Math.floor((count * part) / parts));
}

function summaryOf({ geometry, probability }: SfmPairOutcome): Omit<ComparedPair, 'a' | 'b'> {
  const isFound = geometry.kind !== 'none';
  return {
    matches: probability.length,
    inliers: isFound ? geometry.inliers.length : 0,
    failure: isFound ? null : geometry.verdict,
  };
}

/** Whether photo a comes second in the canonical order. */
export function isSecond(a: DetectedSource, b: DetectedSource): boolean {
  return isSwapped(a.info.contentHash, b.info.contentHash);
}

/** Names the outcome of a pair in the workspace. */
export function pairKey({ effort }: SfmWorkspace, a: DetectedSource, b: DetectedSource): string {
  const [first, second] = orderPair(a, b, isSecond(a, b));
  return cacheKey('sfm pair', 2, first.key, second.key, effort, camerasOf(first, second));
}

function camerasOf(first: DetectedSource, second: DetectedSource): MatchPhotosOptions['cameras'] {
  return first.pinhole === null || second.pinhole === null ? null : [first.pinhole, second.pinhole];
}

/** @throws DataError where the workspace lost it since it was computed */
export async function readOutcome(
  workspace: SfmWorkspace,
  a: DetectedSource,
  b: DetectedSource,
): Promise<SfmPairOutcome> {
  const outcome = await workspace.store.get<SfmPairOutcome>('pairs', pairKey(workspace, a, b));
  if (outcome !== undefined) return outcome;
  throw new DataError(`the workspace has lost the matches of ${a.name} and ${b.name}: run again to find them`);
}

async function matchOne(
  workspace: SfmWorkspace,
  a: DetectedSource,
  b: DetectedSource,
  read: FeatureReader,
): Promise<SfmPairOutcome> {
  const { store, pool, effort } = workspace;
  const key = pairKey(workspace, a, b);
  const known = await store.get<SfmPairOutcome>('pairs', key);
  if (known !== undefined) return known;
  const ordered = orderPair(a, b, isSecond(a, b));
  const [first, second] = await Promise.all(
    ordered.map(async (photo): Promise<PhotoOfPair> => {
      const { width, height } = photo.info;
      return { width, height, features: await read(photo) };
    }),
  );
  const cameras = camerasOf(...ordered);
  const found = await pool.run('matchTwoPhotos', { first, second, ...effort, request: 'auto', cameras });
  const { index1, index2, probability, refinement, geometry } = found;
  const outcome: SfmPairOutcome = { index1, index2, probability, refinement, geometry };
  await store.put('pairs', key, outcome);
  return outcome;
}
