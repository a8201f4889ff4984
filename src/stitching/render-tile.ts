import { Blender, blendReach } from './blend.ts';
import { periodOf, rectanglesMeet } from './canvas.ts';
import type { Rectangle } from './canvas.ts';
import type { CompositionPlan, LoadPhoto, RenderedTile } from './composition-plan.ts';
import { labelRectangle } from './label-tile.ts';
import type { TilePhoto } from './label-tile.ts';
import { noLabel } from './labels.ts';
import { photoMappings } from './layout.ts';
import { createWarpGrid } from './warp-grid.ts';
import { warpPhoto } from './warp.ts';
import type { SourcePhoto } from './warp.ts';

/** Cuts the picture into tiles of at most `side` pixels each way, row by row. */
export function listTiles({ canvas }: CompositionPlan, side = 1024): Rectangle[] {
  const tiles: Rectangle[] = [];
  const rows = Math.ceil(canvas.height / side);
  const columns = Math.ceil(canvas.width / side);
  for (let j = 0; j < rows; j++) {
    const y = Math.round((j * canvas.height) / rows);
    const height = Math.round(((j + 1) * canvas.height) / rows) - y;
    for (let i = 0; i < columns; i++) {
      const x = Math.round((i * canvas.width) / columns);
      tiles.push({ x, y, width: Math.round(((i + 1) * canvas.width) / columns) - x, height });
    }
  }
  return tiles;
}

/**
 * Renders one piece of the picture: warps the photos that show it, with their tones, and blends them along the seams. What
 * lies beyond the piece is taken into account as far as blending reaches, so pieces fit together however they are cut.
 */
export async function renderTile(plan: CompositionPlan, tile: Rectangle, loadPhoto: LoadPhoto): Promise<RenderedTile> {
  const reach = blendReach(plan.levels);
  const padded = align(dilate(tile, reach), plan.levels);
  const photos = photosOf(plan, padded);
  const labels = labelRectangle(plan.labelMap, plan.canvas, padded, photos);
  const seam = seamBounds(labels, padded);
  const used = photos.filter(({ label }) => labels.includes(label));
  const out = new Float32Array(tile.width * tile.height * 4);
  const blended = seam === null ? null : align(intersect(dilate(seam, reach), padded), plan.levels);
  const source = sourceReader(plan, loadPhoto);

  const direct = blended === null ? labels : withoutRegion(labels, padded, blended);
  const start = (tile.y - padded.y) * padded.width + tile.x - padded.x;
  for (const { label, grid } of used) {
    if (!direct.includes(label)) continue;
    warpPhoto(await source(label), grid, tile, out, { map: direct, stride: padded.width, start, label });
  }
  if (blended !== null) {
    const picture = await blendRegion(plan.levels, blended, labels, padded, used, source);
    paste(picture, blended, out, tile);
  }
  return { ...tile, data: plan.depth === 16 ? quantise16(out) : quantise8(out) };
}

/** The photos that may be seen in the rectangle, with their warps. */
function photosOf(plan: CompositionPlan, rectangle: Rectangle): TilePhoto[] {
  const mappings = photoMappings(plan.cameras, plan.canvas.projection, plan.infos);
  const period = plan.cameras.model === 'rotation' ? periodOf(plan.canvas) : 0;
  return plan.photos.flatMap(({ photo, region, gridStep }, label) => {
    if (!rectanglesMeet(rectangle, region, period)) return [];
    const grid = createWarpGrid(mappings[label], plan.canvas, rectangle, gridStep);
    return [{ label, size: plan.infos[photo], grid }];
  });
}

function sourceReader(plan: CompositionPlan, loadPhoto: LoadPhoto): (label: number) => Promise<SourcePhoto> {
  return async (label) => {
    const { photo, maxPixels, tone } = plan.photos[label];
    return { image: await loadPhoto(photo, maxPixels), size: plan.infos[photo], tone };
  };
}

/** Blends the labelled photos over a region that holds all seams with room around them. */
async function blendRegion(
  levels: number,
  region: Rectangle,
  labels: Uint16Array,
  padded: Rectangle,
  photos: readonly TilePhoto[],
  source: (label: number) => Promise<SourcePhoto>,
): Promise<Float32Array> {
  const blender = new Blender(region, levels);
  for (const { label, grid } of photos) {
    const bounds = labelBounds(labels, padded, region, label);
    if (bounds === null) continue;
    const part = align(intersect(dilate(bounds, blendReach(levels)), region), levels);
    const pixels = new Float32Array(part.width * part.height * 4);
    warpPhoto(await source(label), grid, part, pixels);
    const weights = new Float32Array(part.width * part.height);
    for (let j = 0, w = 0; j < part.height; j++) {
      let p = (part.y + j - padded.y) * padded.width + part.x - padded.x;
      for (let i = 0; i < part.width; i++, w++, p++) if (labels[p] === label) weights[w] = 1;
    }
    blender.add(part, pixels, weights);
  }
  const picture = blender.collapse();
  // Coverage, not the blurred weight, decides what is shown.
  for (let j = 0, o = 3; j < region.height; j++) {
    let p = (region.y + j - padded.y) * padded.width + region.x - padded.x;
    for (let i = 0; i < region.width; i++, p++, o += 4) picture[o] = labels[p] === noLabel ? 0 : 1;
  }
  return picture;
}

/** Bounds of all pixels with a neighbour (right or below) of another photo; null without seams. */
function seamBounds(labels: Uint16Array, { x, y, width, height }: Rectangle): Rectangle | null {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let j = 0, p = 0; j < height; j++) {
    for (let i = 0; i < width; i++, p++) {
      const label = labels[p];
      if (label === noLabel) continue;
      const right = i + 1 < width ? labels[p + 1] : noLabel;
      const below = j + 1 < height ? labels[p + width] : noLabel;
      if ((right === noLabel || right === label) && (below === noLabel || below === label)) continue;
      if (i < x0) x0 = i;
      if (i > x1) x1 = i;
      if (j < y0) y0 = j;
      if (j > y1) y1 = j;
    }
  }
  return x1 < 0 ? null : { x: x + x0, y: y + y0, width: x1 - x0 + 2, height: y1 - y0 + 2 };
}

/** Bounds, within the region, of the pixels with the label; null without any. */
function labelBounds(labels: Uint16Array, padded: Rectangle, region: Rectangle, label: number): Rectangle | null {
  let [x0, y0, x1, y1] = [region.width, region.height, -1, -1];
  for (let j = 0; j < region.height; j++) {
    let p = (region.y + j - padded.y) * padded.width + region.x - padded.x;
    for (let i = 0; i < region.width; i++, p++) {
      if (labels[p] !== label) continue;
      if (i < x0) x0 = i;
      if (i > x1) x1 = i;
      if (j < y0) y0 = j;
      if (j > y1) y1 = j;
    }
  }
  return x1 < 0 ? null : { x: region.x + x0, y: region.y + y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}

/** A copy of the labels without those in the region. */
function withoutRegion(labels: Uint16Array, padded: Rectangle, region: Rectangle): Uint16Array {
  const copy = labels.slice();
  for (let j = 0; j < region.height; j++) {
    const p = (region.y + j - padded.y) * padded.width + region.x - padded.x;
    copy.fill(noLabel, p, p + region.width);
  }
  return copy;
}

/** Copies the part of the region that lies in the tile. */
function paste(picture: Float32Array, region: Rectangle, out: Float32Array, tile: Rectangle): void {
  const common = intersect(region, tile);
  if (common.width <= 0 || common.height <= 0) return;
  for (let j = 0; j < common.height; j++) {
    const from = ((common.y + j - region.y) * region.width + common.x - region.x) * 4;
    const to = ((common.y + j - tile.y) * tile.width + common.x - tile.x) * 4;
    out.set(picture.subarray(from, from + common.width * 4), to);
  }
}

function quantise8(pixels: Float32Array): Uint8Array {
  const data = new Uint8Array(pixels.length);
  quantise(pixels, data, 255);
  return data;
}

function quantise16(pixels: Float32Array): Uint16Array {
  const data = new Uint16Array(pixels.length);
  quantise(pixels, data, 65535);
  return data;
}

/** Rounds 0…1 to integers; what exceeds white is cut off, what no photo shows is transparent black. */
function quantise(pixels: Float32Array, data: Uint8Array | Uint16Array, white: number): void {
  for (let o = 0; o < pixels.length; o += 4) {
    if (pixels[o + 3] <= 0) continue;
    for (let c = 0; c < 3; c++) {
      const v = pixels[o + c];
      data[o + c] = v <= 0 ? 0 : v >= 1 ? white : v * white + 0.5;
    }
    data[o + 3] = white;
  }
}

function dilate({ x, y, width, height }: Rectangle, by: number): Rectangle {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

function intersect(p: Rectangle, q: Rectangle): Rectangle {
  const [x, y] = [Math.max(p.x, q.x), Math.max(p.y, q.y)];
  const width = Math.min(p.x + p.width, q.x + q.width) - x;
  return { x, y, width, height: Math.min(p.y + p.height, q.y + q.height) - y };
}

/** The smallest rectangle around it whose corners are multiples of 2^levels. */
function align({ x, y, width, height }: Rectangle, levels: number): Rectangle {
  const unit = 1 << levels;
  const [left, top] = [Math.floor(x / unit) * unit, Math.floor(y / unit) * unit];
  return {
    x: left,
    y: top,
    width: Math.ceil((x + width) / unit) * unit - left,
    height: Math.ceil((y + height) / unit) * unit - top,
  };
}
