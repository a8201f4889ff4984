import type { FoundGeometry, PairGeometry } from '../../src/geometry/pair-geometry.ts';
import { fundamentalFromEssential } from '../../src/geometry/pinhole.ts';
import { swapGeometry } from '../../src/geometry/swap-geometry.ts';
import { orderPair } from '../../src/matching/canonical-order.ts';
import { oncePerPlace } from '../../src/scene/merge-places.ts';
import type { SfmGeometry, SfmPair } from '../../src/scene/sfm-set.ts';
import { storedFrame, storedGeometry } from '../../src/scene/stored-frame.ts';
import { mapAhead } from '../in-order.ts';
import { bytesForKey, cacheKey } from '../workspace.ts';
import type { DetectedSource } from './detect-photos.ts';
import { type ComparedPair, isSecond, readOutcome, type SfmPairOutcome } from './match-pairs.ts';
import { type PhotoPlaces, transferredMatches } from './photo-places.ts';
import type { SfmWorkspace } from './workspace.ts';

/**
 * Verifies pairs again with what is known of places now.
 * @returns every pair once, in the order of `pairs`
 */
export async function* verifiedPairs(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
  placesOf: (photo: number) => PhotoPlaces,
): AsyncGenerator<SfmPair, void, undefined> {
  const work = (pair: ComparedPair): Promise<SfmPair> => verifyPair(workspace, photos, pair, placesOf);
  for await (const pair of mapAhead(pairs, 2 * workspace.pool.size, work)) {
    workspace.signal?.throwIfAborted();
    yield pair;
  }
}

/** A match between places of two photos. */
interface PlaceMatch {
  readonly p: number;
  readonly q: number;
  readonly probability: number;
}

async function verifyPair(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  { a, b }: ComparedPair,
  placesOf: (photo: number) => PhotoPlaces,
): Promise<SfmPair> {
  const [photoA, photoB] = [photos[a], photos[b]];
  const swapped = isSecond(photoA, photoB);
  const sources = orderPair(photoA, photoB, swapped);
  const outcome = await readOutcome(workspace, photoA, photoB);
  const { geometry } = outcome;
  const places = orderPair(placesOf(a), placesOf(b), swapped);
  const matches = matchesOfPlaces(outcome, sources, places);
  const verified =
    geometry.kind === 'none' ? geometry : await verifyAgain(workspace, geometry, matches, sources, places);
  const seen = swapped ? swapGeometry(verified) : verified;
  return {
    a,
    b,
    matches: Uint32Array.from(matches.flatMap(({ p, q }) => orderPair(p, q, swapped))),
    probability: Float32Array.from(matches, ({ probability }) => probability),
    inliers: seen.kind === 'none' ? new Uint32Array() : seen.inliers,
    geometry: seen.kind === 'none' ? null : toSfmGeometry(seen, photoA, photoB),
  };
}

/** Of points that several photos show in the same way about so many are right, as reconstructions with true cameras say. */
const transferredProbability = 0.95;

/** Matches of keypoints and transferred ones, the most probable first. Where keypoints of a track have other partners, the track is right. */
function matchesOfPlaces(
  { index1, index2, probability, geometry }: SfmPairOutcome,
  [{ places: places1 }, { places: places2 }]: readonly [DetectedSource, DetectedSource],
  [first, second]: readonly [PhotoPlaces, PhotoPlaces],
): PlaceMatch[] {
  const transferred = geometry.kind === 'none' ? [] : transferredMatches(first, second);
  const taken1 = new Set(transferred.map(({ p }) => p));
  const taken2 = new Set(transferred.map(({ q }) => q));
  const isFree = (m: number): boolean =>
    !taken1.has(places1.placeOf[index1[m]]) && !taken2.has(places2.placeOf[index2[m]]);
  const free = Uint32Array.from(index1.keys()).filter(isFree);
  const [free1, free2] = [free.map((m) => index1[m]), free.map((m) => index2[m])];
  const detected = [...oncePerPlace(free1, free2, places1, places2)].map((k) => ({
    p: places1.placeOf[free1[k]],
    q: places2.placeOf[free2[k]],
    probability: probability[free[k]],
  }));
  const more = transferred.map((match) => ({ ...match, probability: transferredProbability }));
  return [...detected, ...more].sort((m, n) => n.probability - m.probability);
}

/** Estimates the geometry anew from the settled places; where they do not show it any more, there is none. */
async function verifyAgain(
  { store, pool, effort }: SfmWorkspace,
  geometry: FoundGeometry,
  matches: readonly PlaceMatch[],
  [first, second]: readonly [DetectedSource, DetectedSource],
  [places1, places2]: readonly [PhotoPlaces, PhotoPlaces],
): Promise<PairGeometry> {
  const points = new Float64Array(4 * matches.length);
  matches.forEach(({ p, q }, row) => {
    points.set([places1.x[p], places1.y[p], places2.x[q], places2.y[q]], 4 * row);
  });
  const input = {
    points,
    size1: sizeOf(first),
    size2: sizeOf(second),
    // What was no plane may be one where more is known.
    request: geometry.kind === 'homography' ? ('homography' as const) : ('auto' as const),
    cameras: geometry.kind === 'essential' ? ([geometry.camera1, geometry.camera2] as const) : null,
    seed: effort.seed,
    planeTolerance: effort.planeTolerance,
  };
  const key = cacheKey('sfm verified', 2, bytesForKey(points), { ...input, points: null });
  const known = await store.get<PairGeometry>('verified', key);
  if (known !== undefined) return known;
  const again = await pool.run('estimateGeometry', input);
  await store.put('verified', key, again);
  return again;
}

function sizeOf({ info: { width, height } }: DetectedSource): { width: number; height: number } {
  return { width, height };
}

function toSfmGeometry(geometry: FoundGeometry, a: DetectedSource, b: DetectedSource): SfmGeometry {
  return storedGeometry(uprightGeometry(geometry), storedFrame(a.stored), storedFrame(b.stored));
}

function uprightGeometry(geometry: FoundGeometry): SfmGeometry {
  switch (geometry.kind) {
    case 'homography':
      return { kind: geometry.scene === 'general' ? 'flat' : geometry.scene, homography: geometry.matrix };
    case 'fundamental':
      return { kind: 'uncalibrated', fundamental: geometry.matrix };
    case 'essential': {
      const { matrix, camera1, camera2, R, t } = geometry;
      return {
        kind: 'calibrated',
        fundamental: fundamentalFromEssential(matrix, camera1, camera2),
        essential: matrix,
        R,
        t,
      };
    }
  }
}
