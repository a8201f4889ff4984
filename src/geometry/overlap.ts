import type { Matrix3 } from '../math/matrix3.ts';
import { invert3 } from '../math/matrix3.ts';
import type { PhotoSize } from './plane-pairs.ts';

/** What two photos share according to a homography, in pixels of photo 1. */
export interface Overlap {
  /** Corners x, y of a convex polygon; empty where the photos share nothing. */
  readonly polygon: readonly (readonly [number, number])[];
  /** Of the polygon, px². */
  readonly area: number;
}

/**
 * The part of photo 1 that photo 2 shows too: its rectangle clipped at the horizon and at the borders of photo 2, which
 * are straight lines in photo 1 as well.
 * @param image2FromImage1 with w > 0 in front of the camera
 */
export function overlapInImage1(image2FromImage1: Matrix3, size1: PhotoSize, size2: PhotoSize): Overlap {
  const h = image2FromImage1;
  const line = (a: number, b: number, c: number): [number, number, number] => [
    a * h[0] + b * h[3] + c * h[6],
    a * h[1] + b * h[4] + c * h[7],
    a * h[2] + b * h[5] + c * h[8],
  ];
  // Pixels are squares about their centres, so a photo spans −0.5 … width − 0.5. Each line is ≥ 0 inside.
  const borders = [
    [h[6], h[7], h[8]] as const,
    line(1, 0, 0.5),
    line(-1, 0, size2.width - 0.5),
    line(0, 1, 0.5),
    line(0, -1, size2.height - 0.5),
  ];
  let polygon: [number, number][] = [
    [-0.5, -0.5],
    [size1.width - 0.5, -0.5],
    [size1.width - 0.5, size1.height - 0.5],
    [-0.5, size1.height - 0.5],
  ];
  for (const border of borders) polygon = clip(polygon, border);
  return { polygon, area: polygonArea(polygon) };
}

/** Sutherland & Hodgman: the part of a convex polygon where a x + b y + c ≥ 0. */
function clip(
  polygon: readonly (readonly [number, number])[],
  [a, b, c]: readonly [number, number, number],
): [number, number][] {
  const kept: [number, number][] = [];
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length];
    const here = a * x + b * y + c;
    const there = a * nextX + b * nextY + c;
    if (here >= 0) kept.push([x, y]);
    if (here >= 0 !== there >= 0) {
      const t = here / (here - there);
      kept.push([x + t * (nextX - x), y + t * (nextY - y)]);
    }
  });
  return kept;
}

function polygonArea(polygon: readonly (readonly [number, number])[]): number {
  let twice = 0;
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length];
    twice += x * nextY - nextX * y;
  });
  return Math.abs(twice) / 2;
}

/**
 * Indices of the matches whose two points both lie where, according to the homography, the photos overlap; ascending.
 * Only they could be right: Brown & Lowe (2007) count these as n_f.
 * @param points x1, y1, x2, y2 a match
 */
export function matchesInOverlap(
  points: Float64Array,
  image2FromImage1: Matrix3,
  size1: PhotoSize,
  size2: PhotoSize,
): Uint32Array {
  const inverse = invert3(image2FromImage1);
  if (inverse === null) return new Uint32Array();
  const inside: number[] = [];
  for (let i = 0; i < points.length / 4; i++) {
    const k = 4 * i;
    if (!lands(image2FromImage1, points[k], points[k + 1], size2)) continue;
    if (lands(inverse, points[k + 2], points[k + 3], size1)) inside.push(i);
  }
  return Uint32Array.from(inside);
}

function lands(h: Matrix3, x: number, y: number, size: PhotoSize): boolean {
  const w = h[6] * x + h[7] * y + h[8];
  if (!(w > 0)) return false;
  const u = (h[0] * x + h[1] * y + h[2]) / w;
  const v = (h[3] * x + h[4] * y + h[5]) / w;
  return u >= -0.5 && u <= size.width - 0.5 && v >= -0.5 && v <= size.height - 0.5;
}
