import { describe, expect, it } from 'vitest';
import type { Matrix3 } from '../../../../src/math/matrix3.ts';
import { type LocalMaps, predictPlace } from '../../../../src/scene/tracks/predict-place.ts';

const side = 1000;
const affinity = [1.1, -0.2, 0.3, 0.9];
/** The other photo, of a flat scene. */
const flat = (x: number, y: number): [number, number] => [1.1 * x - 0.2 * y + 30, 0.3 * x + 0.9 * y - 12];

function mapsAt(
  points: readonly (readonly [number, number])[],
  show: (x: number, y: number) => readonly [number, number],
  fundamental: Matrix3 | null = null,
): LocalMaps {
  return {
    from: Float32Array.from(points.flat()),
    to: Float32Array.from(points.flatMap(([x, y]) => show(x, y))),
    affinity: Float32Array.from(points.flatMap(() => affinity)),
    fundamental,
  };
}

const around: [number, number][] = [
  [100, 100],
  [140, 90],
  [90, 150],
  [160, 160],
  [600, 700],
];

describe('where a photo should show a point', () => {
  it('is where the matches around it lead', () => {
    const maps = mapsAt(around, flat);
    const place = predictPlace([{ x: 120, y: 120, maps }], side)!;
    const [x, y] = flat(120, 120);
    expect(place.x).toBeCloseTo(x, 3);
    expect(place.y).toBeCloseTo(y, 3);
    expect(place.affinities).toHaveLength(1);
    place.affinities[0].forEach((value, k) => expect(value).toBeCloseTo(affinity[k], 5));
  });

  it('is the less certain the further away these are', () => {
    const maps = mapsAt(around, flat);
    const sigmas = [120, 300, 450].map((x) => predictPlace([{ x, y: x, maps }], side)!.sigma);
    expect(sigmas[1]).toBeGreaterThan(2 * sigmas[0]);
    expect(sigmas[2]).toBeGreaterThan(sigmas[1]);
  });

  it('lies where epipolar lines cross, though what is around it is nearer or further away', () => {
    // Partners that look at it from the left and from above: epipolar lines run along x and along y.
    const alongX: Matrix3 = [0, 0, 0, 0, 0, -1, 0, 1, 0];
    const alongY: Matrix3 = [0, 0, 1, 0, 0, 0, -1, 0, 0];
    const still = [1, 0, 0, 1];
    const shifted = (dx: number, dy: number, fundamental: Matrix3): LocalMaps => ({
      ...mapsAt(around, (x, y) => [x + dx, y + dy], fundamental),
      affinity: Float32Array.from(around.flatMap(() => still)),
    });
    // Around it everything moved by 20 px; the point itself is further away, and moved by 12.
    const views = [
      { x: 120 - 12, y: 120, maps: shifted(20, 0, alongX) },
      { x: 120, y: 120 - 12, maps: shifted(0, 20, alongY) },
    ];
    const both = predictPlace(views, side)!;
    const one = predictPlace([views[0]], side)!;
    expect(Math.hypot(both.x - 120, both.y - 120)).toBeLessThan(0.8 * Math.hypot(one.x - 120, one.y - 120));
    expect(one.y).toBeCloseTo(120, 3);
  });

  it('is not known without matches', () => {
    expect(predictPlace([{ x: 1, y: 1, maps: mapsAt([], flat) }], side)).toBeNull();
  });
});
