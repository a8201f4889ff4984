import { expect, test } from 'vitest';
import { homographyProblem, squaredSampsonErrors } from '../../../src/geometry/homography-problem.ts';
import { photoFrame, planePairs } from '../../../src/geometry/plane-pairs.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { randomHomography, syntheticMatches } from './synthetic-matches.ts';

const frame = photoFrame({ width: 1000, height: 750 });
const unitFrame = { cx: 0, cy: 0, unit: 1 };
const allOnes = (count: number): Float64Array => new Float64Array(count).fill(1);

/** Least total squared distance by which both points must move to obey H exactly, by coordinate search. */
function squaredReprojectionError(h: Matrix3, x1: number, y1: number, x2: number, y2: number): number {
  const cost = (x: number, y: number): number => {
    const [u, v] = transformPoint(h, x, y);
    return (x - x1) ** 2 + (y - y1) ** 2 + (u - x2) ** 2 + (v - y2) ** 2;
  };
  let [x, y] = [x1, y1];
  for (let step = 0.01; step > 1e-9; step /= 2) {
    for (let moved = true; moved;) {
      const here = cost(x, y);
      const next = [
        [step, 0],
        [-step, 0],
        [0, step],
        [0, -step],
      ].find(([dx, dy]) => cost(x + dx, y + dy) < here);
      moved = next !== undefined;
      if (next !== undefined) [x, y] = [x + next[0], y + next[1]];
    }
  }
  return cost(x, y);
}

test('residuals are those of the best exact match nearby, under shear and perspective too', () => {
  const h: Matrix3 = [1.5, 0.6, 0.1, -0.1, 0.5, 0.05, 0.3, -0.2, 1];
  const random = createRandom(1);
  const out = new Float64Array(1);
  for (let i = 0; i < 20; i++) {
    const [x, y] = [random.next() - 0.5, random.next() - 0.5];
    const [u, v] = transformPoint(h, x, y);
    const point = [x, y, u + 0.002 * random.normal(), v + 0.002 * random.normal()] as const;
    squaredSampsonErrors(h, planePairs(Float64Array.from(point), unitFrame, unitFrame), out);
    expect(out[0] / (2 * squaredReprojectionError(h, ...point))).toBeCloseTo(1, 1);
  }
});

test('without change of scale the residual is the transfer error', () => {
  const out = new Float64Array(1);
  const pairs = planePairs(Float64Array.of(0.1, 0.2, 0.13, 0.24), unitFrame, unitFrame);
  squaredSampsonErrors([1, 0, 0, 0, 1, 0, 0, 0, 1], pairs, out);
  expect(Math.sqrt(out[0])).toBeCloseTo(0.05, 12);
});

test('a sample of four gives the homography that takes each point to its partner', () => {
  const random = createRandom(2);
  let solved = 0;
  for (let trial = 0; trial < 100; trial++) {
    const { points } = syntheticMatches(randomHomography(random, 1000, 750), { right: 4, wrong: 0 }, 0, random);
    const pairs = planePairs(points, frame, frame);
    const problem = homographyProblem(pairs);
    const sample = Uint32Array.of(2, 0, 3, 1);
    if (problem.isDegenerateSample?.(sample)) continue;
    const [model] = problem.solve(sample);
    const out = new Float64Array(4);
    problem.squaredResiduals(model, out);
    expect(Math.max(...out)).toBeLessThan(1e-18);
    solved++;
  }
  expect(solved).toBeGreaterThan(90);
});

test.each([
  ['three on a line', [0, 0, 0, 0, 300, 0, 300, 10, 600, 0, 600, 0, 300, 500, 300, 500]],
  ['three on a line in photo 2', [0, 0, 0, 0, 300, 9, 300, 0, 600, 0, 600, 0, 300, 500, 300, 500]],
  ['a point twice', [0, 0, 0, 0, 0, 0, 0, 0, 600, 0, 600, 0, 300, 500, 300, 500]],
  ['a mirror', [0, 0, 900, 0, 900, 0, 0, 0, 0, 700, 900, 700, 900, 700, 0, 700]],
  ['two points exchanged', [0, 0, 900, 0, 900, 0, 0, 0, 0, 700, 0, 700, 900, 700, 900, 700]],
])('a sample with %s is degenerate', (_, points) => {
  const problem = homographyProblem(planePairs(Float64Array.from(points), frame, frame));
  expect(problem.isDegenerateSample?.(Uint32Array.of(0, 1, 2, 3))).toBe(true);
  expect(problem.isDegenerateSample?.(Uint32Array.of(3, 1, 0, 2))).toBe(true);
});

test('re-weighted steps converge quadratically to the exact homography', () => {
  const random = createRandom(3);
  const h = randomHomography(random, 1000, 750);
  const { points } = syntheticMatches(h, { right: 30, wrong: 0 }, 0, random);
  const problem = homographyProblem(planePairs(points, frame, frame));
  const out = new Float64Array(30);
  let model: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let step = 0; step < 8; step++) model = problem.solveWeighted(allOnes(30), model)!;
  problem.squaredResiduals(model, out);
  expect(Math.max(...out)).toBeLessThan(1e-20);
});

test('no weight, or points on a line: no step', () => {
  const line = Float64Array.from({ length: 40 }, (_, i) => [1, 2, 3, -1][i % 4] * Math.floor(i / 4));
  const problem = homographyProblem(planePairs(line, frame, frame));
  expect(problem.solveWeighted(new Float64Array(10), [1, 0, 0, 0, 1, 0, 0, 0, 1])).toBeNull();
  expect(problem.solveWeighted(allOnes(10), [1, 0, 0, 0, 1, 0, 0, 0, 1])).toBeNull();
});
