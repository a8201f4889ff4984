import type { Image } from '../image/image.ts';
import type { Rectangle } from './canvas.ts';
import type { Size } from './photo-mapping.ts';
import * as tones from './tone.ts';
import type { Tone } from './tone.ts';
import type { WarpGrid } from './warp-grid.ts';

/** A photo's pixels, at any resolution, with what it takes to show them in the panorama. */
export interface SourcePhoto {
  /** Three channels; may be smaller than the photo. */
  readonly image: Image;
  /** The photo's size at full resolution, which the warp grid speaks of. */
  readonly size: Size;
  readonly tone: Tone;
}

/** Phases of the cubic kernel: a 1024th of a pixel cannot be seen even in 16 bits. */
const phases = 1024;
const cubic = cubicKernel();

/**
 * Marks which pixels of the rectangle the photo covers: calls nothing, writes 1 to `out` (row-major, one byte a pixel)
 * where the pixel's centre falls inside the photo's outer edge and leaves the others alone.
 */
export function markCoverage(grid: WarpGrid, photo: Size, rectangle: Rectangle, out: Uint8Array): void {
  const [right, bottom] = [photo.width - 0.5, photo.height - 0.5];
  const row = new RowInterpolator(grid);
  for (let j = 0; j < rectangle.height; j++) {
    row.start(rectangle.y + j);
    for (let i = 0, o = j * rectangle.width; i < rectangle.width; i++, o++) {
      row.seek(rectangle.x + i);
      if (row.px >= -0.5 && row.py >= -0.5 && row.px <= right && row.py <= bottom) out[o] = 1;
    }
  }
}

/**
 * Warps a photo into a rectangle of the canvas by cubic convolution (Keys 1981, a = −1/2; exact for 1:1 copies), with its
 * tone applied. Writes sRGB values (0…1, brighter than white allowed) and coverage 1 to `out`, four floats a pixel;
 * pixels outside the photo, or whose `labels` entry differs from `label` where labels are given, are left alone.
 */
export function warpPhoto(
  source: SourcePhoto,
  grid: WarpGrid,
  rectangle: Rectangle,
  out: Float32Array,
  labels?: { readonly map: Uint16Array; readonly stride: number; readonly start: number; readonly label: number },
): void {
  const { image, size } = source;
  const sampler = new CubicSampler(image);
  const tone = new ToneApplier(source.tone, size);
  const [scaleX, scaleY] = [image.width / size.width, image.height / size.height];
  const [right, bottom] = [size.width - 0.5, size.height - 0.5];
  const row = new RowInterpolator(grid);
  const { width, height } = rectangle;
  const rgb = sampler.rgb;
  for (let j = 0; j < height; j++) {
    row.start(rectangle.y + j);
    let l = labels ? labels.start + j * labels.stride : 0;
    for (let i = 0, o = j * width * 4; i < width; i++, o += 4, l++) {
      if (labels && labels.map[l] !== labels.label) continue;
      row.seek(rectangle.x + i);
      const { px, py } = row;
      if (!(px >= -0.5 && py >= -0.5 && px <= right && py <= bottom)) continue;
      sampler.sample((px + 0.5) * scaleX - 0.5, (py + 0.5) * scaleY - 0.5);
      if (!tone.neutral) tone.apply(rgb, px, py);
      out[o] = rgb[0];
      out[o + 1] = rgb[1];
      out[o + 2] = rgb[2];
      out[o + 3] = 1;
    }
  }
}

/** Walks along a row of output pixels and interpolates the grid: `px`, `py` is the photo pixel, NaN where unseen. */
class RowInterpolator {
  px = NaN;
  py = NaN;
  private y = 0;
  private cell = -1;
  private cellX = 0;
  private x0 = 0;
  private y0 = 0;
  private dx = 0;
  private dy = 0;
  private base = 0;
  private fy = 0;
  private readonly grid: WarpGrid;

  constructor(grid: WarpGrid) {
    this.grid = grid;
  }

  /** Begins output row y. */
  start(y: number): void {
    this.y = y - this.grid.y;
    const j = Math.floor(this.y / this.grid.step);
    this.fy = this.y / this.grid.step - j;
    this.base = j * this.grid.columns;
    this.cell = -1;
  }

  /** Moves to output column x. */
  seek(x: number): void {
    const u = x - this.grid.x;
    const offset = u - this.cellX;
    if (this.cell < 0 || offset < 0 || offset >= this.grid.step) this.enter(u);
    const t = u - this.cellX;
    this.px = this.x0 + t * this.dx;
    this.py = this.y0 + t * this.dy;
  }

  private enter(u: number): void {
    const { step, columns, px, py, rows } = this.grid;
    this.cell = Math.floor(u / step);
    this.cellX = this.cell * step;
    const top = this.base + this.cell;
    const below = this.fy > 0 && this.base + columns < rows * columns ? top + columns : top;
    const f = this.fy;
    this.x0 = px[top] + f * (px[below] - px[top]);
    this.y0 = py[top] + f * (py[below] - py[top]);
    this.dx = (px[top + 1] + f * (px[below + 1] - px[top + 1]) - this.x0) / step;
    this.dy = (py[top + 1] + f * (py[below + 1] - py[top + 1]) - this.y0) / step;
  }
}

/** Cubic convolution over a three-channel image; places outside are clamped to its border. */
class CubicSampler {
  /** The last sample, 0…1. */
  readonly rgb = new Float64Array(3);
  private readonly data: Uint8Array | Uint16Array;
  private readonly width: number;
  private readonly height: number;
  private readonly normalise: number;

  constructor(image: Image) {
    this.data = image.data;
    this.width = image.width;
    this.height = image.height;
    this.normalise = 1 / (image.data instanceof Uint16Array ? 65535 : 255);
  }

  sample(x: number, y: number): void {
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    const wx = Math.round((x - ix) * phases) * 4;
    const wy = Math.round((y - iy) * phases) * 4;
    if (ix >= 1 && iy >= 1 && ix < this.width - 2 && iy < this.height - 2) this.sampleInside(ix, iy, wx, wy);
    else this.sampleAtBorder(ix, iy, wx, wy);
  }

  private sampleInside(ix: number, iy: number, wx: number, wy: number): void {
    const { data } = this;
    const stride = this.width * 3;
    const w0 = cubic[wx];
    const w1 = cubic[wx + 1];
    const w2 = cubic[wx + 2];
    const w3 = cubic[wx + 3];
    let p = (iy - 1) * stride + (ix - 1) * 3;
    let r = 0;
    let g = 0;
    let b = 0;
    for (let k = 0; k < 4; k++, p += stride) {
      const w = cubic[wy + k];
      r += w * (w0 * data[p] + w1 * data[p + 3] + w2 * data[p + 6] + w3 * data[p + 9]);
      g += w * (w0 * data[p + 1] + w1 * data[p + 4] + w2 * data[p + 7] + w3 * data[p + 10]);
      b += w * (w0 * data[p + 2] + w1 * data[p + 5] + w2 * data[p + 8] + w3 * data[p + 11]);
    }
    this.store(r, g, b);
  }

  private sampleAtBorder(ix: number, iy: number, wx: number, wy: number): void {
    const { data, width, height } = this;
    let [r, g, b] = [0, 0, 0];
    for (let j = 0; j < 4; j++) {
      const row = Math.min(height - 1, Math.max(0, iy + j - 1)) * width;
      for (let i = 0; i < 4; i++) {
        const p = (row + Math.min(width - 1, Math.max(0, ix + i - 1))) * 3;
        const w = cubic[wx + i] * cubic[wy + j];
        r += w * data[p];
        g += w * data[p + 1];
        b += w * data[p + 2];
      }
    }
    this.store(r, g, b);
  }

  private store(r: number, g: number, b: number): void {
    const { rgb, normalise } = this;
    rgb[0] = Math.min(1, Math.max(0, r * normalise));
    rgb[1] = Math.min(1, Math.max(0, g * normalise));
    rgb[2] = Math.min(1, Math.max(0, b * normalise));
  }
}

/** Applies a tone to sRGB triples by tables. */
class ToneApplier {
  readonly neutral: boolean;
  private readonly gain: readonly [number, number, number];
  private readonly falloff: Float64Array;
  private readonly centreX: number;
  private readonly centreY: number;
  private readonly radius2: number;

  constructor(tone: Tone, { width, height }: Size) {
    this.neutral = tones.isNeutral(tone);
    this.gain = tone.gain;
    this.falloff = tones.falloffTable(tone.vignetting);
    this.centreX = (width - 1) / 2;
    this.centreY = (height - 1) / 2;
    this.radius2 = 4 / (width * width + height * height);
  }

  /** Photo pixel (px, py) at full resolution tells how strong the vignetting is. */
  apply(rgb: Float64Array, px: number, py: number): void {
    const dx = px - this.centreX;
    const dy = py - this.centreY;
    const position = Math.min(1, (dx * dx + dy * dy) * this.radius2) * tones.falloffScale;
    const p = position | 0;
    const factor = this.falloff[p] + (position - p) * (this.falloff[p + 1] - this.falloff[p]);
    const keep = tones.cutOff(Math.min(rgb[0], rgb[1], rgb[2]));
    for (let c = 0; c < 3; c++) {
      const value = rgb[c];
      const s = value * tones.decodeScale;
      const d = s | 0;
      const linear = tones.decodeTable[d] + (s - d) * (tones.decodeTable[d + 1] - tones.decodeTable[d]);
      const root = Math.min(tones.encodeLimit, Math.sqrt(linear * factor * this.gain[c])) * tones.encodeScale;
      const e = root | 0;
      const toned = tones.encodeTable[e] + (root - e) * (tones.encodeTable[e + 1] - tones.encodeTable[e]);
      rgb[c] = keep > 0 && toned < value ? toned + keep * (value - toned) : toned;
    }
  }
}

/** Four weights a phase, for samples at −1, 0, 1, 2 from the one left of the place. */
function cubicKernel(): Float64Array {
  const table = new Float64Array((phases + 1) * 4);
  for (let p = 0; p <= phases; p++) {
    const t = p / phases;
    table[p * 4] = (-0.5 * t + 1) * t * t - 0.5 * t;
    table[p * 4 + 1] = (1.5 * t - 2.5) * t * t + 1;
    table[p * 4 + 2] = (-1.5 * t + 2) * t * t + 0.5 * t;
    table[p * 4 + 3] = (0.5 * t - 0.5) * t * t;
  }
  return table;
}
