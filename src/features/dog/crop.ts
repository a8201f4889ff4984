import type { Band, Input, Memory } from './scale-space.ts';
import { allocate, bandReach, bandsOfOctave, filterReach } from './scale-space.ts';

/** What shows the pixels within `reach` of a place of a band's octave, px; equal to the last bit, whatever it is. Until the next call. */
export type Showing = (band: Band, x: number, y: number, reach: number) => Band;

/** Px on each side of the place that a crop is made for: what the filters of all levels reach for, and what is looked at. */
const radius = filterReach + 40;

interface Crop {
  /** In the coordinates of its octave. */
  readonly band: Band;
  /** Pixels that are as in the octave: from the first to before the last. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Shows places by their band, and by a crop of the octave where they lie beyond what the band shows: few fits in a photo lead so far.
 */
export function createShowing(): Showing {
  let memory: Memory | null = null;
  let crop: Crop | null = null;
  return (band, x, y, reach) => {
    if (y - reach >= band.first - bandReach && y + reach < band.end + bandReach) return band;
    memory ??= allocate(2 * radius);
    const isCovered = crop !== null && crop.band.input === band.input && covers(crop, x, y, reach);
    if (crop === null || !isCovered) crop = cropAround(band, x, y, memory);
    return crop.band;
  };
}

function covers({ left, top, right, bottom }: Crop, x: number, y: number, reach: number): boolean {
  return x - reach >= left && x + reach < right && y - reach >= top && y + reach < bottom;
}

function cropAround({ width, height, spacing, input }: Band, x: number, y: number, memory: Memory): Crop {
  const [left, top] = [Math.max(0, x - radius), Math.max(0, y - radius)];
  const [right, bottom] = [Math.min(width, x + radius), Math.min(height, y + radius)];
  const size = { width: right - left, height: bottom - top, spacing };
  const row = new Float32Array(width);
  const cropped: Input = {
    kernels: input.kernels,
    writeRow: (v, values, to) => {
      input.writeRow(top + v, row, 0);
      values.set(row.subarray(left, right), to);
    },
  };
  // The first of its bands shows more rows than lead to the place and a little further.
  const { value } = bandsOfOctave(memory, size, cropped, new Float32Array(size.width * size.height)).next();
  const band = value as Band;
  const shown = top + band.end + bandReach;
  return {
    band: { ...band, width, height, input, origin: band.origin - top * band.rowLength - left },
    left: left === 0 ? -Infinity : left + filterReach,
    top: top === 0 ? -Infinity : top + filterReach,
    right: right === width ? Infinity : right - filterReach,
    bottom: bottom === height ? (shown < height ? shown : Infinity) : Math.min(shown, bottom - filterReach),
  };
}
