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
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import { type ComparedPair, isSecond, readOutcome, type SfmPairOutcome } from './match-pairs.ts';
import { settlePlaces, type SettledPlaces } from './settle-places.ts';
import type { SfmWorkspace } from './workspace.ts';

/**
 * What was matched, as exporters take it: each place of a photo once, moved to where all its matches together say that it is, and the matches
 * verified again with the places so found. Px of the photos' files.
 */
export async function matchedSet(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
): Promise<SfmSet> {
  const settled = await settlePlaces(workspace, photos, pairs);
  const read = createFeatureReader(workspace, 1);
  return {
    cameras: workspace.cameras,
    photos: photos.map(({ name, stored: { width, height }, camera }) => ({ name, width, height, camera })),
    features: async (photo) => placesOf(await read(photos[photo]), photos[photo], settled.of(photo)),
    pairs: () => verifiedPairs(workspace, photos, pairs, settled),
  };
}

function placesOf(
  { keypoints, descriptors, descriptorLength }: PhotoFeatures,
  { places: { count, keypointOf }, stored }: DetectedSource,
  shifts: Float32Array,
): SfmFeatures {
  const frame = storedFrame(stored);
  const pick = (from: Float32Array): Float32Array => Float32Array.from(keypointOf, (i) => from[i]);
  const [x, y] = [pick(keypoints.x), pick(keypoints.y)];
  for (let p = 0; p < count; p++) {
    [x[p], y[p]] = transformPoint(frame.storedFromUpright, x[p] + shifts[2 * p], y[p] + shifts[2 * p + 1]);
  }
  const rows = new Float32Array(count * descriptorLength);
  keypointOf.forEach((i, p) => {
    rows.set(descriptors.subarray(i * descriptorLength, (i + 1) * descriptorLength), p * descriptorLength);
  });
  return {
    count,
    x,
    y,
    size: pick(keypoints.size),
    angle: pick(keypoints.angle).map((angle) => storedAngle(frame, angle)),
    response: pick(keypoints.response),
    descriptors: rows,
    descriptorLength,
  };
}

/** What verifying the settled matches of a pair again gave; `kept` are matches of the outcome. */
interface VerifiedPair {
  readonly kept: Uint32Array;
  readonly geometry: PairGeometry;
}

async function* verifiedPairs(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
  settled: SettledPlaces,
): AsyncGenerator<SfmPair, void, undefined> {
  const work = (pair: ComparedPair): Promise<SfmPair> => verifyPair(workspace, photos, pair, settled);
  for await (const pair of mapAhead(pairs, 2 * workspace.pool.size, work)) {
    workspace.signal?.throwIfAborted();
    yield pair;
  }
}

async function verifyPair(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  { a, b }: ComparedPair,
  settled: SettledPlaces,
): Promise<SfmPair> {
  const [photoA, photoB] = [photos[a], photos[b]];
  const swapped = isSecond(photoA, photoB);
  const [first, second] = orderPair(photoA, photoB, swapped);
  const outcome = await readOutcome(workspace, photoA, photoB);
  const { index1, index2, geometry } = outcome;
  const kept = oncePerPlace(index1, index2, first.places, second.places);
  const verified =
    geometry.kind === 'none'
      ? { kept, geometry }
      : await verifyAgain(workspace, outcome, geometry, kept, orderPair(a, b, swapped), [first, second], settled);
  const seen = swapped ? swapGeometry(verified.geometry) : verified.geometry;
  const places1 = Uint32Array.from(kept, (m) => first.places.placeOf[index1[m]]);
  const places2 = Uint32Array.from(kept, (m) => second.places.placeOf[index2[m]]);
  const [ofA, ofB] = orderPair(places1, places2, swapped);
  const matches = new Uint32Array(2 * kept.length);
  kept.forEach((_, m) => matches.set([ofA[m], ofB[m]], 2 * m));
  return {
    a,
    b,
    matches,
    probability: Float32Array.from(kept, (m) => outcome.probability[m]),
    inliers: seen.kind === 'none' ? new Uint32Array() : seen.inliers,
    geometry: seen.kind === 'none' ? null : toSfmGeometry(seen, photoA, photoB),
  };
}

/** Estimates the geometry anew from the settled places; where they do not show it any more, there is none. */
async function verifyAgain(
  { store, pool, effort }: SfmWorkspace,
  { index1, index2 }: SfmPairOutcome,
  geometry: FoundGeometry,
  kept: Uint32Array,
  [one, two]: readonly [number, number],
  [first, second]: readonly [DetectedSource, DetectedSource],
  settled: SettledPlaces,
): Promise<VerifiedPair> {
  const points = new Float64Array(4 * kept.length);
  const [places1, places2] = [settled.keypointPlaces(one), settled.keypointPlaces(two)];
  kept.forEach((m, row) => {
    const [p, q] = [first.places.placeOf[index1[m]], second.places.placeOf[index2[m]]];
    points.set([places1[2 * p], places1[2 * p + 1], places2[2 * q], places2[2 * q + 1]], 4 * row);
  });
  const input = {
    points,
    size1: sizeOf(first),
    size2: sizeOf(second),
    request: geometry.kind,
    cameras: geometry.kind === 'essential' ? ([geometry.camera1, geometry.camera2] as const) : null,
    seed: effort.seed,
    planeTolerance: effort.planeTolerance,
  };
  const key = cacheKey('sfm verified', 2, Buffer.from(points.buffer).toString('base64'), { ...input, points: null });
  const known = await store.get<PairGeometry>('verified', key);
  if (known !== undefined) return { kept, geometry: known };
  const again = await pool.run('estimateGeometry', input);
  await store.put('verified', key, again);
  return { kept, geometry: again };
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
