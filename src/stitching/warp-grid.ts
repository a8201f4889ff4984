import type { Canvas, Rectangle } from './canvas.ts';
import type { PhotoMapping, Size } from './photo-mapping.ts';

/**
 * Photo pixels under a coarse grid of output pixels: node (i, j) lies at output pixel (x + i·step, y + j·step), x and y
 * multiples of `step`, so that every tile sees the same nodes. NaN where the camera cannot see the node.
 */
export interface WarpGrid {
  readonly step: number;
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
  /** Photo pixel of each node, at the photo's full resolution. */
  readonly px: Float64Array;
  readonly py: Float64Array;
}

/** Largest error of bilinear interpolation between nodes that a warp may have, photo pixels. */
const tolerance = 0.015;

/** Computes the grid that covers the rectangle of the canvas. */
export function createWarpGrid(mapping: PhotoMapping, canvas: Canvas, rectangle: Rectangle, step: number): WarpGrid {
  const x = Math.floor(rectangle.x / step) * step;
  const y = Math.floor(rectangle.y / step) * step;
  const columns = Math.ceil((rectangle.x + rectangle.width - x) / step) + 1;
  const rows = Math.ceil((rectangle.y + rectangle.height - y) / step) + 1;
  const px = new Float64Array(columns * rows);
  const py = new Float64Array(columns * rows);
  const { scale, offset } = canvas;
  const pixel = new Float64Array(2);
  for (let j = 0, node = 0; j < rows; j++) {
    const b = (y + j * step + offset[1]) / scale;
    for (let i = 0; i < columns; i++, node++) {
      const seen = mapping((x + i * step + offset[0]) / scale, b, pixel);
      px[node] = seen ? pixel[0] : NaN;
      py[node] = seen ? pixel[1] : NaN;
    }
  }
  return { step, x, y, columns, rows, px, py };
}

/**
 * The coarsest step (a power of two up to 32) at which bilinear interpolation of the mapping stays within a fiftieth of a
 * pixel all over the photo: from second differences, f(x) errs by at most h²/8 · f″ in each direction.
 */
export function chooseGridStep(mapping: PhotoMapping, canvas: Canvas, rectangle: Rectangle, photo: Size): number {
  const side = Math.min(rectangle.width, rectangle.height);
  for (let step = 32; step > 1; step /= 2) {
    // Nodes must not reach from inside the photo to where the camera sees nothing.
    if (step * 24 > side) continue;
    if (interpolationError(mapping, canvas, rectangle, photo, step) <= tolerance) return step;
  }
  return 1;
}

function interpolationError(
  mapping: PhotoMapping,
  canvas: Canvas,
  rectangle: Rectangle,
  photo: Size,
  step: number,
): number {
  const { scale, offset } = canvas;
  const samples = 16;
  const at = new Float64Array(2);
  const next = new Float64Array(2);
  let worst = 0;
  const second = (a: number, b: number, da: number, db: number): number => {
    let [sx, sy] = [-2 * at[0], -2 * at[1]];
    for (const sign of [-1, 1]) {
      if (!mapping(a + sign * da, b + sign * db, next)) return 0;
      sx += next[0];
      sy += next[1];
    }
    return Math.hypot(sx, sy);
  };
  for (let j = 0; j <= samples; j++) {
    for (let i = 0; i <= samples; i++) {
      const a = (rectangle.x + (i / samples) * rectangle.width + offset[0]) / scale;
      const b = (rectangle.y + (j / samples) * rectangle.height + offset[1]) / scale;
      if (!mapping(a, b, at)) continue;
      if (at[0] < -9 || at[1] < -9 || at[0] > photo.width + 8 || at[1] > photo.height + 8) continue;
      worst = Math.max(worst, (second(a, b, step / scale, 0) + second(a, b, 0, step / scale)) / 8);
    }
  }
  return worst;
}
