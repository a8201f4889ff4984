import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isProvenInFrame } from '../../../src/matching/frame-proof.ts';
import type { Shortlister } from '../../../src/matching/shortlist.ts';
import { createShortlister } from '../../../src/matching/shortlist.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { identity3 } from '../../../src/math/matrix3.ts';
import { descriptorLength } from './synthetic-features.ts';
import { photoOf, type Wall, wallOf, windowStep } from './synthetic-walls.ts';

let shortlister: Shortlister;
beforeAll(async () => {
  shortlister = await createShortlister({ descriptorLength, threads: 1 });
});
afterAll(() => shortlister.release());

const oneWindowOff: Matrix3 = [1, 0, windowStep[0], 0, 1, 0, 0, 0, 1];
const seeds = [1, 2, 3];

/** Photo 2 in the frame of photo 1, by a view of the wall that may be wrong. */
function isProven(wall: Wall, wall2: Wall, seed2: number, view: Matrix3, seed: number): Promise<boolean> {
  const first = photoOf(wallOf(wall, seed), identity3, 10 + seed);
  const second = photoOf(wallOf(wall2, seed2), view, 20 + seed);
  return isProvenInFrame(first.features, second.features, first, 0, shortlister);
}

describe('photos of a wall of windows in the frame of a homography', () => {
  const wall = { window: 6, unique: 120 };

  test.each(seeds)('what is unique has its place in the frame: proven (wall %i)', async (seed) => {
    expect(await isProven(wall, wall, seed, identity3, seed)).toBe(true);
  });

  test.each(seeds)('the frame is a window off, and what is unique says so (wall %i)', async (seed) => {
    expect(await isProven(wall, wall, seed, oneWindowOff, seed)).toBe(false);
  });

  test.each(seeds)('nothing is unique: any frame would do (wall %i)', async (seed) => {
    const windows = { window: 12, unique: 0 };
    expect(await isProven(windows, windows, seed, identity3, seed)).toBe(false);
  });

  test.each(seeds)('other walls have nothing in place (wall %i)', async (seed) => {
    expect(await isProven(wall, wall, seed + 100, identity3, seed)).toBe(false);
  });
});
