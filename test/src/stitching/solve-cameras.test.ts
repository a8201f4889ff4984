import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import type { VerifiedPair } from '../../../src/scene/match-graph.ts';
import { createRandom } from '../../../src/math/random.ts';
import { solveCameras } from '../../../src/stitching/solve-cameras.ts';
import type { RotationCamera } from '../../../src/stitching/cameras.ts';
import type { CameraSolution } from '../../../src/stitching/solve-cameras.ts';
import { transferPoint } from '../../../src/stitching/transfer.ts';
import type { SyntheticSet } from './synthetic-graph.ts';
import { photoInfo, syntheticPanorama, verifiedPair, worstFocalError, worstRotationError } from './synthetic-graph.ts';

const row = (count: number, step: number, pitch = 0, from = 0): [number, number][] =>
  Array.from({ length: count }, (_, i) => [from + i * step, pitch]);

/** Rotation cameras of the only panorama. */
function onlyRotations(solution: CameraSolution): readonly RotationCamera[] {
  expect(solution.panoramas).toHaveLength(1);
  const { cameras } = solution.panoramas[0];
  if (cameras.model !== 'rotation') throw new Error('expected turning cameras, received a plane');
  return cameras.cameras;
}

function expectTruth(set: SyntheticSet, rotation: number, focal: number): void {
  const solution = solveCameras(set.graph, { seed: 0 });
  const cameras = onlyRotations(solution);
  expect(cameras).toHaveLength(set.truth.length);
  expect(solution.rejected).toEqual([]);
  expect(worstRotationError(set, cameras)).toBeLessThan(rotation);
  expect(worstFocalError(set, cameras)).toBeLessThan(focal);
}

/** A pair that claims overlap by repeated structure: consistent with a shift, not with the cameras. */
function wrongPair(a: number, b: number, seed: number): VerifiedPair {
  const random = createRandom(seed);
  const points = Array.from({ length: 60 }, () => [random.next() * 600, random.next() * 800]).flatMap(([x, y]) => [
    x,
    y,
    x + 500 + random.normal(),
    y + 40 + random.normal(),
  ]);
  return verifiedPair(a, b, points);
}

describe('solveCameras on turning cameras, without EXIF', () => {
  for (const [fov, k1] of [
    [35, 0.05],
    [50, -0.15],
    [65, -0.15],
  ]) {
    it(`recovers a single row, field of view ${fov}°, k1 ${k1}`, () => {
      expectTruth(
        syntheticPanorama({ seed: 1, directions: row(5, 0.66 * fov), fov, k1, centre: [0.01, -0.008] }),
        0.1,
        0.01,
      );
    });
  }

  it('recovers two rows closely', () => {
    const directions = [...row(4, 33), ...row(4, 33, 26, 4)];
    expectTruth(syntheticPanorama({ seed: 3, directions, fov: 50, k1: -0.1, centre: [-0.006, 0.01] }), 0.04, 0.003);
  });

  it('closes a full circle', () => {
    const directions = row(10, 36);
    expectTruth(syntheticPanorama({ seed: 4, directions, fov: 52, k1: -0.05, centre: [0.008, 0.006] }), 0.05, 0.005);
  });

  it('gives the same cameras for the same seed', () => {
    const { graph } = syntheticPanorama({ seed: 5, directions: row(3, 30), fov: 50 });
    expect(solveCameras(graph, { seed: 7 })).toEqual(solveCameras(graph, { seed: 7 }));
  });

  it('follows a photo that was zoomed', () => {
    const near = syntheticPanorama({ seed: 6, directions: row(3, 20), fov: 50, zoom: [1, 1.35, 1] });
    const cameras = onlyRotations(solveCameras(near.graph, { seed: 0 }));
    expect(worstFocalError(near, cameras)).toBeLessThan(0.03);
  });

  it('keeps the focal length near EXIF where two photos barely turn', () => {
    const set = syntheticPanorama({
      seed: 8,
      directions: row(2, 3),
      fov: 12,
      noise: 1,
      exif: { focalPx: 5900, sigma: 0.05, source: 'FocalLengthIn35mmFilm' },
    });
    const [first] = onlyRotations(solveCameras(set.graph, { seed: 0 }));
    expect(Math.abs(Math.log(first.focal / set.truth[0].focal))).toBeLessThan(0.1);
    expect(Math.abs(first.k1)).toBeLessThan(3);
  });
});

describe('solveCameras on contradictions', () => {
  it('drops a wrong pair between photos of a set', () => {
    const set = syntheticPanorama({ seed: 9, directions: row(6, 32), fov: 50 });
    const pairs = [...set.graph.pairs, wrongPair(0, 4, 1), wrongPair(1, 5, 2)];
    const solution = solveCameras({ ...set.graph, pairs }, { seed: 0 });
    expect(worstRotationError(set, onlyRotations(solution))).toBeLessThan(0.15);
    const used = solution.panoramas[0].pairs.map(({ pair }) => pair);
    expect(used).toEqual(set.graph.pairs.map((_, i) => i));
    for (const { medianErrorPx } of solution.panoramas[0].pairs) expect(medianErrorPx).toBeLessThan(1);
  });

  it('keeps all photos when the camera moved a little, with errors near the parallax', () => {
    const set = syntheticPanorama({ seed: 10, directions: row(5, 30), fov: 50, parallax: 6 });
    const solution = solveCameras(set.graph, { seed: 0 });
    expect(onlyRotations(solution)).toHaveLength(5);
    for (const { medianErrorPx } of solution.panoramas[0].pairs) expect(medianErrorPx).toBeLessThan(6);
  });

  it('makes two panoramas of two scenes, the larger first, and rejects what belongs to neither', () => {
    const small = syntheticPanorama({ seed: 11, directions: row(3, 30), fov: 50 }).graph;
    const large = syntheticPanorama({ seed: 12, directions: row(4, 24), fov: 40 }).graph;
    const shifted = large.pairs.map((pair) => ({ ...pair, a: pair.a + 3, b: pair.b + 3 }));
    const photos = [...small.photos, ...large.photos, photoInfo('stranger', 1200, 900)];
    const { panoramas, rejected } = solveCameras({ photos, pairs: [...small.pairs, ...shifted] }, { seed: 0 });
    expect(panoramas.map((p) => p.cameras.cameras.map((c) => c.photo))).toEqual([
      [3, 4, 5, 6],
      [0, 1, 2],
    ]);
    expect(rejected.map(({ photo, code }) => [photo, code])).toEqual([[7, 'no-overlap']]);
  });

  it('rejects a photo whose matches fit nothing', () => {
    const set = syntheticPanorama({ seed: 13, directions: row(4, 30), fov: 50 });
    const random = createRandom(5);
    const noise = Array.from({ length: 160 }, (_, i) => random.next() * (i % 2 === 0 ? 1200 : 900));
    const photos = [...set.graph.photos, photoInfo('noise', 1200, 900)];
    const { panoramas, rejected } = solveCameras(
      { photos, pairs: [...set.graph.pairs, verifiedPair(1, 4, noise)] },
      { seed: 0 },
    );
    expect(panoramas).toHaveLength(1);
    expect(panoramas[0].cameras.cameras).toHaveLength(4);
    expect(rejected).toMatchObject([{ photo: 4, code: 'parallax' }]);
  });
});

describe('solveCameras as a stage', () => {
  const { graph } = syntheticPanorama({ seed: 14, directions: row(4, 30), fov: 50 });

  it('levels the panorama and looks at its middle', () => {
    const cameras = onlyRotations(solveCameras(graph, { seed: 0 }));
    // Headings (atan2(x, z) of the view direction) grow from left to right about zero; photos are level.
    const headings = cameras.map(({ R }) => Math.atan2(R[6], R[8]));
    expect(headings[0] + headings[3]).toBeCloseTo(0, 1);
    expect(headings[0]).toBeLessThan(-0.6);
    for (const { R } of cameras) expect(R[4]).toBeGreaterThan(0.99);
  });

  it('maps pixels between photos as the truth does', () => {
    const set = syntheticPanorama({ seed: 15, directions: row(3, 30), fov: 50, k1: -0.1 });
    const { cameras } = solveCameras(set.graph, { seed: 0 }).panoramas[0];
    const truth = { model: 'rotation' as const, cameras: set.truth };
    for (const y of [100, 450, 800]) {
      const right = transferPoint(truth, set.graph.photos, 0, 1, 1000, y);
      const found = transferPoint(cameras, set.graph.photos, 0, 1, 1000, y);
      expect(Math.hypot(found[0] - right[0], found[1] - right[1])).toBeLessThan(0.5);
    }
  });

  it('reports progress that never falls and ends at 1', () => {
    const seen: number[] = [];
    solveCameras(graph, { seed: 0, onProgress: (f) => seen.push(f) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });

  it('stops when aborted', () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    expect(() => solveCameras(graph, { seed: 0, signal: controller.signal })).toThrow('enough');
  });

  it('has nothing to solve without pairs', () => {
    const { panoramas, rejected } = solveCameras({ photos: graph.photos, pairs: [] }, { seed: 0 });
    expect(panoramas).toEqual([]);
    expect(rejected).toHaveLength(4);
  });

  it('names a pair that does not fit the photos', () => {
    expect(() => solveCameras({ photos: graph.photos, pairs: [wrongPair(1, 9, 1)] }, { seed: 0 })).toThrow(UsageError);
  });
});
