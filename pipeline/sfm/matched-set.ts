import type { PhotoFeatures } from '../../src/features/photo-features.ts';
import { swapGeometry } from '../../src/geometry/swap-geometry.ts';
import type { FoundGeometry, PairGeometry } from '../../src/geometry/pair-geometry.ts';
import { fundamentalFromEssential } from '../../src/geometry/pinhole.ts';
import { orderPair } from '../../src/matching/canonical-order.ts';
import { oncePerPlace } from '../../src/scene/merge-places.ts';
import type { SfmFeatures, SfmGeometry, SfmPair, SfmSet } from '../../src/scene/sfm-set.ts';
import { storedAngle, storedFrame, storedGeometry } from '../../src/scene/stored-frame.ts';
import { transformPoint } from '../../src/math/matrix3.ts';
import { mapAhead } from '../in-order.ts';
import { cacheKey } from '../workspace.ts';
import { completeTracks, readTransferredDescriptors, type TransferredPlaces } from './complete-tracks.ts';
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import { type ComparedPair, isSecond, readOutcome, type SfmPairOutcome } from './match-pairs.ts';
import { type PhotoPlaces, placesOfPhoto, transferredMatches } from './photo-places.ts';
import { settlePlaces } from './settle-places.ts';
import type { SfmWorkspace } from './workspace.ts';

/**
 * What was matched, as exporters take it: each place of a photo once, moved to where all its matches together say that it is; places that were
 * found by what other photos show of them; and the matches verified again with all of that. Px of the photos' files.
 */
export async function matchedSet(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
): Promise<SfmSet> {
  const { stopwatch } = workspace;
  const settled = await stopwatch.time('settle', () => settlePlaces(workspace, photos, pairs));
  const transferred = await stopwatch.time('complete', () => completeTracks(workspace, photos, pairs, settled));
  const read = createFeatureReader(workspace, 1);
  const placesOf = (photo: number): PhotoPlaces => placesOfPhoto(settled, transferred[photo], photo);
  return {
    cameras: workspace.cameras,
    photos: photos.map(({ name, stored: { width, height }, camera }) => ({ name, width, height, camera })),
    features: async (photo) => {
      const features = await read(photos[photo]);
      const more = transferred[photo];
      const descriptors = await readTransferredDescriptors(workspace, photos[photo], more);
      return storedFeatures(features, photos[photo], placesOf(photo), more, descriptors);
    },
    pairs: () => verifiedPairs(workspace, photos, pairs, placesOf),
  };
}

function storedFeatures(
  { keypoints, descriptors, descriptorLength }: PhotoFeatures,
  { places: { keypointOf }, stored }: DetectedSource,
  places: PhotoPlaces,
  transferred: TransferredPlaces,
  transferredDescriptors: Float32Array,
): SfmFeatures {
  const frame = storedFrame(stored);
  const count = places.x.length;
  const { detected } = places;
  const of = (from: Float32Array, more: Float32Array): Float32Array => {
    const values = new Float32Array(count);
    keypointOf.forEach((i, p) => (values[p] = from[i]));
    values.set(more, detected);
    return values;
  };
  const [x, y] = [new Float32Array(count), new Float32Array(count)];
  for (let p = 0; p < count; p++) {
    [x[p], y[p]] = transformPoint(frame.storedFromUpright, places.x[p], places.y[p]);
  }
  const rows = new Float32Array(count * descriptorLength);
  keypointOf.forEach((i, p) => {
    rows.set(descriptors.subarray(i * descriptorLength, (i + 1) * descriptorLength), p * descriptorLength);
  });
  rows.set(transferredDescriptors, detected * descriptorLength);
  return {
    count,
    detected,
    x,
    y,
    size: of(keypoints.size, transferred.size),
    angle: of(keypoints.angle, transferred.angle).map((angle) => storedAngle(frame, angle)),
    response: of(keypoints.response, new Float32Array()),
    descriptors: rows,
    descriptorLength,
  };
}

async function* verifiedPairs(
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
  const key = cacheKey('sfm verified', 2, Buffer.from(points.buffer).toString('base64'), { ...input, points: null });
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
