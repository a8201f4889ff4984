import type { ReportImage, ReportMatrix, ReportRotationImage } from '../export/panorama-report.ts';
import { invert3, multiply3, transformPoint, transpose3 } from '../math/matrix3.ts';
import type { Matrix3 } from '../math/matrix3.ts';

/** Where a pixel of one photo lies in another photo; NaN where it cannot be seen (behind the camera, past the lens model). */
export type PixelTransfer = (x: number, y: number) => [number, number];

/**
 * Maps pixels of photo i to photo j of one panorama, by the cameras in its report alone:
 * undistort, x_j ~ K_j R_j R_iᵀ K_i⁻¹ x_i, distort; planar: x_j ~ A_j⁻¹ A_i x_i.
 * Written apart from the solver, so that an error there cannot hide itself here.
 */
export function imageTransfer(from: ReportImage, to: ReportImage): PixelTransfer {
  if ('A' in from && 'A' in to) {
    const fromOutput = invert3(flat(to.A));
    if (fromOutput === null) return () => [NaN, NaN];
    const toFromFrom = multiply3(fromOutput, flat(from.A));
    return (x, y) => transformPoint(toFromFrom, x, y);
  }
  if ('K' in from && 'K' in to) {
    const toFromFrom = multiply3(flat(to.R), transpose3(flat(from.R)));
    return (x, y) => {
      const [dx, dy, dz] = rotate(toFromFrom, cameraRay(from, x, y));
      return project(to, dx, dy, dz);
    };
  }
  return () => [NaN, NaN];
}

/** The panorama's direction in which a camera sees a pixel, z > 0 meaning in front of the camera; not normalised. */
export function panoramaDirection(image: ReportRotationImage, x: number, y: number): [number, number, number] {
  return rotate(transpose3(flat(image.R)), cameraRay(image, x, y));
}

/** Three rows as nine numbers. */
export function flat(m: ReportMatrix): Matrix3 {
  return [...m[0], ...m[1], ...m[2]];
}

function rotate(m: Matrix3, [x, y, z]: readonly [number, number, number]): [number, number, number] {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

function cameraRay({ K, distortion }: ReportRotationImage, x: number, y: number): [number, number, number] {
  const xd = (x - K[0][2]) / K[0][0];
  const yd = (y - K[1][2]) / K[1][1];
  const rd = Math.hypot(xd, yd);
  const s = rd === 0 ? 1 : undistortRadius(rd, distortion[0], distortion[1]) / rd;
  return [xd * s, yd * s, 1];
}

function project({ K, distortion }: ReportRotationImage, dx: number, dy: number, dz: number): [number, number] {
  if (!(dz > 0)) return [NaN, NaN];
  const x = dx / dz;
  const y = dy / dz;
  const r2 = x * x + y * y;
  const s = 1 + distortion[0] * r2 + distortion[1] * r2 * r2;
  return [K[0][0] * s * x + K[0][2], K[1][1] * s * y + K[1][2]];
}

/** Solves r (1 + k1 r² + k2 r⁴) = rd for r by Newton's method; NaN where the lens model never reaches rd. */
function undistortRadius(rd: number, k1: number, k2: number): number {
  let r = rd;
  for (let i = 0; i < 50; i++) {
    const r2 = r * r;
    const slope = 1 + 3 * k1 * r2 + 5 * k2 * r2 * r2;
    if (slope <= 0) {
      // Past the turning point of the model: go back towards the centre, where it is increasing.
      r /= 2;
      continue;
    }
    const step = (r * (1 + k1 * r2 + k2 * r2 * r2) - rd) / slope;
    r -= step;
    if (Math.abs(step) < 1e-12 * rd) return r;
  }
  return NaN;
}
