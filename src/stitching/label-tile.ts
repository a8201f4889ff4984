import type { Canvas, Rectangle } from './canvas.ts';
import type { LabelMap } from './composition-plan.ts';
import { noLabel } from './labels.ts';
import type { Size } from './photo-mapping.ts';
import { markCoverage } from './warp.ts';
import type { WarpGrid } from './warp-grid.ts';

/** A photo that may appear in a tile. */
export interface TilePhoto {
  /** Position in the plan's photos: its label. */
  readonly label: number;
  readonly size: Size;
  readonly grid: WarpGrid;
}

/**
 * Labels of all pixels of a rectangle at full resolution: the low-resolution map enlarged with smooth outlines, each pixel
 * checked against the photo that is to show it, and pixels that their photo misses given to another that has them.
 * @param photos every photo that may cover a pixel of the rectangle
 */
export function labelRectangle(
  map: LabelMap,
  canvas: Canvas,
  rectangle: Rectangle,
  photos: readonly TilePhoto[],
): Uint16Array {
  const labels = enlargeLabels(map, canvas, rectangle);
  const coverage = new Uint8Array(labels.length);
  let missing = 0;
  for (const { label, grid, size } of photos) {
    if (!labels.includes(label)) continue;
    coverage.fill(0);
    markCoverage(grid, size, rectangle, coverage);
    for (let p = 0; p < labels.length; p++) if (labels[p] === label && coverage[p] === 0) labels[p] = noLabel;
  }
  for (let p = 0; p < labels.length; p++) if (labels[p] === noLabel) missing++;
  for (const { label, grid, size } of photos) {
    if (missing === 0) break;
    coverage.fill(0);
    markCoverage(grid, size, rectangle, coverage);
    for (let p = 0; p < labels.length; p++) {
      if (labels[p] !== noLabel || coverage[p] === 0) continue;
      labels[p] = label;
      missing--;
    }
  }
  return labels;
}

/** Each pixel takes the label that weighs most among the four map pixels around it, by bilinear weights. */
function enlargeLabels({ canvas: low, labels: map }: LabelMap, canvas: Canvas, rectangle: Rectangle): Uint16Array {
  const { x, y, width, height } = rectangle;
  const labels = new Uint16Array(width * height);
  const columns = lowPositions(x, width, canvas, low, 0);
  const rows = lowPositions(y, height, canvas, low, 1);
  for (let j = 0, o = 0; j < height; j++) {
    const top = rows.first[j];
    const bottom = rows.second[j];
    const fy = rows.fraction[j];
    for (let i = 0; i < width; i++, o++) {
      const left = columns.first[i];
      const right = columns.second[i];
      const l00 = top < 0 || left < 0 ? noLabel : map[top * low.width + left];
      const l10 = top < 0 || right < 0 ? noLabel : map[top * low.width + right];
      const l01 = bottom < 0 || left < 0 ? noLabel : map[bottom * low.width + left];
      const l11 = bottom < 0 || right < 0 ? noLabel : map[bottom * low.width + right];
      labels[o] =
        l00 === l10 && l00 === l01 && l00 === l11 ? l00 : heaviest(l00, l10, l01, l11, columns.fraction[i], fy);
    }
  }
  return labels;
}

/** The label with the largest sum of bilinear weights; `noLabel` only where there is nothing else. */
function heaviest(l00: number, l10: number, l01: number, l11: number, fx: number, fy: number): number {
  const w00 = (1 - fx) * (1 - fy);
  const w10 = fx * (1 - fy);
  const w01 = (1 - fx) * fy;
  const w11 = fx * fy;
  let best = noLabel;
  let bestWeight = -1;
  for (const label of [l00, l10, l01, l11]) {
    if (label === noLabel) continue;
    const weight =
      (l00 === label ? w00 : 0) + (l10 === label ? w10 : 0) + (l01 === label ? w01 : 0) + (l11 === label ? w11 : 0);
    if (weight > bestWeight || (weight === bestWeight && label < best)) {
      best = label;
      bestWeight = weight;
    }
  }
  return best;
}

/** For each output column (axis 0) or row (axis 1) the two map pixels around it (−1: outside) and the place between. */
function lowPositions(
  start: number,
  length: number,
  canvas: Canvas,
  low: Canvas,
  axis: 0 | 1,
): { first: Int32Array; second: Int32Array; fraction: Float64Array } {
  const first = new Int32Array(length);
  const second = new Int32Array(length);
  const fraction = new Float64Array(length);
  const size = axis === 0 ? low.width : low.height;
  const wraps = axis === 0 && low.wraps;
  const index = (i: number): number => {
    if (wraps) return i - size * Math.floor(i / size);
    return i >= 0 && i < size ? i : -1;
  };
  for (let k = 0; k < length; k++) {
    const u = ((start + k + canvas.offset[axis]) / canvas.scale) * low.scale - low.offset[axis];
    const floor = Math.floor(u);
    first[k] = index(floor);
    second[k] = index(floor + 1);
    fraction[k] = u - floor;
  }
  return { first, second, fraction };
}
