import { describe, expect, it } from 'vitest';
import { centreOf, type Vector3 } from '../../../src/dataset/sfm/model.ts';
import { type NamedPose, reconstructionErrors } from '../../../src/evaluation/reconstruction-errors.ts';
import { type Matrix3, multiply3, transpose3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';

const applied = (m: Matrix3, [x, y, z]: Vector3): Vector3 => [
  m[0] * x + m[1] * y + m[2] * z,
  m[3] * x + m[4] * y + m[5] * z,
  m[6] * x + m[7] * y + m[8] * z,
];

/** A camera at a place. */
function poseAt(name: string, R: Matrix3, centre: Vector3): NamedPose {
  const [x, y, z] = applied(R, centre);
  return { name, R, t: [-x, -y, -z] };
}

function ring(count: number): NamedPose[] {
  const random = createRandom(5);
  return Array.from({ length: count }, (_, i) => {
    const around = (2 * Math.PI * i) / count;
    const R = rotationFromVector(random.next(), around, random.next());
    return poseAt(`${i}.jpg`, R, [4 * Math.cos(around), random.next(), 4 * Math.sin(around)]);
  });
}

/** The same cameras in a world that is turned, scaled and moved: x' = 2.5 Q x + d. */
function inOtherWorld(poses: readonly NamedPose[], scale = 2.5): NamedPose[] {
  const Q = rotationFromVector(0.4, -1.9, 0.7);
  return poses.map((pose) => {
    const [x, y, z] = applied(Q, centreOf(pose));
    return poseAt(pose.name, multiply3(pose.R, transpose3(Q)), [scale * x + 7, scale * y - 30, scale * z + 1]);
  });
}

describe('errors of a reconstruction', () => {
  const truth = ring(9);

  it('are none in whatever world it has, and of the photos that it has', () => {
    const errors = reconstructionErrors(truth, inOtherWorld(truth).reverse().slice(2));
    expect(errors.photos).toBe(7);
    expect(errors.rotationDegrees).toBeLessThan(1e-6);
    expect(errors.positionPct).toBeLessThan(1e-6);
  });

  it('are the angle that its cameras are turned by', () => {
    const turned = inOtherWorld(truth).map((pose, i) => {
      const R = multiply3(rotationFromVector(0, (i * Math.PI) / 180, 0), pose.R);
      return poseAt(pose.name, R, centreOf(pose));
    });
    const two = reconstructionErrors(truth, [turned[1], turned[4]]);
    // 1° and 4° about the cameras' own axis, which is not shared: between the difference and the sum.
    expect(two.rotationDegrees).toBeGreaterThan(3 - 1e-6);
    expect(two.rotationDegrees).toBeLessThan(5 + 1e-6);
    expect(two.positionPct).toBeNaN();
  });

  it('are the distances of its positions, in parts of the box around the true ones', () => {
    // Mirrored deviations in pairs, square to the ring: neither a turn nor a scale takes them away.
    const square = ([[1, 1], [1, -1], [-1, -1], [-1, 1]] as const).map(([x, z], i) => poseAt(`${i}`, rotationFromVector(0, i, 0), [3 * x, 0, 4 * z])); // prettier-ignore
    const bent = square.map((pose, i) => {
      const [x, , z] = centreOf(pose);
      return poseAt(pose.name, pose.R, [x, i % 2 === 0 ? 0.01 : -0.01, z]);
    });
    expect(reconstructionErrors(square, inOtherWorld(bent)).positionPct).toBeCloseTo(0.1, 4);
  });

  it('are not a number where nothing is reconstructed', () => {
    expect(reconstructionErrors(truth, [])).toEqual({ photos: 0, rotationDegrees: NaN, positionPct: NaN });
  });
});
