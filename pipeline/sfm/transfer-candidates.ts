import { patchSide } from '../../src/features/patches.ts';
import { keypointFrame } from '../../src/matching/keypoint-frame.ts';
import type { TransferCandidates } from '../../src/matching/transfer.ts';
import { inverse2, multiply2 } from '../../src/math/matrix2.ts';
import type { ExpectedFrom, ExpectedPlace } from '../../src/scene/tracks/expected-places.ts';
import type { DetectedSource, FeatureReader } from './detect-photos.ts';
import type { Partner } from './partner-views.ts';
import type { SettledPlaces } from './settle-places.ts';

/** What a worker needs to find expected places of a photo, but for what they look like. */
export type UnseenCandidates = Omit<TransferCandidates, 'patches'>;

export function candidatesOf(
  expected: readonly ExpectedPlace[],
  photo: number,
  partners: readonly Partner[],
  { first, at, shifts, sizes: sizesOfAll }: SettledPlaces,
  patchScale: number,
): UnseenCandidates {
  const firstView = new Uint32Array(expected.length + 1);
  expected.forEach(({ views }, c) => (firstView[c + 1] = firstView[c] + views.length));
  const views = viewsOf(expected);
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
  return {
    count: expected.length,
    x: Float32Array.from(expected, ({ x }) => x),
    y: Float32Array.from(expected, ({ y }) => y),
    size: Float32Array.from(expected, ({ size }) => size),
    angle: Float32Array.from(expected, ({ angle }) => angle),
    firstView,
    frames,
    points,
    occupied: Float32Array.from({ length: 3 * (first[photo + 1] - first[photo]) }, (_, k) => {
      const place = first[photo] + Math.floor(k / 3);
      return k % 3 === 2 ? sizesOfAll[place] : at[2 * place + (k % 3)];
    }),
  };
}

/** What the views look like: 64×64 grey values each, over shared memory. */
export async function patchesOf(
  expected: readonly ExpectedPlace[],
  partners: readonly Partner[],
  photos: readonly DetectedSource[],
  { first }: SettledPlaces,
  read: FeatureReader,
): Promise<Uint8Array> {
  const views = viewsOf(expected);
  const pixels = patchSide * patchSide;
  const patches = new Uint8Array(new SharedArrayBuffer(views.length * pixels));
  for (const [index, { photo, places }] of partners.entries()) {
    const needed = [...views.keys()].filter((v) => views[v].partner === index);
    if (needed.length === 0) continue;
    const features = await read(photos[photo]);
    for (const v of needed) {
      const keypoint = photos[photo].places.keypointOf[places[views[v].row] - first[photo]];
      patches.set(features.patches.subarray(keypoint * pixels, (keypoint + 1) * pixels), v * pixels);
    }
  }
  return patches;
}

const viewsOf = (expected: readonly ExpectedPlace[]): ExpectedFrom[] => expected.flatMap(({ views }) => views);
