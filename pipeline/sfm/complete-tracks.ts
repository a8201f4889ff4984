import { DataError } from '../../src/errors.ts';
import { fundamentalFromEssential } from '../../src/geometry/pinhole.ts';
import type { FoundGeometry } from '../../src/geometry/pair-geometry.ts';
import { patchSide } from '../../src/features/patches.ts';
import { keypointFrame } from '../../src/matching/keypoint-frame.ts';
import type { TransferCandidates } from '../../src/matching/transfer.ts';
import { inverse2, type Matrix2, multiply2 } from '../../src/math/matrix2.ts';
import { type Matrix3, transpose3 } from '../../src/math/matrix3.ts';
import { type ExpectedPlace, expectedPlaces, type PartnerView } from '../../src/scene/tracks/expected-places.ts';
import type { LocalMaps } from '../../src/scene/tracks/predict-place.ts';
import { mapAhead } from '../in-order.ts';
import { share } from '../shared-memory.ts';
import { cacheKey } from '../workspace.ts';
import type { TransferKeypointsOutput } from '../worker-transfer.ts';
import { createFeatureReader, type DetectedSource, type FeatureReader } from './detect-photos.ts';
import type { ComparedPair } from './match-pairs.ts';
import { isSecond } from './match-pairs.ts';
import { readPairLinks } from './pair-links.ts';
import type { SettledPlaces } from './settle-places.ts';
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

/** Photos whose features are held in memory. */
const photosHeld = 24;

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
  const { observe, signal, pool } = workspace;
  const partnersOf: ComparedPair[][] = photos.map(() => []);
  for (const pair of pairs) {
    if (pair.failure !== null) continue;
    partnersOf[pair.a].push(pair);
    partnersOf[pair.b].push(pair);
  }
  const ambiguous = ambiguousTracks(settled);
  const read = createFeatureReader(workspace, photosHeld);
  const completed: TransferredPlaces[] = [];
  const report = (): void =>
    observe({ type: 'progress', stage: 'complete', done: completed.length, total: photos.length });
  report();
  const work = ({ photo }: { photo: number }): Promise<TransferredPlaces> => {
    signal?.throwIfAborted();
    return completePhoto(workspace, photos, photo, partnersOf[photo], settled, ambiguous, read);
  };
  const all = photos.map((_, photo) => ({ photo }));
  for await (const places of mapAhead(all, pool.size + 1, work)) {
    completed.push(places);
    report();
  }
  return completed;
}

/** Tracks with several places in one photo: matches contradict each other there. */
function ambiguousTracks({ numbers: { first }, tracks }: SettledPlaces): ReadonlySet<number> {
  const ambiguous = new Set<number>();
  for (let photo = 0; photo + 1 < first.length; photo++) {
    const seen = new Set<number>();
    for (let place = first[photo]; place < first[photo + 1]; place++) {
      if (!tracks.isMatched(place)) continue;
      const track = tracks.trackOf(place);
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
): Promise<TransferredPlaces> {
  const { numbers, tracks } = settled;
  const { first } = numbers;
  const own = new Set<number>();
  for (let place = first[photo]; place < first[photo + 1]; place++) {
    if (tracks.isMatched(place)) own.add(tracks.trackOf(place));
  }
  const partners: (PartnerView & { photo: number })[] = [];
  for (const pair of pairs) {
    const partner = pair.a === photo ? pair.b : pair.a;
    const maps = await mapsBetween(workspace, photos, pair, partner, settled);
    if (maps === null || maps.from.length === 0) continue;
    partners.push({ ...viewOf(partner, settled), maps, photo: partner });
  }
  const isTaken = (track: number): boolean => own.has(track) || ambiguous.has(track);
  const expected = expectedPlaces(partners, photos[photo].info, isTaken);
  if (expected.length === 0) return nothing;
  const { patchScale } = await read(photos[photo]);
  const candidates = await candidatesOf(expected, partners, photos, settled, patchScale, read);
  const { key, candidate, x, y } = await transfer(workspace, photos[photo], patchScale, candidates);
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

/** What the aligned matches of a pair say of how the other photo shows the surroundings of a partner's places. */
async function mapsBetween(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pair: ComparedPair,
  partner: number,
  settled: SettledPlaces,
): Promise<LocalMaps | null> {
  const links = await readPairLinks(workspace, photos, pair, settled.numbers);
  if (links === null) return null;
  const { aligned, geometry } = links;
  const isSecondPartner = (partner === pair.b) !== isSecond(photos[pair.a], photos[pair.b]);
  const fundamental = fundamentalOf(geometry);
  const [from, to] = [placesAt(settled, aligned.from), placesAt(settled, aligned.to)];
  if (!isSecondPartner) return { from, to, affinity: aligned.affinity, fundamental };
  const back = new Float32Array(aligned.affinity.length);
  for (let at = 0; at < back.length; at += 4) back.set(inverse2(matrixAt(aligned.affinity, at)), at);
  return { from: to, to: from, affinity: back, fundamental: fundamental && transpose3(fundamental) };
}

function fundamentalOf(geometry: FoundGeometry): Matrix3 | null {
  switch (geometry.kind) {
    case 'homography':
      return null;
    case 'fundamental':
      return geometry.matrix;
    case 'essential':
      return fundamentalFromEssential(geometry.matrix, geometry.camera1, geometry.camera2);
  }
}

/** Where places are that were settled: x, y each. */
function placesAt({ numbers: { detected }, shifts }: SettledPlaces, places: Uint32Array): Float32Array {
  const at = new Float32Array(2 * places.length);
  places.forEach((place, row) => {
    at[2 * row] = detected[2 * place] + shifts[2 * place];
    at[2 * row + 1] = detected[2 * place + 1] + shifts[2 * place + 1];
  });
  return at;
}

function viewOf(photo: number, settled: SettledPlaces): Omit<PartnerView, 'maps'> {
  const { numbers, tracks } = settled;
  const matched: number[] = [];
  for (let place = numbers.first[photo]; place < numbers.first[photo + 1]; place++) {
    if (tracks.isMatched(place)) matched.push(place);
  }
  const places = Uint32Array.from(matched);
  return {
    places,
    tracks: places.map((place) => tracks.trackOf(place)),
    at: placesAt(settled, places),
    sizes: Float32Array.from(places, (place) => numbers.sizes[place]),
    angles: Float32Array.from(places, (place) => numbers.angles[place]),
  };
}

/** What a worker needs to find expected places. */
async function candidatesOf(
  expected: readonly ExpectedPlace[],
  partners: readonly (PartnerView & { photo: number })[],
  photos: readonly DetectedSource[],
  { numbers, shifts }: SettledPlaces,
  patchScale: number,
  read: FeatureReader,
): Promise<TransferCandidates> {
  const firstView = new Uint32Array(expected.length + 1);
  expected.forEach(({ views }, c) => (firstView[c + 1] = firstView[c] + views.length));
  const views = expected.flatMap((place) => place.views);
  const frames = new Float32Array(4 * views.length);
  const points = new Float32Array(2 * views.length);
  views.forEach(({ partner, row, affinity }, v) => {
    const { places, sizes, angles } = partners[partner];
    const partnerFromPatch = keypointFrame(sizes[row], angles[row], patchScale);
    frames.set(multiply2(affinity, partnerFromPatch), 4 * v);
    const [a, b, c, d] = inverse2(partnerFromPatch);
    const [dx, dy] = shifts.subarray(2 * places[row], 2 * places[row] + 2);
    points.set([a * dx + b * dy, c * dx + d * dy], 2 * v);
  });
  const pixels = patchSide * patchSide;
  const patches = share(new Uint8Array(views.length * pixels));
  for (const [index, { photo, places }] of partners.entries()) {
    const needed = [...views.keys()].filter((v) => views[v].partner === index);
    if (needed.length === 0) continue;
    const features = await read(photos[photo]);
    for (const v of needed) {
      const keypoint = photos[photo].places.keypointOf[places[views[v].row] - numbers.first[photo]];
      patches.set(features.patches.subarray(keypoint * pixels, (keypoint + 1) * pixels), v * pixels);
    }
  }
  return {
    count: expected.length,
    x: Float32Array.from(expected, ({ x }) => x),
    y: Float32Array.from(expected, ({ y }) => y),
    size: Float32Array.from(expected, ({ size }) => size),
    angle: Float32Array.from(expected, ({ angle }) => angle),
    firstView,
    patches,
    frames,
    points,
  };
}

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
  patchScale: number,
  candidates: TransferCandidates,
): Promise<Pick<TransferKeypointsOutput, 'candidate' | 'x' | 'y'> & { key: string }> {
  const { x, y, size, angle, frames, points } = candidates;
  const key = cacheKey('sfm transferred', 1, photo.key, ...[x, y, size, angle, frames, points].map(bytesOf));
  const known = await store.get<TransferKeypointsOutput>('transferred', key);
  if (known !== undefined) return { ...known, key };
  const settings = { ...features, customDetector: undefined, mask: photo.mask ?? undefined };
  const found = await pool.run('transferKeypoints', { photo: photo.info, settings, patchScale, candidates });
  await store.put('transferred', key, found);
  return { ...found, key };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function matrixAt(values: Float32Array, at: number): Matrix2 {
  return [values[at], values[at + 1], values[at + 2], values[at + 3]];
}
