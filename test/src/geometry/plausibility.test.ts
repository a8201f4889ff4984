import { describe, expect, test } from 'vitest';
import { overlapInImage1 } from '../../../src/geometry/overlap.ts';
import { implausibility, panoramaLimits, spreadProblem } from '../../../src/geometry/plausibility.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';

const size = { width: 1000, height: 750 };
const all = Uint32Array.from({ length: 100 }, (_, i) => i);

describe('spread of the inliers', () => {
  /** 100 matches, the same in both photos, spread over a turned rectangle. */
  function rectangle(length: number, width: number): Float64Array {
    const random = createRandom(1);
    const points = new Float64Array(400);
    for (let i = 0; i < 100; i++) {
      const [a, b] = [(random.next() - 0.5) * length, (random.next() - 0.5) * width];
      const [x, y] = [500 + 0.8 * a - 0.6 * b, 400 + 0.6 * a + 0.8 * b];
      points.set([x, y, x, y], 4 * i);
    }
    return points;
  }

  test('a line and a spot are refused, a narrow strip and a small patch are not', () => {
    expect(spreadProblem(rectangle(600, 3), all, size, size)).toContain('line');
    expect(spreadProblem(rectangle(20, 20), all, size, size)).toContain('spot');
    expect(spreadProblem(rectangle(600, 40), all, size, size)).toBeNull();
    expect(spreadProblem(rectangle(100, 60), all, size, size)).toBeNull();
  });

  test('either photo can refuse', () => {
    const points = rectangle(600, 300);
    for (let i = 0; i < 100; i++) points[4 * i + 3] = 100;
    expect(spreadProblem(points, all, size, size)).toContain('line');
  });
});

describe('plausibility of a homography', () => {
  function verdict(h: Matrix3): string | null {
    const random = createRandom(2);
    const points = new Float64Array(400);
    for (let i = 0; i < 100; i++) {
      const [x, y] = [random.next() * 1000, random.next() * 750];
      points.set([x, y, ...transformPoint(h, x, y)], 4 * i);
    }
    const overlap = overlapInImage1(h, size, size);
    return implausibility(h, { points, inliers: all }, overlap, size, size, panoramaLimits);
  }

  test('ordinary views pass: shifted, turned, tilted, twice as large', () => {
    expect(verdict([1, 0, 700, 0, 1, 0, 0, 0, 1])).toBeNull();
    expect(verdict([0, -1, 800, 1, 0, 0, 0, 0, 1])).toBeNull();
    expect(verdict([0.7, 0, 0, 0, 0.7, 0, -0.0004, 0, 1])).toBeNull();
    expect(verdict([2, 0, -500, 0, 2, -300, 0, 0, 1])).toBeNull();
  });

  test('mirrors, horizons, extreme scale and stretch, and next to no overlap are named', () => {
    expect(verdict([-1, 0, 999, 0, 1, 0, 0, 0, 1])).toContain('mirror');
    expect(verdict([1, 0, 0, 0, 1, 0, -1 / 500, 0, 1])).not.toBeNull();
    expect(verdict([0.1, 0, 400, 0, 0.1, 300, 0, 0, 1])).toContain('10 times larger');
    expect(verdict([2, 0, 0, 0, 0.15, 300, 0, 0, 1])).toContain('stretched');
    expect(verdict([1, 0, 995, 0, 1, 0, 0, 0, 1])).toContain('next to nothing');
  });
});
