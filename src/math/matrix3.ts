/** A 3×3 matrix, nine numbers row-major. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

export const identity3: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The matrix divided by its length (Frobenius norm); not finite where that is 0. */
export function unitMatrix3(a: Matrix3): Matrix3 {
  const length = Math.hypot(...a);
  return a.map((v) => v / length) as unknown as Matrix3;
}

/** A·B. */
export function multiply3(a: Matrix3, b: Matrix3): Matrix3 {
  return [
    a[0] * b[0] + a[1] * b[3] + a[2] * b[6],
    a[0] * b[1] + a[1] * b[4] + a[2] * b[7],
    a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
    a[3] * b[0] + a[4] * b[3] + a[5] * b[6],
    a[3] * b[1] + a[4] * b[4] + a[5] * b[7],
    a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
    a[6] * b[0] + a[7] * b[3] + a[8] * b[6],
    a[6] * b[1] + a[7] * b[4] + a[8] * b[7],
    a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
  ];
}

export function transpose3(a: Matrix3): Matrix3 {
  return [a[0], a[3], a[6], a[1], a[4], a[7], a[2], a[5], a[8]];
}

export function determinant3(a: Matrix3): number {
  return a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) + a[2] * (a[3] * a[7] - a[4] * a[6]);
}

/** Inverse, or null where the matrix is singular (determinant 0 or not finite). */
export function invert3(a: Matrix3): Matrix3 | null {
  const d = determinant3(a);
  if (d === 0 || !Number.isFinite(d)) return null;
  const s = 1 / d;
  return [
    (a[4] * a[8] - a[5] * a[7]) * s,
    (a[2] * a[7] - a[1] * a[8]) * s,
    (a[1] * a[5] - a[2] * a[4]) * s,
    (a[5] * a[6] - a[3] * a[8]) * s,
    (a[0] * a[8] - a[2] * a[6]) * s,
    (a[2] * a[3] - a[0] * a[5]) * s,
    (a[3] * a[7] - a[4] * a[6]) * s,
    (a[1] * a[6] - a[0] * a[7]) * s,
    (a[0] * a[4] - a[1] * a[3]) * s,
  ];
}

/** Maps a point of the plane by a homography; the result is not finite on the horizon. */
export function transformPoint(h: Matrix3, x: number, y: number): [number, number] {
  const w = h[6] * x + h[7] * y + h[8];
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}
