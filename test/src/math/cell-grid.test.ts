import { expect, test } from 'vitest';
import { createCellGrid } from '../../../src/math/cell-grid.ts';
import { createRandom } from '../../../src/math/random.ts';

const random = createRandom(1);
const [width, height] = [500, 300];
const x = Float32Array.from({ length: 800 }, () => width * random.next());
const y = Float32Array.from({ length: 800 }, () => height * random.next());
const grid = createCellGrid(x, y, width, height, 20);
const places = [...x.keys()];

test('around a place, none near it is left out, and each is seen once', () => {
  for (let trial = 0; trial < 200; trial++) {
    const [u, v, radius] = [600 * random.next() - 50, 400 * random.next() - 50, 40 * random.next()];
    const seen: number[] = [];
    grid.around(u, v, radius, (i) => seen.push(i));
    expect(new Set(seen).size).toBe(seen.length);
    const near = places.filter((i) => Math.hypot(x[i] - u, y[i] - v) < radius);
    expect(near.filter((i) => !seen.includes(i))).toEqual([]);
  }
});

test('along a line of any direction, none near it is left out, each is seen once, and few others are', () => {
  let seenInAll = 0;
  for (let trial = 0; trial < 200; trial++) {
    const angle = trial < 4 ? (trial * Math.PI) / 2 : 2 * Math.PI * random.next();
    const scale = 10 ** (4 * random.next() - 2);
    const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    const c = -(a * width * random.next() + b * height * random.next());
    const seen: number[] = [];
    grid.along(a, b, c, 5, (i) => seen.push(i));
    expect(new Set(seen).size).toBe(seen.length);
    const near = places.filter((i) => Math.abs(a * x[i] + b * y[i] + c) / scale < 5);
    expect(near.filter((i) => !seen.includes(i))).toEqual([]);
    seenInAll += seen.length;
  }
  expect(seenInAll / 200).toBeLessThan(0.3 * places.length);
});

test('where there is no line, nothing is seen', () => {
  grid.along(0, 0, 1, 5, () => expect.fail('seen'));
});
