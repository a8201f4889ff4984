import type { Image } from '../../image/image.ts';
import { createLoops, createMemory, type Loops } from './loops.ts';

/** Lowe 2004, section 3.2: three scales an octave are found best, and σ = 1.6 is smooth enough for each. */
export const scalesPerOctave = 3;
export const baseSigma = 1.6;

/** Extrema over scale need a difference on both sides, and a difference two levels. */
const levelCount = scalesPerOctave + 3;

/** Lowe 2004, section 3.3: a camera's picture is taken to have this blur already, px. */
const assumedSigma = 0.5;

/** Columns repeated to the left and right of each row: more than the reach of any filter here (13). */
const margin = 16;

/** Rows of an octave searched at a time. The levels of a whole octave would be a hundred bytes a pixel, which takes longer to get than to filter. */
const bandRows = 128;

/** Rows that a band shows beyond its own: what the orientation of a keypoint looks at, and some more, as fits lead a little further. */
export const bandReach = 28;

/** Most floats that are needed of a window around a keypoint. */
const windowLength = 4096;

/**
 * Some rows of an octave of a Gaussian scale space: levels of equal size, level l with blur σ = baseSigma · 2^(l / scalesPerOctave) in
 * pixels of the octave. Grey values are floats in 0 … 255.
 */
export interface Band {
  /** Size of the octave. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the doubled picture a pixel of this octave: pixel (x, y) shows its pixel (spacing · x, spacing · y). */
  readonly spacing: number;
  /** Rows that are the band's own, `end` exclusive; `bandReach` rows more on either side are there too, as far as the octave has them. */
  readonly first: number;
  readonly end: number;
  /** The pixel at (x, y) of level l is `values[origin + l · levelLength + y · rowLength + x]`. */
  readonly values: Float32Array;
  readonly origin: number;
  readonly rowLength: number;
  readonly levelLength: number;
  /** Work in the memory of `values`. */
  readonly loops: Loops;
  /** Memory of the reader's, byte addresses: for the pixels found in a row, for a window around one. */
  readonly scratch: { readonly found: number; readonly window: number };
  /** What the octave was made of. */
  readonly input: Input;
}

/**
 * Where pixel u of the doubled picture lies in the picture, along either axis: two pixels share one, symmetric to its
 * centre.
 */
export function pictureFromDoubled(u: number): number {
  return 0.5 * u - 0.25;
}

/**
 * The octaves of a grey picture's Gaussian scale space (Lowe 2004, section 3), from the doubled picture on, as long as
 * their shorter side is longer than `minSide`; each in bands from its first row to its last. A band is overwritten by the next.
 */
export function* bandsOf(grey: Image, minSide: number): Generator<Band> {
  let width = 2 * grey.width;
  let height = 2 * grey.height;
  const memory = allocate(width);
  const levelKernels = levelSigmas.map(gaussianKernel);
  let input: Input = { writeRow: doubledRows(grey), kernels: [gaussianKernel(doublingSigma), ...levelKernels] };
  for (let spacing = 1; Math.min(width, height) > minSide; spacing *= 2) {
    const next = new Float32Array((width >> 1) * (height >> 1));
    yield* bandsOfOctave(memory, { width, height, spacing }, input, next);
    width >>= 1;
    height >>= 1;
    input = { writeRow: rowsOf(next, width), kernels: levelKernels };
  }
}

/** Doubling doubles the blur of the picture as well. */
const doublingSigma = Math.sqrt(baseSigma ** 2 - (2 * assumedSigma) ** 2);

/** What takes each level to the next. */
const levelSigmas = Array.from({ length: levelCount - 1 }, (_, level) => {
  const before = baseSigma * 2 ** (level / scalesPerOctave);
  const after = baseSigma * 2 ** ((level + 1) / scalesPerOctave);
  return Math.sqrt(after ** 2 - before ** 2);
});

/** Where the rows of an octave come from, and the filters that make each level of the one before; the last `levelCount` are the octave's. */
export interface Input {
  readonly writeRow: (y: number, values: Float32Array, to: number) => void;
  readonly kernels: readonly Float64Array[];
}

export interface Memory {
  readonly loops: Loops;
  readonly values: Float32Array;
  /** Floats from the start of `values`: filter weights, the reader's scratch, rows filtered along only, the levels. */
  readonly weights: number;
  readonly scratch: number;
  readonly strip: number;
  readonly levels: number;
}

/** Px that the filters of all levels reach for, one after another. */
export const filterReach = [doublingSigma, ...levelSigmas].reduce((sum, sigma) => sum + reachOf(sigma), 0);

/** Rows of a level in memory, at most: a band, what it shows beyond, and what the filters of later levels reach for. */
const mostRows = bandRows + 2 * bandReach + filterReach;

/** Memory for the bands of octaves up to some width. */
export function allocate(width: number): Memory {
  const rowLength = rowLengthOf(width);
  const weights = 0;
  const scratch = weights + margin;
  const strip = scratch + rowLength + windowLength;
  const levels = strip + mostRows * rowLength;
  // Filters write, and searches read, in whole runs.
  const end = levels + (levelCount + 1) * mostRows * rowLength + margin;
  const memory = createMemory(4 * end);
  return { loops: createLoops(memory), values: new Float32Array(memory.buffer), weights, scratch, strip, levels };
}

/** An odd number of cache lines, so that the rows above each other do not compete for the same places of the cache. */
function rowLengthOf(width: number): number {
  const lines = Math.ceil((margin + width + margin) / 16);
  return 16 * (lines | 1);
}

/**
 * The bands of one octave.
 * @param next receives every second pixel of the level with twice the blur of level 0: level 0 of the next octave
 */
export function* bandsOfOctave(
  memory: Memory,
  size: Pick<Band, 'width' | 'height' | 'spacing'>,
  input: Input,
  next: Float32Array,
): Generator<Band> {
  const { width, height } = size;
  const { writeRow, kernels } = input;
  const { values, loops } = memory;
  const rowLength = rowLengthOf(width);
  const levelLength = mostRows * rowLength;
  const scratch = { found: 4 * memory.scratch, window: 4 * (memory.scratch + rowLength) };
  // Level 0 of this list is what is filtered first; the octave's own are the last.
  const firstOwn = kernels.length + 1 - levelCount;
  // Each level is some rows ahead of the next, which its filter reaches for.
  const ahead = [bandReach];
  for (const kernel of [...kernels].reverse()) ahead.unshift(ahead[0] + kernel.length - 1);
  const done = ahead.map(() => 0);

  for (let first = 0; first < height; first += bandRows) {
    const end = Math.min(height, first + bandRows);
    // Where row 0 of each level lies, or would: what this band no longer needs has left the memory.
    const top = Math.max(0, first - bandReach);
    const origins = done.map((_, level) => memory.levels + level * levelLength + margin - top * rowLength);
    const levels = origins.map((origin): Level => ({ origin, width, height, rowLength }));
    const moved = (top - Math.max(0, first - bandRows - bandReach)) * rowLength;
    levels.forEach((level, l) => {
      const to = level.origin - margin + top * rowLength;
      values.copyWithin(to, to + moved, to + moved + (done[l] - top) * rowLength);
      const rows = { from: done[l], until: Math.min(height, end + ahead[l]) };
      if (l === 0) for (let y = rows.from; y < rows.until; y++) writeRow(y, values, level.origin + y * rowLength);
      else blurRows(memory, levels[l - 1], level, rows, kernels[l - 1]);
      repeatColumns(values, level, rows);
      if (l === firstOwn + scalesPerOctave) halveRows(values, level, rows, next);
      done[l] = rows.until;
    });
    yield { ...size, first, end, values, origin: origins[firstOwn], rowLength, levelLength, loops, scratch, input };
  }
}

/** The pixel at (x, y) of the level is `values[origin + y · rowLength + x]`, of the rows that are in memory. */
interface Level {
  readonly origin: number;
  readonly width: number;
  readonly height: number;
  readonly rowLength: number;
}

/** `until` exclusive. */
interface Rows {
  readonly from: number;
  readonly until: number;
}

/** Blurs a level into the next, along rows and then across them, with pictures mirrored at their borders. */
function blurRows(memory: Memory, before: Level, after: Level, { from, until }: Rows, kernel: Float64Array): void {
  if (from === until) return;
  const { loops, values } = memory;
  const { width, height, rowLength } = after;
  const radius = kernel.length - 1;
  values.set(kernel, memory.weights);
  const [weights, lastWeight] = [4 * memory.weights, 4 * (memory.weights + radius)];
  const stripRow = (y: number): number => 4 * (memory.strip + (y - from + radius) * rowLength);
  for (let y = from - radius; y < until + radius; y++) {
    const source = 4 * (before.origin + mirrored(y, height) * rowLength);
    loops.filter(source, stripRow(y), stripRow(y) + 4 * width, weights, lastWeight, 4);
  }
  const [to, last] = [from, until - 1].map((y) => 4 * (after.origin + y * rowLength));
  loops.filter(stripRow(from), to, last + 4 * width, weights, lastWeight, 4 * rowLength);
}

/** Fills the margins of rows with their own pixels, mirrored at the centre of the outermost one. */
function repeatColumns(values: Float32Array, { origin, width, rowLength }: Level, { from, until }: Rows): void {
  for (let row = origin + from * rowLength; row < origin + until * rowLength; row += rowLength) {
    for (let i = 1; i <= margin; i++) {
      values[row - i] = values[row + mirrored(-i, width)];
      values[row + width - 1 + i] = values[row + mirrored(width - 1 + i, width)];
    }
  }
}

function mirrored(i: number, size: number): number {
  while (i < 0 || i >= size) i = i < 0 ? -i : 2 * (size - 1) - i;
  return i;
}

/** Every second pixel of every second row. */
function halveRows(values: Float32Array, { origin, rowLength, ...size }: Level, rows: Rows, half: Float32Array): void {
  const width = size.width >> 1;
  const until = Math.min(rows.until, 2 * (size.height >> 1));
  for (let y = rows.from + (rows.from & 1); y < until; y += 2) {
    const [from, to] = [origin + y * rowLength, (y >> 1) * width];
    for (let x = 0; x < width; x++) half[to + x] = values[from + 2 * x];
  }
}

/** Rows of a picture as they are. */
function rowsOf(picture: Float32Array, width: number): Input['writeRow'] {
  return (y, values, to) => values.set(picture.subarray(y * width, (y + 1) * width), to);
}

/**
 * Rows of the picture at twice its size, bilinear. Pixel centres stay symmetric (doubled pixels 2i and 2i + 1 lie ¼ pixel before
 * and behind pixel i), because then both are blurred alike.
 */
function doubledRows({ width, height, data }: Image): Input['writeRow'] {
  const row = new Float32Array(width + 2);
  return (v, values, to) => {
    const near = width * (v >> 1);
    const far = width * Math.min(height - 1, Math.max(0, (v >> 1) + ((v & 1) === 0 ? -1 : 1)));
    for (let x = 0; x < width; x++) row[x + 1] = 0.75 * data[near + x] + 0.25 * data[far + x];
    row[0] = row[1];
    row[width + 1] = row[width];
    for (let x = 1; x <= width; x++, to += 2) {
      const centre = 0.75 * row[x];
      values[to] = 0.25 * row[x - 1] + centre;
      values[to + 1] = centre + 0.25 * row[x + 1];
    }
  };
}

/** Px on either side of a pixel that a Gaussian filter looks at: about 4σ, as OpenCV for floats. */
function reachOf(sigma: number): number {
  return Math.round(8 * sigma + 1) >> 1;
}

/** Half of a Gaussian kernel, its centre first: sum over both sides is 1. */
function gaussianKernel(sigma: number): Float64Array {
  const kernel = Float64Array.from({ length: reachOf(sigma) + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, weight) => total + 2 * weight, -1);
  return kernel.map((weight) => weight / sum);
}
