import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Matches } from '../../../src/matching/matches.ts';
import { dropAmbiguous, selectDefaults, selectMatches } from '../../../src/matching/select.ts';
import type { Shortlister } from '../../../src/matching/shortlist.ts';
import { createShortlister } from '../../../src/matching/shortlist.ts';
import { createRandom } from '../../../src/math/random.ts';

const length = 32;
const calibration = { bias: 4.82, score: 0, similarity: 3.81, ratio: -9.09, minScore: -0.75 };
const options = { ...selectDefaults, calibration };
let shortlister: Shortlister;
beforeAll(async () => {
  shortlister = await createShortlister({ descriptorLength: length, threads: 1 });
});
afterAll(() => shortlister.release());

interface Photo {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly size: Float32Array;
  readonly descriptors: Float32Array;
}

function photo(places: readonly (readonly [number, number])[], descriptors: readonly (readonly number[])[]): Photo {
  const unit = descriptors.flatMap((row) => row.map((value) => value / Math.hypot(...row)));
  return {
    count: places.length,
    x: Float32Array.from(places, ([x]) => x),
    y: Float32Array.from(places, ([, y]) => y),
    size: new Float32Array(places.length).fill(5),
    descriptors: Float32Array.from(unit),
  };
}

/** The vector with one 1. */
const axis = (k: number): number[] => Array.from({ length }, (_, i) => (i === k ? 1 : 0));
const blend = (a: readonly number[], b: readonly number[], share: number): number[] =>
  a.map((value, i) => (1 - share) * value + share * b[i]);

const shortlistOf = (a: Photo, b: Photo) =>
  shortlister.shortlist(a.descriptors, a.count, b.descriptors, b.count, { k: 2, depth: 6 });

async function select(a: Photo, b: Photo, score: (i: number, j: number) => number): Promise<Matches> {
  const candidates = await shortlistOf(a, b);
  const scores = Float32Array.from({ length: candidates.count }, (_, c) =>
    score(candidates.index1[c], candidates.index2[c]),
  );
  return selectMatches(candidates, scores, a, b, options);
}

const pairsOf = (matches: Matches): [number, number][] => Array.from(matches.index1, (i, m) => [i, matches.index2[m]]);

/** Two photos of 300 places, half of them seen in both, with noisy descriptors. */
function noisyPhotos(seed: number): [Photo, Photo] {
  const random = createRandom(seed);
  const vector = (): number[] => Array.from({ length }, () => random.normal());
  const place = (): [number, number] => [random.next() * 1000, random.next() * 800];
  const shared = Array.from({ length: 150 }, vector);
  const noisy = (row: number[]): number[] => row.map((value) => value + 0.5 * random.normal());
  const make = (): Photo =>
    photo(Array.from({ length: 300 }, place), [...shared.map(noisy), ...Array.from({ length: 150 }, vector)]);
  return [make(), make()];
}

const noisyScore = (i: number, j: number): number =>
  Math.fround(Math.sin(i * 12.9898 + j * 78.233) + (i === j ? 1 : 0));

describe('selectMatches', () => {
  test('what the judge rejects is no match, however alike the descriptors are', async () => {
    const a = photo([[0, 0], [500, 0]], [axis(0), axis(1)]); // prettier-ignore
    const matches = await select(a, a, (i) => (i === 0 ? -2 : 1));
    expect(pairsOf(matches)).toEqual([[1, 1]]);
    expect(matches.score[0]).toBe(1);
  });

  test('a look-alike elsewhere makes a match ambiguous, in whichever photo it is; a neighbour at the same place does not', async () => {
    const one = photo([[100, 100]], [axis(0)]);
    const elsewhere = photo([[100, 100], [400, 100]], [blend(axis(0), axis(1), 0.3), blend(axis(0), axis(2), 0.31)]); // prettier-ignore
    const samePlace = photo([[100, 100], [104, 100]], [blend(axis(0), axis(1), 0.3), blend(axis(0), axis(2), 0.31)]); // prettier-ignore
    const farWorse = photo([[100, 100], [400, 100]], [blend(axis(0), axis(1), 0.3), blend(axis(0), axis(2), 0.6)]); // prettier-ignore
    const yes = (): number => 1;
    expect(pairsOf(await select(one, elsewhere, yes))).toEqual([]);
    expect(pairsOf(await select(elsewhere, one, yes))).toEqual([]);
    expect(pairsOf(await select(one, farWorse, yes))).toEqual([[0, 0]]);
    expect(pairsOf(await select(farWorse, one, yes))).toEqual([[0, 0]]);
    expect((await select(one, samePlace, yes)).count).toBe(1);
    expect((await select(samePlace, one, yes)).count).toBe(1);
  });

  test('every keypoint is in one match at most; matches come best first with probabilities in (0, 1)', async () => {
    const [a, b] = noisyPhotos(1);
    const matches = await select(a, b, noisyScore);
    expect(matches.count).toBeGreaterThan(50);
    expect(new Set(matches.index1).size).toBe(matches.count);
    expect(new Set(matches.index2).size).toBe(matches.count);
    expect([...matches.probability]).toEqual([...matches.probability].sort((p, q) => q - p));
    expect(matches.probability.every((p) => p > 0 && p < 1)).toBe(true);
    expect(matches.offset2).toEqual(new Float32Array(2 * matches.count));
    const right = matches.index1.filter((i, m) => i === matches.index2[m]).length;
    expect(right / matches.count).toBeGreaterThan(0.95);
  });

  test('swapping the photos swaps the columns and changes nothing else', async () => {
    const [a, b] = noisyPhotos(2);
    const forward = await select(a, b, noisyScore);
    const backward = await select(b, a, (i, j) => noisyScore(j, i));
    const key = ([i, j]: [number, number]): number => 1000 * i + j;
    const swapped = pairsOf(backward).map(([i, j]): [number, number] => [j, i]);
    expect(swapped.map(key).sort()).toEqual(pairsOf(forward).map(key).sort());
    const probability = new Map(pairsOf(forward).map((pair, m) => [key(pair), forward.probability[m]]));
    swapped.forEach((pair, m) => expect(backward.probability[m]).toBeCloseTo(probability.get(key(pair))!, 4));
  });

  test('leaving the ambiguous out before judging spares the judge work and changes no match', async () => {
    const [a, b] = noisyPhotos(4);
    const all = await shortlistOf(a, b);
    const fewer = dropAmbiguous(all, a, b, selectDefaults);
    expect(fewer.count).toBeLessThan(0.7 * all.count);
    const scores = Float32Array.from(fewer.index1, (i, c) => noisyScore(i, fewer.index2[c]));
    expect(selectMatches(fewer, scores, a, b, options)).toEqual(await select(a, b, noisyScore));
  });

  test('repeats exactly', async () => {
    const [a, b] = noisyPhotos(3);
    expect(await select(a, b, noisyScore)).toEqual(await select(a, b, noisyScore));
  });
});
