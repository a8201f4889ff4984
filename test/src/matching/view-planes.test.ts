import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planeOfViews, type ViewPlane } from '../../../src/matching/view-planes.ts';
import { createShortlister, type Shortlister } from '../../../src/matching/shortlist.ts';
import { transformPoint, type Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { cornerError } from '../geometry/synthetic-matches.ts';
import { descriptorLength, featuresOf, noisyLook, randomLook, type Spot } from './synthetic-features.ts';

const size = { width: 900, height: 600 };
const sizes = { size1: size, size2: size };
const calibration = { bias: 4.82, score: 0, similarity: 3.81, ratio: -9.09, minScore: -0.75 };
const truth: Matrix3 = [0.8, 0.1, 30, -0.1, 0.9, 40, 1e-4, 5e-5, 1];

let shortlister: Shortlister;
beforeAll(async () => {
  shortlister = await createShortlister({ descriptorLength, threads: 1 });
});
afterAll(() => shortlister.release());

/** Keypoints of two views; `shared` of them show the same place of a plane. */
function views(seed: number, shared: number, alone: number, noisePx = 1): [Spot[], Spot[]] {
  const random = createRandom(seed);
  const any = (): Spot => ({ x: 900 * random.next(), y: 600 * random.next(), look: randomLook(random) });
  const spots1 = Array.from({ length: shared + alone }, any);
  const spots2 = spots1.map((spot, i) => {
    if (i >= shared) return any();
    const [x, y] = transformPoint(truth, spot.x, spot.y);
    const noise = (): number => noisePx * random.normal();
    return { x: x + noise(), y: y + noise(), look: noisyLook(spot.look, 0.6, random) };
  });
  return [spots1, spots2];
}

function planeOf([spots1, spots2]: readonly [Spot[], Spot[]], seed = 1): Promise<ViewPlane | null> {
  return planeOfViews(featuresOf(spots1), featuresOf(spots2), sizes, { calibration, seed }, shortlister);
}

describe('planeOfViews', () => {
  test.each([1, 2, 3, 4])('finds a plane that one keypoint in twenty shows (scene %i)', async (seed) => {
    const plane = (await planeOf(views(seed, 25, 500)))!;
    expect(cornerError(plane.image2FromImage1, truth)).toBeLessThan(25);
    expect(plane.independent).toBeGreaterThanOrEqual(12);
    expect(plane.logFalseAlarms).toBeLessThan(-2);
    expect(plane.points).toHaveLength(4 * plane.probability.length);
    expect([...plane.probability]).toEqual([...plane.probability].sort((p, q) => q - p));
  });

  test.each([1, 2, 3, 4, 5, 6])('finds none between views of different things (scene %i)', async (seed) => {
    expect(await planeOf(views(seed, 0, 500))).toBeNull();
  });

  test('noise: the surer, the less of it there is', async () => {
    const sure = (await planeOf(views(1, 60, 200, 0.5)))!;
    const noisy = (await planeOf(views(1, 60, 200, 3)))!;
    expect(sure.logFalseAlarms).toBeLessThan(noisy.logFalseAlarms);
    expect(cornerError(sure.image2FromImage1, truth)).toBeLessThan(3);
  });

  test('stability: the same seed gives the same plane', async () => {
    expect(await planeOf(views(2, 40, 300), 7)).toEqual(await planeOf(views(2, 40, 300), 7));
  });

  test('views without keypoints, or with too few, show no plane', async () => {
    expect(await planeOf([[], []])).toBeNull();
    expect(await planeOf(views(1, 3, 0))).toBeNull();
  });
});
