import { type Matrix3, multiply3, transpose3 } from '../../math/matrix3.ts';
import type { PosedPhoto, Vector3 } from './model.ts';

/** x_b = R x_a + t between the frames of two cameras. */
export interface RelativePose {
  readonly R: Matrix3;
  readonly t: Vector3;
}

type Pose = Pick<PosedPhoto, 'R' | 't'>;

export function bFromA(a: Pose, b: Pose): RelativePose {
  const R = multiply3(b.R, transpose3(a.R));
  const [x, y, z] = a.t;
  return {
    R,
    t: [
      b.t[0] - (R[0] * x + R[1] * y + R[2] * z),
      b.t[1] - (R[3] * x + R[4] * y + R[5] * z),
      b.t[2] - (R[6] * x + R[7] * y + R[8] * z),
    ],
  };
}
