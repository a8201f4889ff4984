import { describe, expect, test } from 'vitest';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { determinant3, identity3, multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import type { RotationVector } from '../../../src/math/rotation.ts';
import {
  angleBetweenRotations,
  nearestRotation,
  rotationAngle,
  rotationFromCorrelation,
  rotationFromVector,
  vectorFromRotation,
} from '../../../src/math/rotation.ts';

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((v, i) => Math.abs(v - b[i])));

function randomVector(random: ReturnType<typeof createRandom>, angle: number): RotationVector {
  const v = [random.normal(), random.normal(), random.normal()];
  const k = angle / Math.hypot(...v);
  return [v[0] * k, v[1] * k, v[2] * k];
}

describe('rotation from vector and vector from rotation', () => {
  test('a quarter turn about z takes x to y', () => {
    const r = rotationFromVector(0, 0, Math.PI / 2);
    expect(difference([r[0], r[3], r[6]], [0, 1, 0])).toBeLessThan(1e-15);
  });

  test.each([0, 1e-300, 1e-12, 1e-6, 9.9e-4, 1.01e-3, 0.5, 2, 3, Math.PI - 1e-3, Math.PI - 1e-7, Math.PI - 1e-10])(
    'are inverse to each other at an angle of %d',
    (angle) => {
      const random = createRandom(7);
      for (let i = 0; i < 30; i++) {
        const w = angle === 0 ? ([0, 0, 0] as const) : randomVector(random, angle);
        const r = rotationFromVector(...w);
        expect(difference(multiply3(r, transpose3(r)), identity3)).toBeLessThan(1e-15 * 8);
        expect(difference(vectorFromRotation(r), w)).toBeLessThan(1e-14 + 1e-13 * angle);
        expect(rotationAngle(r)).toBeCloseTo(angle, 12);
      }
    },
  );

  test('at exactly π the axis is right up to its sign', () => {
    const axis: RotationVector = [Math.PI * 0.6, 0, Math.PI * 0.8];
    const w = vectorFromRotation(rotationFromVector(...axis));
    const sign = Math.sign(w[0]);
    expect(difference([w[0] * sign, w[1] * sign, w[2] * sign], axis)).toBeLessThan(1e-7);
  });

  test('an angle over π comes back as the shorter way round', () => {
    expect(difference(vectorFromRotation(rotationFromVector(0, 4, 0)), [0, 4 - 2 * Math.PI, 0])).toBeLessThan(1e-14);
  });
});

describe('nearest rotation', () => {
  test('a rotation is its own nearest, at any scale', () => {
    const r = rotationFromVector(0.3, -1.2, 0.7);
    for (const scale of [1e-12, 1, 1e12]) {
      expect(difference(nearestRotation(r.map((v) => v * scale) as unknown as Matrix3), r)).toBeLessThan(1e-14);
    }
  });

  test('no nearby rotation is nearer to a noisy one', () => {
    const random = createRandom(2);
    const distance = (a: Matrix3, b: Matrix3): number => Math.hypot(...a.map((v, i) => v - b[i]));
    for (let i = 0; i < 50; i++) {
      const noisy = rotationFromVector(...randomVector(random, 2)).map(
        (v) => v + 0.2 * random.normal(),
      ) as unknown as Matrix3;
      const nearest = nearestRotation(noisy);
      expect(determinant3(nearest)).toBeCloseTo(1, 12);
      for (let k = 0; k < 20; k++) {
        const other = multiply3(rotationFromVector(...randomVector(random, 0.01)), nearest);
        expect(distance(other, noisy)).toBeGreaterThan(distance(nearest, noisy) - 1e-12);
      }
    }
  });

  test('a mirror and a singular matrix still give proper rotations', () => {
    for (const m of [
      [-1, 0, 0, 0, 1, 0, 0, 0, 1],
      [1, 0, 0, 0, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] as unknown as Matrix3[]) {
      const r = nearestRotation(m);
      expect(determinant3(r)).toBeCloseTo(1, 12);
      expect(difference(multiply3(r, transpose3(r)), identity3)).toBeLessThan(1e-12);
    }
  });
});

test('the angle between two rotations is that of the turn from one to the other, down to 1e-9 rad', () => {
  const a = rotationFromVector(0.4, 1.1, -0.3);
  for (const angle of [1e-9, 1e-4, 1, 3]) {
    const b = multiply3(rotationFromVector(0, angle, 0), a);
    expect(angleBetweenRotations(a, b) / angle).toBeCloseTo(1, 6);
  }
});

test('angles near 0 and near π are measured exactly', () => {
  expect(rotationAngle(rotationFromVector(0, 1e-7, 0))).toBeCloseTo(1e-7, 12);
  expect(rotationAngle(rotationFromVector(3, 0, 0))).toBeCloseTo(3, 10);
});

test('the rotation that turned rays is recovered from their correlation', () => {
  const right = rotationFromVector(0.4, -1.2, 0.7);
  const random = createRandom(3);
  const s = new Float64Array(9);
  for (let n = 0; n < 20; n++) {
    const a = [random.normal(), random.normal(), random.normal()];
    const b = [0, 1, 2].map((i) => right[3 * i] * a[0] + right[3 * i + 1] * a[1] + right[3 * i + 2] * a[2]);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) s[3 * i + j] += a[i] * b[j];
  }
  expect(angleBetweenRotations(rotationFromCorrelation(s), right)).toBeLessThan(1e-7);
});
