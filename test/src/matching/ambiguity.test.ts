import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FoundGeometry } from '../../../src/geometry/pair-geometry.ts';
import { withSecondView } from '../../../src/matching/ambiguity.ts';
import type { PhotoOfPair } from '../../../src/matching/match-photos.ts';
import { placesOf } from '../../../src/matching/places.ts';
import type { Shortlister } from '../../../src/matching/shortlist.ts';
import { createShortlister } from '../../../src/matching/shortlist.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3, invert3, multiply3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { descriptorLength, noisyLook, type Spot } from './synthetic-features.ts';
import { photoOf, type Wall, wallOf, windowStep } from './synthetic-walls.ts';

const [across, down] = windowStep;
/** Photo 2 from photo 1, seen a little from the side. */
const truth: Matrix3 = [0.95, 0.04, 12, -0.03, 0.97, 20, -1.2e-4, 2e-5, 1];
const oneWindowOff = multiply3(truth, [1, 0, across, 0, 1, 0, 0, 0, 1]);

let shortlister: Shortlister;
beforeAll(async () => {
  shortlister = await createShortlister({ descriptorLength, threads: 1 });
});
afterAll(() => shortlister.release());

type Photos = readonly [PhotoOfPair, PhotoOfPair];

const photosOf = (wall: Wall, seed = 1, blur = 0.3): Photos => {
  const places = wallOf(wall, seed);
  return [photoOf(places, identity3, 10 + seed, blur), photoOf(places, truth, 20 + seed, blur)];
};

const shortlistOf = ([a, b]: Photos) =>
  shortlister.shortlist(
    a.features.descriptors,
    a.features.keypoints.count,
    b.features.descriptors,
    b.features.keypoints.count,
    { k: 2, depth: 6 },
  );

/** Every pair of likely looks that agrees with a geometry, and that geometry. */
async function judged(
  photos: Photos,
  kind: 'homography' | 'fundamental',
  matrix: Matrix3,
  agrees: (x1: number, y1: number, x2: number, y2: number) => boolean,
): Promise<FoundGeometry> {
  const [first, second] = photos;
  const nearest = await shortlistOf(photos);
  const all = placesOf(nearest.index1, nearest.index2, first, second);
  const taken = new Set<number>();
  const kept = [...nearest.index1.keys()].filter((k) => {
    const [x1, y1, x2, y2] = all.subarray(4 * k, 4 * k + 4);
    if (taken.has(nearest.index1[k]) || !agrees(x1, y1, x2, y2)) return false;
    taken.add(nearest.index1[k]);
    return true;
  });
  const index1 = Uint32Array.from(kept, (k) => nearest.index1[k]);
  const index2 = Uint32Array.from(kept, (k) => nearest.index2[k]);
  const inliers = Uint32Array.from(kept.keys());
  const geometry: FoundGeometry = { kind, matrix, inliers, scene: 'flat', verdict: 'ok', reason: 'it was found' };
  const matched = { index1, index2, points: placesOf(index1, index2, first, second) };
  return withSecondView(geometry, matched, nearest, first, second, 0);
}

function judgedView(photos: Photos, view: Matrix3): Promise<FoundGeometry> {
  return judged(photos, 'homography', view, (x1, y1, x2, y2) => {
    const [u, v] = transformPoint(view, x1, y1);
    return Math.hypot(u - x2, v - y2) < 4;
  });
}

const seeds = [1, 2, 3];
const swapped = ([a, b]: Photos): Photos => [b, a];

describe('a façade of equal windows', () => {
  test.each(seeds)(
    'nothing is unique: any view is ambiguous, and the shift is one of windows (façade %i)',
    async (seed) => {
      const photos = photosOf({ window: 12, unique: 0 }, seed);
      for (const view of [truth, oneWindowOff]) {
        const geometry = await judgedView(photos, view);
        expect(geometry).toMatchObject({ kind: 'homography', matrix: view, verdict: 'ambiguous', repeats: true });
        const [dx, dy] = geometry.reason.match(/-?\d+/g)!.map(Number);
        const windows = Math.hypot(dx / across, dy / down);
        expect(windows).toBeGreaterThan(0.7);
        expect(windows).toBeLessThan(3);
      }
    },
  );

  test.each(seeds)(
    'some places are unique: the right view is sure, one that is a window off is not (façade %i)',
    async (seed) => {
      const photos = photosOf({ window: 12, unique: 50 }, seed);
      expect((await judgedView(photos, truth)).verdict).toBe('ok');
      expect((await judgedView(photos, oneWindowOff)).verdict).toBe('ambiguous');
    },
  );

  test('swapped photos get the same verdicts', async () => {
    const back = invert3(truth)!;
    expect((await judgedView(swapped(photosOf({ window: 12, unique: 0 })), back)).verdict).toBe('ambiguous');
    expect((await judgedView(swapped(photosOf({ window: 12, unique: 50 })), back)).verdict).toBe('ok');
  });

  test('stability: the same seed gives the same', async () => {
    const photos = photosOf({ window: 12, unique: 0 });
    expect(await judgedView(photos, truth)).toEqual(await judgedView(photos, truth));
  });
});

describe('a view that is right stays sure', () => {
  test.each(seeds)('where nothing repeats itself (wall %i)', async (seed) => {
    const geometry = await judgedView(photosOf({ window: 0, unique: 400 }, seed), truth);
    expect(geometry).toMatchObject({ verdict: 'ok', reason: 'it was found' });
  });

  test.each(seeds)('where nothing repeats itself, though the photos are bad (wall %i)', async (seed) => {
    const geometry = await judgedView(photosOf({ window: 0, unique: 400 }, seed, 0.75), truth);
    expect(geometry.inliers.length).toBeGreaterThan(50);
    expect(geometry.verdict).toBe('ok');
  });

  test('where of what is unique much has moved since: cars before equal windows', async () => {
    const windows = wallOf({ window: 20, unique: 40 }, 1);
    const cars = wallOf({ window: 0, unique: 40 }, 2);
    const moved = wallOf({ window: 0, unique: 40 }, 3).map(({ x, y }, i) => ({ ...cars[i], x, y }));
    const photos = [photoOf([...windows, ...cars], identity3, 11), photoOf([...windows, ...moved], truth, 12)] as const;
    expect((await judgedView(photos, truth)).verdict).toBe('ok');
    expect((await judgedView(photos, oneWindowOff)).verdict).toBe('ambiguous');
  });
});

test('a geometry that is ambiguous for another reason stays as it is', async () => {
  const photos = photosOf({ window: 12, unique: 0 });
  const nearest = await shortlistOf(photos);
  const geometry: FoundGeometry = {
    kind: 'homography',
    matrix: truth,
    inliers: new Uint32Array(),
    scene: 'flat',
    verdict: 'ambiguous',
    reason: 'another reason',
  };
  const none = { index1: new Uint32Array(), index2: new Uint32Array(), points: new Float64Array() };
  expect(withSecondView(geometry, none, nearest, ...photos, 0)).toBe(geometry);
});

describe('epipolar geometries', () => {
  /** Of a camera that moved to the right: partners are in the same row. */
  const rows: Matrix3 = [0, 0, 0, 0, 0, -1, 0, 1, 0];
  const inRow = (_x1: number, y1: number, _x2: number, y2: number): boolean => Math.abs(y1 - y2) < 2;
  /** @param shift px to the left by which photo 2 shows each place */
  const stereo = (places: readonly Spot[], shift: (i: number) => number): Photos => {
    const moved = places.map((place, i) => ({ ...place, x: place.x - shift(i) }));
    return [photoOf(places, identity3, 11), photoOf(moved, identity3, 12)];
  };

  test('rows of equal windows, which any epipolar geometry along them explains, are ambiguous', async () => {
    const photos = stereo(wallOf({ window: 12, unique: 0 }, 1), () => 0);
    const geometry = await judged(photos, 'fundamental', rows, inRow);
    expect(geometry).toMatchObject({ kind: 'fundamental', matrix: rows, verdict: 'ambiguous', repeats: true });
  });

  test('of two walls, one before the other, the second is no second view', async () => {
    // The second looks much like the first, as a fence and its shadow do.
    const random = createRandom(4);
    const wall = wallOf({ window: 0, unique: 200 }, 2);
    const mirrored = wall.map((place) => ({ ...place, look: noisyLook(place.look, 0.6, random) }));
    const photos = stereo([...wall, ...mirrored], (i) => (i < wall.length ? 0 : 40));
    expect((await judged(photos, 'fundamental', rows, inRow)).verdict).toBe('ok');
  });

  test('equal windows behind much that is unique and at many depths are sure', async () => {
    const random = createRandom(5);
    const windows = wallOf({ window: 12, unique: 0 }, 1);
    const places = [...windows, ...wallOf({ window: 0, unique: 300 }, 3)];
    const photos = stereo(places, (i) => (i < windows.length ? 0 : 10 + 80 * random.next()));
    expect((await judged(photos, 'fundamental', rows, inRow)).verdict).toBe('ok');
  });
});
