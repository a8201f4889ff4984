import type { Matrix3 } from '../math/matrix3.ts';
import { invert3 } from '../math/matrix3.ts';
import { cross3, dot3 } from '../math/vector3.ts';

type Place = readonly [number, number];

/**
 * How a plane that is moved along itself moves in a photo, by two of its places and where they went: I + v lᵀ with the vanishing point v of
 * the way, the plane's vanishing line l, and l · v = 0 (an elation; Schaffalitzky & Zisserman, "Geometric grouping of repeated elements within
 * images", BMVC 1998). In coordinates of about −1 … 1.
 * @returns null where the two ways leave it open: on one line, or of no length
 */
export function planeStep(a: Place, movedA: Place, b: Place, movedB: Place): Matrix3 | null {
  const [p, p2] = [
    [...a, 1],
    [...movedA, 1],
  ];
  const [q, q2] = [
    [...b, 1],
    [...movedB, 1],
  ];
  const meeting = cross3(cross3(p, p2), cross3(q, q2));
  const length = Math.hypot(...meeting);
  const v = meeting.map((value) => value / length);
  const inverse = invert3([p[0], p[1], 1, q[0], q[1], 1, v[0], v[1], v[2]]);
  if (inverse === null) return null;
  const [stepA, stepB] = [stepsOf(p, p2, v), stepsOf(q, q2, v)];
  const l = [0, 3, 6].map((row) => inverse[row] * stepA + inverse[row + 1] * stepB);
  const step = v.flatMap((value, row) => l.map((other, column) => (row === column ? 1 : 0) + value * other));
  return step.every(Number.isFinite) ? (step as unknown as Matrix3) : null;
}

/** The s for which p + s v is the point p2. */
function stepsOf(p: readonly number[], p2: readonly number[], v: readonly number[]): number {
  const [from, along] = [cross3(p, p2), cross3(v, p2)];
  return -dot3(from, along) / dot3(along, along);
}
