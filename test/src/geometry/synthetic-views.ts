import type { PlanePairs } from '../../../src/geometry/homography-problem.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { multiply3 } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { rotationFromVector } from '../../../src/math/rotation.ts';

/** Two calibrated views of points in front of both, in focal lengths from the principal points. */
export interface SyntheticViews {
  /** Right pairs first, then wrong ones. */
  readonly pairs: PlanePairs;
  /** Unit length. */
  readonly essential: Matrix3;
  readonly camera2FromCamera1: { readonly R: Matrix3; readonly t: readonly [number, number, number] };
}

export interface ViewOptions {
  readonly right: number;
  readonly wrong?: number;
  /** Standard deviation on each coordinate, in focal lengths. */
  readonly noise?: number;
  /** How far the points lie from one plane: 1 a deep scene, 0 a plane. */
  readonly depth?: number;
  /** Length of the baseline; points are 4 to 8 away. */
  readonly baseline?: number;
}

export function syntheticViews(seed: number, options: ViewOptions): SyntheticViews {
  const { right, wrong = 0, noise = 0, depth = 1, baseline = 1 } = options;
  const random = createRandom(seed);
  const turn = (): number => 0.15 * random.normal();
  const R = rotationFromVector(turn(), turn(), turn());
  const direction = [random.normal(), random.normal(), 0.5 * random.normal()];
  const [tx, ty, tz] = direction.map((v) => (baseline * v) / Math.hypot(...direction));
  const pairs = emptyPairs(right + wrong);
  const within = (): number => 1.2 * random.next() - 0.6;
  for (let i = 0; i < right + wrong;) {
    const [x1, y1] = [within(), within()];
    const z = 6 + 0.8 * x1 - 0.5 * y1 + depth * (4 * random.next() - 2);
    const w = R[6] * x1 * z + R[7] * y1 * z + R[8] * z + tz;
    let x2 = (R[0] * x1 * z + R[1] * y1 * z + R[2] * z + tx) / w;
    let y2 = (R[3] * x1 * z + R[4] * y1 * z + R[5] * z + ty) / w;
    if (i >= right) [x2, y2] = [within(), within()];
    else if (!(w > 0.5 && Math.abs(x2) < 1 && Math.abs(y2) < 1)) continue;
    const jitter = (): number => (noise > 0 ? noise * random.normal() : 0);
    pairs.x1[i] = x1 + jitter();
    pairs.y1[i] = y1 + jitter();
    pairs.x2[i] = x2 + jitter();
    pairs.y2[i] = y2 + jitter();
    i++;
  }
  const e = multiply3([0, -tz, ty, tz, 0, -tx, -ty, tx, 0], R);
  const length = Math.hypot(...e);
  const essential = e.map((v) => v / length) as unknown as Matrix3;
  return { pairs, essential, camera2FromCamera1: { R, t: [tx, ty, tz] } };
}

/** Distance of two unit matrices, whatever their signs. */
export function matrixDistance(a: Matrix3, b: Matrix3): number {
  const to = (sign: number): number => Math.hypot(...a.map((v, i) => v - sign * b[i]));
  return Math.min(to(1), to(-1));
}

function emptyPairs(count: number): PlanePairs {
  const zeros = (): Float64Array => new Float64Array(count);
  const ones = (): Float64Array => new Float64Array(count).fill(1);
  return { count, x1: zeros(), y1: zeros(), x2: zeros(), y2: zeros(), noise1: ones(), noise2: ones() };
}
