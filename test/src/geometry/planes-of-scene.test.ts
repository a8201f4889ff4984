import { expect, test } from 'vitest';
import { planesOfScene } from '../../../src/geometry/planes-of-scene.ts';
import { transformPoint, type Matrix3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';

const size = { width: 1000, height: 800 };
const options = { size1: size, size2: size, seed: 1 };
const wall: Matrix3 = [0.8, 0.1, 100, -0.05, 1, 20, 1e-5, 0, 1];
const ground: Matrix3 = [1.1, -0.2, 60, 0.02, 0.7, 90, 0, 2e-4, 1];

/** Matches of two planes, and of nothing, with half a pixel of noise. */
function scene(onWall: number, onGround: number, offPlanes: number): Float64Array {
  const random = createRandom(2);
  const rows: number[] = [];
  for (let i = 0; i < onWall + onGround + offPlanes; i++) {
    const [x, y] = [1000 * random.next(), 800 * random.next()];
    const plane = i < onWall ? wall : ground;
    const [u, v] = i < onWall + onGround ? transformPoint(plane, x, y) : [1000 * random.next(), 800 * random.next()];
    rows.push(x, y, u + 0.5 * random.normal(), v + 0.5 * random.normal());
  }
  return Float64Array.from(rows);
}

const all = (points: Float64Array): Uint32Array => Uint32Array.from({ length: points.length / 4 }, (_, i) => i);

test('finds the planes that matches lie on, the largest first', () => {
  const points = scene(100, 60, 40);
  const planes = planesOfScene(points, all(points), options);
  expect(planes).toHaveLength(2);
  [wall, ground].forEach((truth, k) => {
    const [u, v] = transformPoint(truth, 500, 400);
    const [p, q] = transformPoint(planes[k], 500, 400);
    expect(Math.hypot(p - u, q - v)).toBeLessThan(1);
  });
});

test('matches on no plane, or on one that few lie on, give none', () => {
  expect(planesOfScene(scene(0, 0, 100), all(scene(0, 0, 100)), options)).toEqual([]);
  expect(planesOfScene(scene(15, 0, 0), all(scene(15, 0, 0)), options)).toEqual([]);
});
