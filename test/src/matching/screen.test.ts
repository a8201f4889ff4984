import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PhotoFeatures } from '../../../src/features/photo-features.ts';
import type { ScreenPhoto } from '../../../src/matching/screen.ts';
import { screenDefaults, screenPair, screenPhoto } from '../../../src/matching/screen.ts';
import type { Shortlister } from '../../../src/matching/shortlist.ts';
import { createShortlister } from '../../../src/matching/shortlist.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { transformPoint } from '../../../src/math/matrix3.ts';
import type { Random } from '../../../src/math/random.ts';
import { createRandom } from '../../../src/math/random.ts';

const length = 32;
const [width, height] = [2000, 1500];
const options = { ...screenDefaults, seed: 0 };
let shortlister: Shortlister;
beforeAll(async () => {
  shortlister = await createShortlister({ descriptorLength: length, threads: 1 });
});
afterAll(() => shortlister.release());

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly descriptor: readonly number[];
}

const randomSpots = (random: Random, count: number): Spot[] =>
  Array.from({ length: count }, () => ({
    x: random.next() * width,
    y: random.next() * height,
    descriptor: Array.from({ length }, () => random.normal()),
  }));

function toPhoto(spots: readonly Spot[]): ScreenPhoto {
  return {
    width,
    height,
    count: spots.length,
    x: Float32Array.from(spots, ({ x }) => x),
    y: Float32Array.from(spots, ({ y }) => y),
    size: new Float32Array(spots.length).fill(10),
    descriptors: Float32Array.from(
      spots.flatMap(({ descriptor }) => descriptor.map((value) => value / Math.hypot(...descriptor))),
    ),
  };
}

/** Two photos of a scene: `share` of the keypoints of photo 1 that photo 2 shows are found there, a little beside and changed. */
function overlappingPhotos(seed: number, photo2FromPhoto1: Matrix3, share: number): [ScreenPhoto, ScreenPhoto] {
  const random = createRandom(seed);
  const spots = randomSpots(random, 400);
  const again = spots.flatMap(({ x, y, descriptor }): Spot[] => {
    const [u, v] = transformPoint(photo2FromPhoto1, x, y);
    if (u < 0 || v < 0 || u > width || v > height || random.next() > share) return [];
    const changed = descriptor.map((value) => value + 0.6 * random.normal());
    return [{ x: u + 2 * random.normal(), y: v + 2 * random.normal(), descriptor: changed }];
  });
  return [toPhoto(spots), toPhoto([...again, ...randomSpots(random, 400 - again.length)])];
}

describe('screenPair', () => {
  const panned: Matrix3 = [0.9, -0.1, -900, 0.05, 0.95, 60, -1e-4, 1e-5, 1];

  test('photos that share part of what they show may overlap', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const result = await screenPair(shortlister, ...overlappingPhotos(seed, panned, 0.3), options);
      expect(result.mayOverlap).toBe(true);
      expect(result.inliers).toBeGreaterThanOrEqual(screenDefaults.minInliers);
      expect(result.inliers).toBeLessThanOrEqual(result.mutual);
    }
  });

  test('photos of different places mostly may not, whatever chance brings together', async () => {
    const passed: number[] = [];
    for (let seed = 0; seed < 30; seed++) {
      const random = createRandom(100 + seed);
      const pair = [toPhoto(randomSpots(random, 400)), toPhoto(randomSpots(random, 400))] as const;
      const result = await screenPair(shortlister, ...pair, options);
      expect(result.mutual).toBeGreaterThan(10);
      if (result.mayOverlap) passed.push(seed);
    }
    expect(passed.length).toBeLessThanOrEqual(4);
  });

  test('repeats exactly, and copes with photos that have hardly a keypoint', async () => {
    const [a, b] = overlappingPhotos(1, panned, 0.3);
    expect(await screenPair(shortlister, a, b, options)).toEqual(await screenPair(shortlister, a, b, options));
    const nothing = { inliers: 0, mayOverlap: false };
    expect(await screenPair(shortlister, a, toPhoto([]), options)).toMatchObject(nothing);
    expect(await screenPair(shortlister, toPhoto([]), toPhoto([]), options)).toMatchObject(nothing);
    const three = toPhoto(randomSpots(createRandom(1), 3));
    expect(await screenPair(shortlister, three, three, options)).toMatchObject(nothing);
  });
});

test('screenPhoto takes strong keypoints from everywhere, not only from the most textured corner', () => {
  const random = createRandom(9);
  const count = 1800;
  // The 1000 strongest lie in one corner.
  const corner = (i: number): number => (i < 1000 ? 0.2 : 1);
  const keypoints = {
    count,
    x: Float32Array.from({ length: count }, (_, i) => random.next() * width * corner(i)),
    y: Float32Array.from({ length: count }, (_, i) => random.next() * height * corner(i)),
    size: Float32Array.from({ length: count }, (_, i) => i),
    angle: new Float32Array(count),
    response: Float32Array.from({ length: count }, (_, i) => count - i),
    octave: new Int16Array(count),
    location: Uint32Array.from({ length: count }, (_, i) => i),
  };
  const descriptors = Float32Array.from({ length: count * length }, (_, i) => Math.floor(i / length));
  const features: PhotoFeatures = {
    keypoints,
    patchScale: 6,
    descriptors,
    descriptorLength: length,
    patches: new Uint8Array(),
    pixelHash: '',
  };
  const photo = screenPhoto(features, width, height);
  expect(photo.count).toBe(500);
  const outside = photo.x.filter((x, i) => x > 0.2 * width || photo.y[i] > 0.2 * height).length;
  expect(outside).toBeGreaterThan(350);
  // Size and descriptors were made to tell which keypoint they belong to.
  for (let i = 0; i < photo.count; i++) {
    expect(photo.descriptors[i * length + length - 1]).toBe(photo.size[i]);
    expect(photo.x[i]).toBe(keypoints.x[photo.size[i]]);
  }
});
