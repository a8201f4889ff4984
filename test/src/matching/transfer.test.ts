import { describe, expect, it } from 'vitest';
import { cutPatches } from '../../../src/features/patches.ts';
import { buildPyramid } from '../../../src/image/pyramid.ts';
import { keypointFrame } from '../../../src/matching/keypoint-frame.ts';
import { type TransferCandidates, transferPlaces } from '../../../src/matching/transfer.ts';
import { inverse2, type Matrix2, multiply2 } from '../../../src/math/matrix2.ts';
import { createRandom } from '../../../src/math/random.ts';
import { blobPicture, type Picture, placedKeypoints, renderPicture } from '../features/analytic-picture.ts';

const [width, height, k] = [320, 240, 6];
const scene = blobPicture(11, width, height, 260);
const other = blobPicture(12, width, height, 260);
const size = 6;

/** A photo in which the scene's point p lies at `affinity · p + shift`. */
function seen(picture: Picture, affinity: Matrix2, [dx, dy]: readonly [number, number]): Picture {
  const [a, b, c, d] = inverse2(affinity);
  return (x, y) => picture(a * (x - dx) + b * (y - dy), c * (x - dx) + d * (y - dy));
}

interface View {
  readonly picture: Picture;
  readonly affinity: Matrix2;
  readonly shift: readonly [number, number];
  /** How far off the view's own place is, px. */
  readonly wrong?: number;
}

/** Points of the scene as views show them, each in a patch whose centre is off by up to half a pixel, expected `off` px away. */
function candidatesOf(
  points: readonly (readonly [number, number])[],
  views: readonly View[],
  off: number,
): TransferCandidates {
  const random = createRandom(5);
  const pyramids = views.map(({ picture }) => buildPyramid(renderPicture(picture, width, height)));
  const patches: Uint8Array[] = [];
  const frames: number[] = [];
  const inPatch: number[] = [];
  for (const [px, py] of points) {
    views.forEach(({ affinity: [a, b, c, d], shift: [dx, dy], wrong = 0 }, v) => {
      const [x, y] = [a * px + b * py + dx, c * px + d * py + dy];
      const [ex, ey] = [random.next() - 0.5, random.next() - 0.5];
      const angle = random.next();
      const placed = placedKeypoints([[x + ex, y + ey, size, angle]]);
      patches.push(cutPatches(pyramids[v], placed, { side: 64, k }));
      const viewFromPatch = keypointFrame(size, angle, k);
      frames.push(...multiply2(inverse2([a, b, c, d]), viewFromPatch));
      const [e, f, g, h] = inverse2(viewFromPatch);
      inPatch.push(e * (wrong - ex) - f * ey, g * (wrong - ex) - h * ey);
    });
  }
  const count = points.length;
  return {
    count,
    x: Float32Array.from(points, ([x]) => x + off),
    y: Float32Array.from(points, ([, y]) => y - off),
    size: new Float32Array(count).fill(size),
    angle: new Float32Array(count).fill(0.3),
    firstView: Uint32Array.from({ length: count + 1 }, (_, c) => views.length * c),
    patches: Uint8Array.from(patches.flatMap((patch) => [...patch])),
    frames: Float32Array.from(frames),
    points: Float32Array.from(inPatch),
    occupied: new Float32Array(),
  };
}

const points = Array.from({ length: 24 }, (_, i) => [70 + 36 * (i % 6), 60 + 40 * Math.floor(i / 6)] as const);
const left: View = { picture: seen(scene, [1, 0.1, 0, 1], [-12, 3]), affinity: [1, 0.1, 0, 1], shift: [-12, 3] };
const right: View = { picture: seen(scene, [0.9, 0, 0.1, 1], [9, -6]), affinity: [0.9, 0, 0.1, 1], shift: [9, -6] };
const photo = buildPyramid(renderPicture(scene, width, height));

describe('points that a photo shows where no keypoint was detected', () => {
  it('are found to a tenth of a pixel from two views of them', () => {
    const { candidate, places, patches } = transferPlaces(photo, candidatesOf(points, [left, right], 1), k);
    expect(candidate.length).toBeGreaterThan(0.8 * points.length);
    candidate.forEach((c, row) => {
      const [x, y] = points[c];
      expect(Math.hypot(places[2 * row] - x, places[2 * row + 1] - y), `point ${c}`).toBeLessThan(0.15);
    });
    expect(patches).toHaveLength(4096 * candidate.length);
  });

  it('are not found twice, nor where the photo has a place', () => {
    const twice = candidatesOf([...points, ...points], [left, right], 0);
    const { candidate } = transferPlaces(photo, twice, k);
    expect(candidate.length).toBeGreaterThan(0.8 * points.length);
    expect(Math.max(...candidate)).toBeLessThan(points.length);
    const occupied = Float32Array.from(
      points.slice(0, 10).flatMap(([x, y], c) => [x + 0.2, y, c < 8 ? size : 2 * size]),
    );
    const others = [...transferPlaces(photo, { ...candidatesOf(points, [left, right], 0), occupied }, k).candidate];
    expect(others).toEqual([...candidate].filter((c) => c >= 8));
  });

  it('are not found where the photo shows something else', () => {
    const strange = buildPyramid(renderPicture(other, width, height));
    expect([...transferPlaces(strange, candidatesOf(points, [left, right], 0), k).candidate]).toEqual([]);
  });

  it('are not found where views disagree about them', () => {
    const shifted = { ...right, wrong: 2 };
    expect([...transferPlaces(photo, candidatesOf(points, [left, shifted], 0), k).candidate]).toEqual([]);
    // A third view outvotes it.
    const { candidate, places } = transferPlaces(photo, candidatesOf(points, [shifted, left, right], 0), k);
    expect(candidate.length).toBeGreaterThan(0.8 * points.length);
    candidate.forEach((c, row) => expect(Math.abs(places[2 * row] - points[c][0])).toBeLessThan(0.15));
  });
});
