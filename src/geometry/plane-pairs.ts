import type { Matrix3 } from '../math/matrix3.ts';
import { multiply3 } from '../math/matrix3.ts';
import type { PlanePairs } from './homography-problem.ts';

/** Width and height in px of an upright photo. */
export interface PhotoSize {
  readonly width: number;
  readonly height: number;
}

/** Normalised coordinates of a photo: (pixel − centre) / unit, unit half the longer side. */
export interface Frame {
  readonly cx: number;
  readonly cy: number;
  readonly unit: number;
}

/** The frame centred on the middle of the photo. */
export function photoFrame(size: PhotoSize): Frame {
  return { cx: (size.width - 1) / 2, cy: (size.height - 1) / 2, unit: Math.max(size.width, size.height) / 2 };
}

/** The frame centred on the mean of the points of photo 1 (`offset` 0) or 2 (`offset` 2): well conditioned wherever they lie. */
export function centroidFrame(points: Float64Array, offset: 0 | 2, size: PhotoSize): Frame {
  let cx = 0;
  let cy = 0;
  let count = 0;
  for (let i = offset; i < points.length; i += 4) {
    if (!Number.isFinite(points[i]) || !Number.isFinite(points[i + 1])) continue;
    count++;
    cx += (points[i] - cx) / count;
    cy += (points[i + 1] - cy) / count;
  }
  return { cx, cy, unit: Math.max(size.width, size.height) / 2 };
}

/**
 * Matched points in normalised coordinates, lens distortion removed by the division model
 * x_u = x_d / (1 + λ |x_d|²) (Fitzgibbon, CVPR 2001), the same λ in both photos.
 * @param points x1, y1, x2, y2 a match, px
 * @param lambda 0 for none; the frames must be centred on the photos otherwise
 */
export function planePairs(points: Float64Array, frame1: Frame, frame2: Frame, lambda = 0): PlanePairs {
  const count = points.length / 4;
  const allocate = (): Float64Array => new Float64Array(count);
  const pairs = {
    count,
    x1: allocate(),
    y1: allocate(),
    x2: allocate(),
    y2: allocate(),
    noise1: allocate(),
    noise2: allocate(),
  };
  undistort(points, 0, frame1, lambda, pairs.x1, pairs.y1, pairs.noise1);
  undistort(points, 2, frame2, lambda, pairs.x2, pairs.y2, pairs.noise2);
  return pairs;
}

function undistort(
  points: Float64Array,
  offset: number,
  frame: Frame,
  lambda: number,
  x: Float64Array,
  y: Float64Array,
  noise: Float64Array,
): void {
  for (let i = 0, k = offset; i < x.length; i++, k += 4) {
    const dx = (points[k] - frame.cx) / frame.unit;
    const dy = (points[k + 1] - frame.cy) / frame.unit;
    const bend = lambda * (dx * dx + dy * dy);
    const magnification = 1 / (1 + bend);
    x[i] = dx * magnification;
    y[i] = dy * magnification;
    // Noise of a pixel grows with the area around it: tangentially by m, radially by (1 − λ r²) m².
    noise[i] = magnification * Math.sqrt((1 - bend) * magnification);
  }
}

/** Takes pixels to the coordinates of a frame. */
export function frameFromPixels({ cx, cy, unit }: Frame): Matrix3 {
  return [1 / unit, 0, -cx / unit, 0, 1 / unit, -cy / unit, 0, 0, 1];
}

/** Takes the coordinates of a frame to pixels. */
export function pixelsFromFrame({ cx, cy, unit }: Frame): Matrix3 {
  return [unit, 0, cx, 0, unit, cy, 0, 0, 1];
}

/** A homography between normalised coordinates as one between pixels. */
export function homographyInPixels(h: Matrix3, frame1: Frame, frame2: Frame): Matrix3 {
  return multiply3(multiply3(pixelsFromFrame(frame2), h), frameFromPixels(frame1));
}
