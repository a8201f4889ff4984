import { describe, expect, it } from 'vitest';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { invert3, multiply3, transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import type { MatchGraph, VerifiedPair } from '../../../src/scene/match-graph.ts';
import { solveCameras } from '../../../src/stitching/solve-cameras.ts';
import { transferPoint } from '../../../src/stitching/transfer.ts';
import { photoInfo, verifiedPair } from './synthetic-graph.ts';

const [width, height] = [1000, 700];

/** Photos of a flat thing through the maps given (plane from photo), matched where they overlap; pairwise homographies off by `slip` px. */
function flatGraph(planeFromPhoto: readonly Matrix3[], seed: number, slip = 2): MatchGraph {
  const random = createRandom(seed);
  const pairs: VerifiedPair[] = [];
  planeFromPhoto.forEach((mapA, a) =>
    planeFromPhoto.forEach((mapB, b) => {
      if (a >= b) return;
      const bFromA = multiply3(invert3(mapB)!, mapA);
      const points: number[] = [];
      for (let i = 0; i < 600; i++) {
        const [x, y] = [random.next() * width, random.next() * height];
        const [u, v] = transformPoint(bFromA, x, y);
        if (u < 0 || v < 0 || u >= width || v >= height) continue;
        const wrong = random.next() < 0.05;
        points.push(x + 0.3 * random.normal(), y + 0.3 * random.normal());
        points.push(wrong ? random.next() * width : u + 0.3 * random.normal(), wrong ? 5 : v + 0.3 * random.normal());
      }
      const slipped: Matrix3 = multiply3([1, 0, slip, 0, 1, -slip, 0, 0, 1], bFromA);
      if (points.length >= 4 * 30) pairs.push(verifiedPair(a, b, points, slipped));
    }),
  );
  return { photos: planeFromPhoto.map((_, i) => photoInfo(`scan${i}`, width, height)), pairs };
}

/** Largest distance between where the truth and the solution send photo corners of overlapping photos, px. */
function worstTransfer(graph: MatchGraph, planeFromPhoto: readonly Matrix3[]): number {
  const { panoramas, rejected } = solveCameras(graph, { seed: 0 });
  expect(rejected).toEqual([]);
  expect(panoramas).toHaveLength(1);
  const { cameras } = panoramas[0];
  expect(cameras.model).toBe('planar');
  let worst = 0;
  for (const { a, b, points } of graph.pairs) {
    const bFromA = multiply3(invert3(planeFromPhoto[b])!, planeFromPhoto[a]);
    for (let i = 0; i < points.length; i += 40) {
      const right = transformPoint(bFromA, points[i], points[i + 1]);
      const found = transferPoint(cameras, graph.photos, a, b, points[i], points[i + 1]);
      worst = Math.max(worst, Math.hypot(found[0] - right[0], found[1] - right[1]));
    }
  }
  return worst;
}

describe('flat scenes', () => {
  it('joins scans that were only shifted and slightly turned', () => {
    const shift = (x: number, y: number, turn: number): Matrix3 => [
      Math.cos(turn),
      -Math.sin(turn),
      x,
      Math.sin(turn),
      Math.cos(turn),
      y,
      0,
      0,
      1,
    ];
    const maps = [shift(0, 0, 0.01), shift(650, 10, -0.02), shift(5, 430, 0.015), shift(640, 450, 0)];
    expect(worstTransfer(flatGraph(maps, 1), maps)).toBeLessThan(0.5);
  });

  it('joins photos of a poster taken by a camera that moved and tilted', () => {
    const maps: Matrix3[] = [
      [1, 0, 0, 0, 1, 0, 0, 0, 1],
      [0.95, 0.03, 560, -0.02, 1.02, 20, 4e-5, -2e-5, 1],
      [1.04, -0.02, -30, 0.05, 0.97, 380, -3e-5, 6e-5, 1],
      [0.98, 0.04, 570, -0.01, 1.03, 400, -5e-5, 4e-5, 1],
    ];
    expect(worstTransfer(flatGraph(maps, 2), maps)).toBeLessThan(0.8);
  });
});
