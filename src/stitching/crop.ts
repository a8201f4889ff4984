import type { Canvas, Rectangle } from './canvas.ts';
import { bestCoveredRectangle, largestCoveredRectangle, tallestCoveredBand } from './largest-rectangle.ts';
import type { CoverageGrid } from './largest-rectangle.ts';
import { noLabel } from './labels.ts';

/** Below this share of what the photos show, a picture without empty corners would throw away too much. */
const leastKept = 0.4;
/** Then a picture is sought that keeps so much … */
const wantedShare = 0.6;
/** … with an uncovered cell costing as much as so many covered ones bring: the first price that allows it. */
const emptyPrices = [3, 1.5, 0.75, 0.3, 0];
/** Cells across the grid on which that compromise is sought. */
const coarseCells = 160;

/** What to keep of the panorama, in pixels of the low-resolution map. */
export interface Crop {
  readonly rectangle: Rectangle;
  /** Whether the rectangle is covered throughout (else it has some empty corners). */
  readonly isFull: boolean;
  /** Share of the covered pixels that lie inside. */
  readonly kept: number;
  /** Share of the rectangle that is covered. */
  readonly covered: number;
  readonly note: string | null;
}

/** Keeps everything that any photo covers: the tightest rectangle around it. */
export function keepAll(labels: Uint16Array, { width, height }: Canvas): Crop {
  return summarise(labels, width, { x: 0, y: 0, width, height }, false, null);
}

/**
 * Crops away the empty corners: the largest rectangle that photos cover throughout (with a cell to spare on each side). A
 * closed panorama keeps its full circle unless that halves the picture. Where the rectangle would keep less than 40 % of
 * what the photos show, as with photos strung along a diagonal, some empty corners stay instead, and the note says so.
 */
export function cropToCovered(labels: Uint16Array, canvas: Canvas): Crop {
  const grid = erode(labels, canvas);
  let rectangle = largestCoveredRectangle(grid);
  if (canvas.wraps) {
    const band = tallestCoveredBand(grid);
    if (2 * band.height * band.width >= rectangle.width * rectangle.height) rectangle = band;
  }
  const full = summarise(labels, canvas.width, rectangle, true, null);
  if (full.kept >= leastKept) return full;
  const note =
    `Cropping to a rectangle without empty corners would have kept only ${Math.round(full.kept * 100)} % of the ` +
    'panorama, so some empty corners were left';
  const compromises = emptyPrices.map((price) => {
    return summarise(labels, canvas.width, compromiseRectangle(labels, canvas, price), false, note);
  });
  return compromises.find(({ kept }) => kept >= wantedShare) ?? keepAll(labels, canvas);
}

/**
 * Enlarges a covered rectangle of the full-resolution canvas line by line, each side in turn, as long as every pixel of
 * the new line is covered.
 * @param most lines that each side may gain
 * @param maxWidth columns that it may have in the end
 */
export function growRectangle(
  start: Rectangle,
  canvas: Canvas,
  most: number,
  maxWidth: number,
  isCovered: (x: number, y: number) => boolean,
): Rectangle {
  let [left, top, right, bottom] = [start.x, start.y, start.x + start.width, start.y + start.height];
  const rowIsCovered = (y: number): boolean => {
    for (let x = left; x < right; x++) if (!isCovered(x, y)) return false;
    return true;
  };
  const columnIsCovered = (x: number): boolean => {
    for (let y = top; y < bottom; y++) if (!isCovered(x, y)) return false;
    return true;
  };
  const open = [true, true, true, true];
  for (let gained = 0; gained < most && open.includes(true); gained++) {
    open[0] &&= top > 0 && rowIsCovered(top - 1);
    if (open[0]) top--;
    open[1] &&= bottom < canvas.height && rowIsCovered(bottom);
    if (open[1]) bottom++;
    open[2] &&= left > 0 && right - left < maxWidth && columnIsCovered(left - 1);
    if (open[2]) left--;
    open[3] &&= right < canvas.width && right - left < maxWidth && columnIsCovered(right);
    if (open[3]) right++;
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The same rectangle on another canvas of the same panorama; whole pixels inside it (or around it). */
export function transferRectangle(rectangle: Rectangle, from: Canvas, to: Canvas, inside: boolean): Rectangle {
  const place = (v: number, axis: 0 | 1): number =>
    ((v - 0.5 + from.offset[axis]) / from.scale) * to.scale - to.offset[axis] + 0.5;
  const [low, high] = inside ? [Math.ceil, Math.floor] : [Math.floor, Math.ceil];
  // Rounding noise must not cost a line.
  const x = Math.max(0, low(place(rectangle.x, 0) - 1e-6 * (inside ? 1 : -1)));
  const y = Math.max(0, low(place(rectangle.y, 1) - 1e-6 * (inside ? 1 : -1)));
  const right = Math.min(to.width, high(place(rectangle.x + rectangle.width, 0) + 1e-6 * (inside ? 1 : -1)));
  const bottom = Math.min(to.height, high(place(rectangle.y + rectangle.height, 1) + 1e-6 * (inside ? 1 : -1)));
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

/** Cells that are covered with all eight neighbours: their whole area is, not just their centres. */
function erode(labels: Uint16Array, { width, height, wraps }: Canvas): CoverageGrid {
  const covered = new Uint8Array(width * height);
  const at = (x: number, y: number): boolean => {
    const i = wraps ? (x + width) % width : x;
    return y >= 0 && y < height && i >= 0 && i < width && labels[y * width + i] !== noLabel;
  };
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      let all = labels[p] !== noLabel;
      for (let dy = -1; dy <= 1 && all; dy++) for (let dx = -1; dx <= 1 && all; dx++) all = at(x + dx, y + dy);
      covered[p] = all ? 1 : 0;
    }
  }
  return { width, height, covered };
}

function compromiseRectangle(labels: Uint16Array, { width, height }: Canvas, price: number): Rectangle {
  const cell = Math.max(1, Math.ceil(Math.max(width, height) / coarseCells));
  const columns = Math.ceil(width / cell);
  const rows = Math.ceil(height / cell);
  const covered = new Uint8Array(columns * rows);
  for (let j = 0; j < rows; j++) {
    const y = Math.min(height - 1, j * cell + (cell >> 1));
    for (let i = 0; i < columns; i++) {
      const x = Math.min(width - 1, i * cell + (cell >> 1));
      covered[j * columns + i] = labels[y * width + x] === noLabel ? 0 : 1;
    }
  }
  const best = bestCoveredRectangle({ width: columns, height: rows, covered }, price);
  const [x, y] = [best.x * cell, best.y * cell];
  return { x, y, width: Math.min(width - x, best.width * cell), height: Math.min(height - y, best.height * cell) };
}

function summarise(labels: Uint16Array, width: number, r: Rectangle, isFull: boolean, note: string | null): Crop {
  let total = 0;
  let inside = 0;
  for (let p = 0; p < labels.length; p++) {
    if (labels[p] === noLabel) continue;
    total++;
    const y = Math.floor(p / width);
    const x = p - y * width;
    if (x >= r.x && y >= r.y && x < r.x + r.width && y < r.y + r.height) inside++;
  }
  const area = r.width * r.height;
  const covered = isFull ? 1 : area === 0 ? 0 : inside / area;
  return { rectangle: r, isFull, kept: total === 0 ? 0 : inside / total, covered, note };
}
