import { DataError } from '../../src/errors.ts';
import { detectorTraits } from '../../src/features/detect.ts';
import { expectedPlaces } from '../../src/scene/tracks/expected-places.ts';
import { mapAhead } from '../in-order.ts';
import { detectScaleOf } from '../photo-set.ts';
import { createSharedGarbageCollector } from '../shared-garbage.ts';
import { bytesForKey, cacheKey } from '../workspace.ts';
import type { TransferKeypointsOutput } from '../worker-transfer.ts';
import { createFeatureReader, type DetectedSource, featureSettingsOf, type FeatureReader } from './detect-photos.ts';
import type { ComparedPair } from './match-pairs.ts';
import { partnersOfPhoto } from './partner-views.ts';
import { matchedPlaces, type SettledPlaces } from './settle-places.ts';
import { candidatesOf, patchesOf, type UnseenCandidates } from './transfer-candidates.ts';
import type { SfmWorkspace } from './workspace.ts';

/** Places of a photo where no keypoint was detected, found by what other photos show of them. Px of the upright photo. */
export interface TransferredPlaces {
  /** The track that each belongs to. */
  readonly track: Uint32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly size: Float32Array;
  readonly angle: Float32Array;
  /** Names their descriptors in the workspace; null of none. */
  readonly key: string | null;
}

/** Photos whose features are held in memory: partners of a photo are often partners of the next one. */
const photosHeld = 40;
/** Bytes of patches that were done with before they are collected. */
const mostGarbage = 256e6;

/**
 * Looks in every photo for the points that at least two of its partners show, though it has no keypoint there: a track is then as long as photos
 * show its point, not as detectors happen to answer in each of them.
 * @returns those of each photo
 */
export async function completeTracks(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
  settled: SettledPlaces,
): Promise<TransferredPlaces[]> {
  const { observe, signal, pool, effort } = workspace;
  // Only matches that were refined tell how one photo's surroundings lie in another.
  if (!effort.guided) return photos.map(() => nothing);
  const partnersOf: ComparedPair[][] = photos.map(() => []);
  for (const pair of pairs) {
    if (pair.failure !== null) continue;
    partnersOf[pair.a].push(pair);
    partnersOf[pair.b].push(pair);
  }
  const ambiguous = ambiguousTracks(settled);
  const read = createFeatureReader(workspace, photosHeld);
  const letGo = createSharedGarbageCollector(mostGarbage);
  const completed: TransferredPlaces[] = [];
  const report = (): void =>
    observe({ type: 'progress', stage: 'complete', done: completed.length, total: photos.length });
  report();
  const work = (photo: number): Promise<TransferredPlaces> => {
    signal?.throwIfAborted();
    return completePhoto(workspace, photos, photo, partnersOf[photo], settled, ambiguous, read, letGo);
  };
  for await (const places of mapAhead([...photos.keys()], pool.size + 1, work)) {
    completed.push(places);
    report();
  }
  return completed;
}

/** Tracks with several places in one photo: matches contradict each other there. */
function ambiguousTracks(settled: SettledPlaces): ReadonlySet<number> {
  const ambiguous = new Set<number>();
  for (let photo = 0; photo + 1 < settled.first.length; photo++) {
    const seen = new Set<number>();
    for (const place of matchedPlaces(settled, photo)) {
      const track = settled.tracks.trackOf(place);
      if (seen.has(track)) ambiguous.add(track);
      seen.add(track);
    }
  }
  return ambiguous;
}

async function completePhoto(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  photo: number,
  pairs: readonly ComparedPair[],
  settled: SettledPlaces,
  ambiguous: ReadonlySet<number>,
  read: FeatureReader,
  letGo: (patches: Uint8Array) => void,
): Promise<TransferredPlaces> {
  const own = new Set(matchedPlaces(settled, photo).map((place) => settled.tracks.trackOf(place)));
  const partners = await partnersOfPhoto(workspace, photos, photo, pairs, settled);
  const isTaken = (track: number): boolean => own.has(track) || ambiguous.has(track);
  const { info } = photos[photo];
  const { width, height } = info;
  const frame = { width, height, detectScale: detectScaleOf(info, workspace.features) };
  const expected = expectedPlaces(partners, frame, isTaken);
  if (expected.length === 0) return nothing;
  const { patchScale } = detectorTraits[workspace.features.detector];
  const candidates = candidatesOf(expected, photo, partners, settled, patchScale);
  const { key, candidate, x, y } = await transfer(workspace, photos[photo], candidates, async () => {
    const patches = await patchesOf(expected, partners, photos, settled, read);
    letGo(patches);
    return patches;
  });
  return {
    track: Uint32Array.from(candidate, (c) => expected[c].track),
    x,
    y,
    size: Float32Array.from(candidate, (c) => expected[c].size),
    angle: Float32Array.from(candidate, (c) => expected[c].angle),
    key,
  };
}

const nothing: TransferredPlaces = {
  track: new Uint32Array(),
  x: new Float32Array(),
  y: new Float32Array(),
  size: new Float32Array(),
  angle: new Float32Array(),
  key: null,
};

/**
 * @returns rows of unit length
 * @throws DataError where the workspace lost them since they were computed
 */
export async function readTransferredDescriptors(
  { store }: SfmWorkspace,
  { name }: DetectedSource,
  { key }: TransferredPlaces,
): Promise<Float32Array> {
  if (key === null) return new Float32Array();
  const known = await store.get<TransferKeypointsOutput>('transferred', key);
  if (known !== undefined) return known.descriptors;
  throw new DataError(`the workspace has lost keypoints of ${name}: run again to find them`);
}

async function transfer(
  { store, pool, features }: SfmWorkspace,
  photo: DetectedSource,
  candidates: UnseenCandidates,
  look: () => Promise<Uint8Array>,
): Promise<Pick<TransferKeypointsOutput, 'candidate' | 'x' | 'y'> & { key: string }> {
  const { x, y, size, angle, frames, points, occupied } = candidates;
  const asked = [x, y, size, angle, frames, points, occupied].map(bytesForKey);
  const key = cacheKey('sfm transferred', 3, photo.key, ...asked);
  const known = await store.get<TransferKeypointsOutput>('transferred', key);
  if (known !== undefined) return { ...known, key };
  const found = await pool.run('transferKeypoints', {
    photo: photo.info,
    settings: featureSettingsOf(features, photo),
    candidates: { ...candidates, patches: await look() },
  });
  await store.put('transferred', key, found);
  return { ...found, key };
}
