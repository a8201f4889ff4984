import type { Matrix3 } from '../math/matrix3.ts';
import { invert3, multiply3, transformPoint } from '../math/matrix3.ts';
import { overlapInImage1 } from './overlap.ts';
import type { PhotoSize } from './plane-pairs.ts';

/** A picture in which two photos of a plane look alike: both shown at one scale, neither stretched. */
export interface CommonFrame extends PhotoSize {
  readonly frameFromImage1: Matrix3;
  readonly frameFromImage2: Matrix3;
}

/** Px a side at most: of views so oblique that their overlap is long. */
const largestSide = 2048;
/** Of the smaller side: less shows no keypoints. */
const smallestSide = 32;

/**
 * The frame in which photos related by a homography are to be compared: along either of the two directions that the homography stretches
 * most and least, at the resolution of the photo that shows less. So detail is only ever taken away, from the photo that has it.
 * @param image2FromImage1 with w > 0 in front of the camera
 * @returns null where the photos share next to nothing
 */
export function commonFrame(image2FromImage1: Matrix3, size1: PhotoSize, size2: PhotoSize): CommonFrame | null {
  const inverse = invert3(image2FromImage1);
  const { polygon } = overlapInImage1(image2FromImage1, size1, size2);
  if (inverse === null || polygon.length < 3) return null;
  const cx = polygon.reduce((sum, [x]) => sum + x, 0) / polygon.length;
  const cy = polygon.reduce((sum, [, y]) => sum + y, 0) / polygon.length;
  const { directions, scales } = stretchAt(image2FromImage1, cx, cy);
  const turned = scales.map((scale, k) => directions[k].map((v) => v * Math.min(1, scale)));
  const linear: Matrix3 = [turned[0][0], turned[0][1], 0, turned[1][0], turned[1][1], 0, 0, 0, 1];
  const corners = polygon.map(([x, y]) => transformPoint(linear, x, y));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [spanX, spanY] = [Math.max(...xs) - left, Math.max(...ys) - top];
  if (Math.min(spanX, spanY) < smallestSide) return null;
  const shrink = Math.min(1, largestSide / Math.max(spanX, spanY));
  const place: Matrix3 = [shrink, 0, -0.5 - shrink * left, 0, shrink, -0.5 - shrink * top, 0, 0, 1];
  const frameFromImage1 = multiply3(place, linear);
  return {
    frameFromImage1,
    frameFromImage2: multiply3(frameFromImage1, inverse),
    width: Math.ceil(shrink * spanX),
    height: Math.ceil(shrink * spanY),
  };
}

/** Unit directions of photo 1 at a point and how much longer they are in photo 2: the largest stretch and the smallest. */
function stretchAt(h: Matrix3, x: number, y: number): { directions: [number, number][]; scales: [number, number] } {
  const [u, v] = transformPoint(h, x, y);
  const w = h[6] * x + h[7] * y + h[8];
  const [a, b, c, d] = [h[0] - u * h[6], h[1] - u * h[7], h[3] - v * h[6], h[4] - v * h[7]].map((value) => value / w);
  // Eigenvectors of JᵀJ.
  const [xx, xy, yy] = [a * a + c * c, a * b + c * d, b * b + d * d];
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = Math.hypot(a * cos + b * sin, c * cos + d * sin);
  const across = Math.hypot(b * cos - a * sin, d * cos - c * sin);
  return {
    directions: [
      [cos, sin],
      [-sin, cos],
    ],
    scales: [along, across],
  };
}
