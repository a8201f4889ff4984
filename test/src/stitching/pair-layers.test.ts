import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../fixtures/synthetic/camera.ts';
import { lookTowards } from '../../../fixtures/synthetic/camera.ts';
import { rotationCorrespondences } from '../../../fixtures/synthetic/rotation-scene.ts';
import { furtherLayers } from '../../../src/geometry/layers.ts';
import { verifyPair } from '../../../src/geometry/verify.ts';
import type { PhotoInfo } from '../../../src/image/image.ts';
import type { PairLayer, VerifiedPair } from '../../../src/scene/match-graph.ts';
import { chooseLayers } from '../../../src/stitching/pair-layers.ts';

const size = { width: 1200, height: 800 };
const cameras = [0, 0.45, 0.9].map((yaw): Camera => ({
  ...size,
  focal: 1000,
  cx: 599.5,
  cy: 399.5,
  k1: 0,
  k2: 0,
  R: lookTowards(yaw, 0, 0),
}));
const photos = cameras.map((_, i): PhotoInfo => ({
  path: `${i}.jpg`,
  ...size,
  depth: 8,
  focal: { focalPx: 1000, sigma: 0.05, source: 'FocalLengthIn35mmFilm' },
  cameraKey: 'camera',
  contentHash: String(i),
}));

/** Ground in front of the camera: what turned like the distance, then slid and sheared as the camera moved over it. */
function moved(points: Float64Array, by = 1): Float64Array {
  const out = points.slice();
  for (let i = 0; i < out.length; i += 4) {
    out[i + 2] += by * (25 + 0.1 * (out[i + 3] - 400));
    out[i + 3] += by * (30 + 0.06 * (out[i + 2] - 600));
  }
  return out;
}

function layer(points: Float64Array): PairLayer {
  const geometry = verifyPair(points, { size1: size, size2: size });
  if (geometry.kind === 'none') throw new Error(geometry.reason);
  return { points, bFromA: geometry.image2FromImage1, medianErrorPx: geometry.medianErrorPx };
}

const far = (a: number, b: number, count: number): Float64Array =>
  rotationCorrespondences(cameras[a], cameras[b], count, a + 7 * b, 0.3);

describe('layers of a photo pair', () => {
  it('finds the second homography among the matches that the first leaves over', () => {
    const near = moved(far(0, 1, 120));
    const all = Float64Array.from([...near, ...far(0, 1, 80)]);
    const first = verifyPair(all, { size1: size, size2: size });
    if (first.kind === 'none') throw new Error(first.reason);
    const others = furtherLayers(all, first, { size1: size, size2: size });
    expect(others).toHaveLength(1);
    const [distance] = others;
    expect(distance.inliers.length).toBeGreaterThan(65);
    expect(distance.inliers.every((i) => i >= 120)).toBe(true);
  });

  it('takes the layer that is a rotation, though the ground has more matches', () => {
    const good: VerifiedPair = { a: 1, b: 2, ...layer(far(1, 2, 100)) };
    const pair: VerifiedPair = { a: 0, b: 1, ...layer(moved(far(0, 1, 120))), others: [layer(far(0, 1, 80))] };
    const chosen = chooseLayers({ photos, pairs: [pair, good] });
    expect(chosen.pairs[0].points).toEqual(pair.others![0].points);
    expect(chosen.pairs[1]).toEqual(good);
  });

  it('keeps the layer of most matches where none is a rotation, though another comes nearer', () => {
    const good: VerifiedPair = { a: 1, b: 2, ...layer(far(1, 2, 100)) };
    const nearer = layer(moved(far(0, 1, 80), 0.5));
    const pair: VerifiedPair = { a: 0, b: 1, ...layer(moved(far(0, 1, 120))), others: [nearer] };
    const [{ points }] = chooseLayers({ photos, pairs: [pair, good] }).pairs;
    expect(points).toEqual(Float64Array.from([...pair.points, ...nearer.points]));
  });

  it('keeps the layer of most matches where it is a rotation', () => {
    const pair: VerifiedPair = { a: 0, b: 1, ...layer(far(0, 1, 100)), others: [layer(moved(far(0, 1, 60)))] };
    expect(chooseLayers({ photos, pairs: [pair] }).pairs[0].points).toEqual(pair.points);
  });
});
