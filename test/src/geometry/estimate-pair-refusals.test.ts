import { describe, expect, test } from 'vitest';
import { estimatePair, type EstimatePairOptions } from '../../../src/geometry/estimate-pair.ts';
import { createRandom } from '../../../src/math/random.ts';
import { syntheticMatches, unrelatedMatches } from './synthetic-matches.ts';
import { camera, flatPair, planeOf, size, turnedCamera } from './synthetic-pair.ts';

const cameras = [camera, camera] as const;
const options: EstimatePairOptions = { size1: size, size2: size, request: 'auto', cameras: null, seed: 1 };

function verdictOf(points: Float64Array, extra: Partial<EstimatePairOptions>): string {
  const geometry = estimatePair(points, { ...options, ...extra });
  return geometry.kind === 'none' ? geometry.verdict : geometry.kind;
}

/** Matches along a line, some px off it. */
function alongLine(noisePx: number): Float64Array {
  const random = createRandom(11);
  const noise = (): number => noisePx * random.normal();
  const match = (x: number): number[] => [x, 300 + 0.1 * x + noise(), x + 20, 320 + 0.1 * x + noise()];
  return Float64Array.from(Array.from({ length: 60 }, () => match(1000 * random.next())).flat());
}

describe.each([
  ['auto', null],
  ['homography', null],
  ['fundamental', null],
  ['essential', cameras],
] as const)('asked for %s', (request, given) => {
  const asked = { request, cameras: given };

  test('twenty pairs of photos that share nothing: none is taken for one that does', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const points = unrelatedMatches(10 + (seed % 3), createRandom(seed), size);
      expect(verdictOf(points, { ...asked, seed })).toBe('no-overlap');
    }
  });

  test('nor is one with many wrong matches', () => {
    expect(verdictOf(unrelatedMatches(80, createRandom(1), size), asked)).toBe('no-overlap');
  });

  test('too few matches say so, right as they may be', () => {
    const few = syntheticMatches(turnedCamera(1), { right: 7, wrong: 0 }, 0, createRandom(1), size).points;
    const geometry = estimatePair(few, { ...options, ...asked });
    expect(geometry).toMatchObject({ kind: 'none', verdict: 'no-overlap' });
    expect(geometry.reason).toContain('only 7 matches');
    expect(verdictOf(new Float64Array(), asked)).toBe('no-overlap');
  });

  test('matches along a line leave the geometry open', () => {
    expect(verdictOf(alongLine(0), asked)).toBe('degenerate');
  });

  test('one place matched many times proves nothing', () => {
    const random = createRandom(10);
    const spot = Float64Array.from({ length: 240 }, () => 300 + random.normal());
    expect(['no-overlap', 'degenerate']).toContain(verdictOf(spot, asked));
    expect(verdictOf(new Float64Array(240).fill(300), asked)).toBe('degenerate');
  });
});

test.each([
  ['auto', null],
  ['fundamental', null],
  ['essential', cameras],
] as const)('matches somewhat off a line leave the geometry open too, asked for %s', (request, given) => {
  expect(verdictOf(alongLine(0.7), { request, cameras: given })).toBe('degenerate');
});

test('wrong matches show no camera motion where the cameras are known and nothing is asked for', () => {
  for (let seed = 1; seed <= 5; seed++) {
    expect(verdictOf(unrelatedMatches(12, createRandom(seed), size), { cameras, seed })).toBe('no-overlap');
  }
});

describe('what the scene leaves open is refused, and what to ask for instead is told', () => {
  test.each([
    ['fundamental', 'a plane', planeOf, null],
    ['fundamental', 'a camera that only turned', turnedCamera, null],
    ['essential', 'a camera that only turned', turnedCamera, cameras],
  ] as const)('%s of %s', (request, _, homography, given) => {
    for (let seed = 1; seed <= 5; seed++) {
      const points = flatPair(homography(seed), seed);
      const geometry = estimatePair(points, { ...options, request, cameras: given, seed });
      expect(geometry).toMatchObject({ kind: 'none', verdict: 'degenerate' });
      expect(geometry.reason).toContain('ask for a homography');
    }
  });
});
