import type { Rectangle } from './canvas.ts';

/**
 * Multi-band blending (Burt & Adelson, "A multiresolution spline with application to image mosaics", TOG 1983) of one
 * region. Photos are added one after the other, then `collapse` gives the picture.
 *
 * A photo that ends inside the region must not darken towards its edge: its pyramid holds colours weighted by coverage
 * (normalised convolution), so that beyond the edge its colours simply go on. A weight is positive only where the photo's
 * own coverage is, at every level, so the quotient exists wherever it counts.
 */
export class Blender {
  /** Per level: Σ weight · band for r, g, b, and Σ weight; four floats a pixel. */
  private readonly sums: Float32Array[] = [];

  /**
   * @param region on the canvas; all four numbers multiples of 2^levels, so that all regions share one grid of pyramids
   * @param levels how often the picture is halved
   */
  constructor(
    private readonly region: Rectangle,
    private readonly levels: number,
  ) {
    for (let l = 0; l <= levels; l++) this.sums.push(new Float32Array((region.width >> l) * (region.height >> l) * 4));
  }

  /**
   * Adds a photo.
   * @param part the piece of the region that the photo's weights reach, aligned like the region
   * @param pixels r, g, b, coverage (0 or 1) of the part, four floats a pixel, 0 where not covered
   * @param weights 1 where the photo is to be shown, else 0, one float a pixel of the part
   */
  add(part: Rectangle, pixels: Float32Array, weights: Float32Array): void {
    let { width, height } = part;
    let w = weights;
    // At full resolution coverage is 0 or 1, so colours weighted by it are the colours themselves.
    let [weighted, colours] = [pixels, pixels];
    for (let l = 0; l < this.levels; l++) {
      const coarserWeighted = halve(weighted, width, height, 4);
      const coarser = normalise(coarserWeighted);
      this.accumulate(l, part, colours, coarser, w);
      w = halve(w, width, height, 1);
      [weighted, colours] = [coarserWeighted, coarser];
      [width, height] = [width >> 1, height >> 1];
    }
    this.accumulate(this.levels, part, colours, null, w);
  }

  /** The blended picture of the region: r, g, b and coverage (> 0 where any photo shows), four floats a pixel. */
  collapse(): Float32Array {
    const { levels, sums, region } = this;
    for (let l = levels; l >= 0; l--) {
      const sum = sums[l];
      for (let o = 0; o < sum.length; o += 4) {
        if (sum[o + 3] <= 0) continue;
        const s = 1 / sum[o + 3];
        sum[o] *= s;
        sum[o + 1] *= s;
        sum[o + 2] *= s;
      }
      if (l === levels) continue;
      const [width, height] = [region.width >> l, region.height >> l];
      const up = new RowExpander(sums[l + 1], width, height);
      for (let y = 0, o = 0; y < height; y++) {
        const row = up.row(y);
        for (let i = 0; i < width * 4; i += 4, o += 4) {
          sum[o] += row[i];
          sum[o + 1] += row[i + 1];
          sum[o + 2] += row[i + 2];
        }
      }
    }
    return sums[0];
  }

  /** Adds weight · (finer − expanded coarser) to a level's sums. */
  private accumulate(
    l: number,
    part: Rectangle,
    finer: Float32Array,
    coarser: Float32Array | null,
    weights: Float32Array,
  ): void {
    const [width, height] = [part.width >> l, part.height >> l];
    const stride = (this.region.width >> l) * 4;
    const sum = this.sums[l];
    const up = coarser === null ? null : new RowExpander(coarser, width, height);
    let start = ((part.y - this.region.y) >> l) * stride + ((part.x - this.region.x) >> l) * 4;
    for (let y = 0, p = 0; y < height; y++, start += stride) {
      const row = up === null ? null : up.row(y);
      for (let x = 0, o = start; x < width; x++, p++, o += 4) {
        const w = weights[p];
        if (w <= 0) continue;
        const i = p * 4;
        if (row === null) {
          sum[o] += w * finer[i];
          sum[o + 1] += w * finer[i + 1];
          sum[o + 2] += w * finer[i + 2];
        } else {
          const j = x * 4;
          sum[o] += w * (finer[i] - row[j]);
          sum[o + 1] += w * (finer[i + 1] - row[j + 1]);
          sum[o + 2] += w * (finer[i + 2] - row[j + 2]);
        }
        sum[o + 3] += w;
      }
    }
  }
}

/** How far (pixels) a photo's weight reaches beyond the pixels that show it, over so many levels. */
export function blendReach(levels: number): number {
  return 2 << levels;
}

/** A copy with r, g, b divided by the coverage beside them, where there is any. */
function normalise(weighted: Float32Array): Float32Array {
  const colours = weighted.slice();
  for (let o = 0; o < colours.length; o += 4) {
    const c = colours[o + 3];
    if (c === 1 || c <= 0) continue;
    const s = 1 / c;
    colours[o] *= s;
    colours[o + 1] *= s;
    colours[o + 2] *= s;
  }
  return colours;
}

/** Smooths with (1, 4, 6, 4, 1)/16 both ways and keeps every other pixel; beyond the border there is nothing (0). */
export function halve(source: Float32Array, width: number, height: number, channels: number): Float32Array {
  const [halfWidth, halfHeight] = [width >> 1, height >> 1];
  const rowLength = halfWidth * channels;
  const out = new Float32Array(rowLength * halfHeight);
  // Five rows, already narrowed, in a ring.
  const ring = Array.from({ length: 5 }, () => new Float32Array(rowLength));
  let next = 0;
  for (let y = 0; y < halfHeight; y++) {
    for (; next <= 2 * y + 2; next++) {
      const row = ring[next % 5];
      if (next < height) narrowRow(source, next * width * channels, width, channels, row);
      else row.fill(0);
    }
    const above2 = y === 0 ? null : ring[(2 * y - 2) % 5];
    const above = y === 0 ? null : ring[(2 * y - 1) % 5];
    const [here, below, below2] = [ring[(2 * y) % 5], ring[(2 * y + 1) % 5], ring[(2 * y + 2) % 5]];
    const o = y * rowLength;
    if (above === null || above2 === null) {
      for (let i = 0; i < rowLength; i++) out[o + i] = (6 * here[i] + 4 * below[i] + below2[i]) / 16;
    } else {
      for (let i = 0; i < rowLength; i++) {
        out[o + i] = (6 * here[i] + 4 * (above[i] + below[i]) + above2[i] + below2[i]) / 16;
      }
    }
  }
  return out;
}

function narrowRow(source: Float32Array, start: number, width: number, channels: number, row: Float32Array): void {
  const end = start + width * channels;
  const step = 2 * channels;
  for (let i = 0, s = start; i < row.length; s += step) {
    const inside = s - step >= start && s + step < end;
    for (let c = 0; c < channels; c++, i++) {
      const p = s + c;
      row[i] = inside
        ? (6 * source[p] + 4 * (source[p - channels] + source[p + channels]) + source[p - step] + source[p + step]) / 16
        : edgeTap(source, p, start, end, channels);
    }
  }
}

function edgeTap(source: Float32Array, p: number, start: number, end: number, channels: number): number {
  const at = (q: number): number => (q >= start && q < end ? source[q] : 0);
  const near = at(p - channels) + at(p + channels);
  return (6 * source[p] + 4 * near + at(p - 2 * channels) + at(p + 2 * channels)) / 16;
}

/** Doubles a level of four floats a pixel, row by row, with the kernel of `halve`; the border's pixels are repeated. */
class RowExpander {
  private readonly mixed: Float32Array;
  private readonly out: Float32Array;
  private readonly coarseWidth: number;
  private readonly coarseHeight: number;

  /** @param width of the finer level */
  constructor(
    private readonly coarse: Float32Array,
    width: number,
    height: number,
  ) {
    this.coarseWidth = width >> 1;
    this.coarseHeight = height >> 1;
    this.mixed = new Float32Array(this.coarseWidth * 4);
    this.out = new Float32Array(width * 4);
  }

  /** Row y of the finer level; valid until the next call. */
  row(y: number): Float32Array {
    const { coarse, mixed, out, coarseWidth, coarseHeight } = this;
    const length = coarseWidth * 4;
    const middle = y >> 1;
    const here = middle * length;
    const below = Math.min(coarseHeight - 1, middle + 1) * length;
    if ((y & 1) === 1) {
      for (let i = 0; i < length; i++) mixed[i] = (coarse[here + i] + coarse[below + i]) / 2;
    } else {
      const above = Math.max(0, middle - 1) * length;
      for (let i = 0; i < length; i++) {
        mixed[i] = (6 * coarse[here + i] + coarse[above + i] + coarse[below + i]) / 8;
      }
    }
    for (let x = 0; x < coarseWidth; x++) {
      const i = x * 4;
      const left = x === 0 ? i : i - 4;
      const right = x === coarseWidth - 1 ? i : i + 4;
      for (let c = 0; c < 3; c++) {
        const m = mixed[i + c];
        out[2 * i + c] = (6 * m + mixed[left + c] + mixed[right + c]) / 8;
        out[2 * i + 4 + c] = (m + mixed[right + c]) / 2;
      }
    }
    return out;
  }
}
