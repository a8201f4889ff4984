import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mural } from '../../../fixtures/synthetic/materials/mural.ts';
import type { Material } from '../../../fixtures/synthetic/scene.ts';
import { modelPath } from '../../../models/index.ts';
import { detectKeypoints, detectorTraits } from '../../../src/features/detect.ts';
import { cutPatches, patchSide } from '../../../src/features/patches.ts';
import type { GeometryRequest, PairGeometry } from '../../../src/geometry/pair-geometry.ts';
import type { Image } from '../../../src/image/image.ts';
import { buildPyramid } from '../../../src/image/pyramid.ts';
import { matchPhotos, type PhotoMatches, type PhotoOfPair } from '../../../src/matching/match-photos.ts';
import type { Shortlister } from '../../../src/matching/shortlist.ts';
import { createShortlister } from '../../../src/matching/shortlist.ts';
import { invert3, multiply3 } from '../../../src/math/matrix3.ts';
import { descriptorContract, descriptorLength, describePatches } from '../../../src/nn/descriptor.ts';
import { loadModel, type Model } from '../../../src/nn/model.ts';
import { cornerError } from '../geometry/synthetic-matches.ts';
import type { WallView } from './rendered-walls.ts';
import { equalBills, equalWindows, imageFromWall, photographWall, wallSize, withBills } from './rendered-walls.ts';

/** Of the shipped descriptor without a judge. */
const calibration = { bias: 11.66, score: 0, similarity: -0.815, ratio: -11.92, minScore: -1e9 };

let descriptor: Model;
let shortlister: Shortlister;
beforeAll(async () => {
  descriptor = await loadModel(modelPath('descriptor'), descriptorContract, { device: 'cpu', threads: 2 });
  shortlister = await createShortlister({ descriptorLength, threads: 2 });
});
afterAll(async () => {
  await descriptor.release();
  await shortlister.release();
});

function greyOf({ width, height, data }: Image): Image & { data: Uint8Array } {
  const grey = Uint8Array.from(
    { length: width * height },
    (_, i) => (data[3 * i] + 2 * data[3 * i + 1] + data[3 * i + 2]) / 4,
  );
  return { width, height, channels: 1, data: grey };
}

async function describePhoto(image: Image): Promise<PhotoOfPair> {
  const grey = greyOf(image);
  const neverCalled = (): never => {
    throw new Error('expected no OpenCV');
  };
  const keypoints = detectKeypoints(neverCalled, grey, { detector: 'dog', maxKeypoints: 2000 });
  const { patchScale } = detectorTraits.dog;
  const patches = cutPatches(buildPyramid(grey), keypoints, { side: patchSide, k: patchScale });
  const descriptors = await describePatches(descriptor, patches, keypoints.count);
  return { ...wallSize, features: { keypoints, patchScale, descriptors, descriptorLength, patches, pixelHash: '' } };
}

/** From either side. */
const views: readonly [WallView, WallView] = [
  { yaw: 21, pitch: 4, distance: 10, aim: [0.4, 0.2] },
  { yaw: -18, pitch: -3, distance: 11, aim: [-0.3, -0.1] },
];
const truth = multiply3(imageFromWall(views[1]), invert3(imageFromWall(views[0]))!);

const photosOf = (wall: Material): Promise<[PhotoOfPair, PhotoOfPair]> =>
  Promise.all([0, 1].map((i) => describePhoto(photographWall(wall, views[i], i + 1)))) as Promise<
    [PhotoOfPair, PhotoOfPair]
  >;

function matchWall([first, second]: readonly PhotoOfPair[], request: GeometryRequest): Promise<PhotoMatches> {
  const options = {
    candidates: 2,
    calibration,
    judging: 'none',
    guided: true,
    request,
    cameras: null,
    seed: 0,
  } as const;
  return matchPhotos(first, second, options, {
    shortlister,
    judge: () => Promise.reject(new Error('expected no judge')),
  });
}

const errorOf = (geometry: PairGeometry): number =>
  geometry.kind === 'homography' ? cornerError(geometry.matrix, truth, wallSize.width, wallSize.height) : Infinity;

describe('a wall that repeats itself, with nothing on it that does not', () => {
  test('of equal windows is called ambiguous', async () => {
    const photos = await photosOf(equalWindows(2, 2.6));
    for (const request of ['auto', 'homography'] as const) {
      const { geometry } = await matchWall(photos, request);
      expect(geometry.verdict).toBe('ambiguous');
      expect(geometry.reason).toContain('the scene repeats itself');
    }
  });

  test('of the same bills again and again: a geometry is given, and that another one is as good', async () => {
    const photos = await photosOf(equalBills(3.6, 4));
    const forth = await matchWall(photos, 'homography');
    const back = await matchWall(photos.toReversed(), 'homography');
    for (const { geometry } of [forth, back]) {
      expect(geometry).toMatchObject({ kind: 'homography', verdict: 'ambiguous', repeats: true });
      expect(geometry.reason).toMatch(/second view, shifted by \(-?\d+, -?\d+\) px/);
    }
    expect(forth.points.length).toBeGreaterThan(400);
    expect(await matchWall(photos, 'homography')).toEqual(forth);
  });
});

describe('a wall on which enough is unique', () => {
  test('equal windows and a few posters: the right view is sure', async () => {
    const posters = [
      [-2.2, -1.4, 1.1, 1.3],
      [1.2, 0.3, 1, 1.2],
      [-0.6, 0.9, 0.9, 0.8],
    ] as const;
    const photos = await photosOf(withBills(equalWindows(2, 2.6), posters, 7));
    const { geometry } = await matchWall(photos, 'homography');
    expect(geometry).toMatchObject({ kind: 'homography', verdict: 'ok' });
    expect(errorOf(geometry)).toBeLessThan(2);
    expect((await matchWall(photos.toReversed(), 'homography')).geometry.verdict).toBe('ok');
  });

  test('bills none like another: the right view is sure', async () => {
    const { geometry } = await matchWall(await photosOf(mural(5, 3)), 'auto');
    expect(geometry).toMatchObject({ kind: 'homography', verdict: 'ok' });
    expect(errorOf(geometry)).toBeLessThan(2);
  });
});
