import { OutputError } from '../errors.ts';
import type { Bounds, Layout } from './layout.ts';
import type { Projection } from './projection.ts';

/**
 * The picture's pixel grid: the point (a, b) of the projected plane lies at pixel `scale · (a, b) − offset` (centre of
 * the top-left pixel (0, 0)), plus or minus 2π·scale in x where the panorama wraps round.
 */
export interface Canvas {
  readonly projection: Projection;
  /** Output pixels a unit of (a, b): a radian at the centre, or a pixel of a planar panorama's plane. */
  readonly scale: number;
  readonly offset: readonly [number, number];
  readonly width: number;
  readonly height: number;
  /** Whether column `width` is column 0 again: a full circle, 2π·scale = width. */
  readonly wraps: boolean;
}

/** Half-open rectangle of pixels; on a canvas that wraps, x may lie outside of it. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A closed panorama's width is a multiple of this, so that blending's pyramids (2^6 at most) meet themselves. */
const wrapMultiple = 64;

/** The canvas that shows the whole layout at the given scale (output pixels a unit of (a, b)). */
export function canvasAtScale(layout: Layout, scale: number): Canvas {
  const { bounds, projection, wraps } = layout;
  let s = scale;
  let width = Math.max(1, Math.round(s * (bounds.a1 - bounds.a0)));
  if (wraps) {
    width = Math.max(wrapMultiple, wrapMultiple * Math.round((2 * Math.PI * s) / wrapMultiple));
    s = width / (2 * Math.PI);
  }
  const height = Math.max(1, Math.round(s * (bounds.b1 - bounds.b0)));
  // The outer edge of the first pixel, half a pixel before its centre, lies at the bounds.
  return { projection, scale: s, offset: [s * bounds.a0 + 0.5, s * bounds.b0 + 0.5], width, height, wraps };
}

/** The canvas that shows the given rectangle of another. It wraps only if the rectangle keeps all columns. */
export function cropCanvas(canvas: Canvas, { x, y, width, height }: Rectangle): Canvas {
  const offset: [number, number] = [canvas.offset[0] + x, canvas.offset[1] + y];
  return { ...canvas, offset, width, height, wraps: canvas.wraps && width === canvas.width };
}

/** The pixels of the canvas that may show a part of the bounds; in x one of the equivalent places where it wraps. */
export function rectangleOfBounds(canvas: Canvas, { a0, b0, a1, b1 }: Bounds): Rectangle {
  const { scale, offset } = canvas;
  const x = Math.floor(a0 * scale - offset[0]) - 1;
  const y = Math.floor(b0 * scale - offset[1]) - 1;
  const right = Math.ceil(a1 * scale - offset[0]) + 2;
  const bottom = Math.ceil(b1 * scale - offset[1]) + 2;
  return { x, y, width: right - x, height: bottom - y };
}

/** Columns after which the panorama repeats itself (2π·scale), 0 where the projection does not wrap round. */
export function periodOf(canvas: Canvas): number {
  const periodic = canvas.projection !== 'plane' && canvas.projection !== 'panini';
  return periodic ? 2 * Math.PI * canvas.scale : 0;
}

/** Whether two rectangles share a pixel, counting that the panorama repeats after `period` columns (0: never). */
export function rectanglesMeet(p: Rectangle, q: Rectangle, period: number): boolean {
  if (p.y >= q.y + q.height || q.y >= p.y + p.height) return false;
  if (period === 0) return p.x < q.x + q.width && q.x < p.x + p.width;
  // Of all places of q that start before p ends, the last one reaches furthest.
  const shift = (Math.ceil((p.x + p.width - q.x) / period) - 1) * period;
  return q.x + shift + q.width > p.x;
}

/**
 * Checks that a picture of this size can be made at all, before any photo is warped.
 * @throws OutputError beyond `maxPixels`, with the size and what to do.
 */
export function requireCanvasSize(width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  const mega = (n: number): string => `${Math.round(n / 1e6)} megapixels`;
  const suggestion = Math.floor(width * Math.sqrt(maxPixels / (width * height)));
  throw new OutputError(
    `The panorama would have ${width} × ${height} pixels (${mega(width * height)}), more than the limit of ` +
      `${mega(maxPixels)}: ask for a smaller one, for instance --max-width ${suggestion}`,
  );
}
