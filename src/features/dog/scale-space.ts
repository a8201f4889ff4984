import type { Image } from '../../image/image.ts';
import { createLoops, createMemory, type Loops } from './loops.ts';

/** Lowe 2004, section 3.2: three scales an octave are found best, and σ = 1.6 is smooth enough for each. */
export const scalesPerOctave = 3;
export const baseSigma = 1.6;

/** Extrema over scale need a difference on both sides, and a difference two levels. */
const levelCount = scalesPerOctave + 3;

/** Lowe 2004, section 3.3: a camera's picture is taken to have this blur already, px. */
const assumedSigma = 0.5;

/** Rows of filtered values that are kept at a time: with the filter's reach about what a core's second cache holds. */
const stripRows = 32;

/** Columns repeated to the left and right of each row, more than the reach of any filter here (13). */
const margin = 16;

/**
 * One octave of a Gaussian scale space: levels of equal size, level l with blur σ = baseSigma · 2^(l / scalesPerOctave) in
 * pixels of the octave. Grey values are floats in 0 … 255.
 */
export interface Octave {
  readonly width: number;
  readonly height: number;
  /** Pixels of the doubled picture a pixel of this octave: pixel (x, y) shows its pixel (spacing · x, spacing · y). */
  readonly spacing: number;
  /** The pixel at (x, y) of level l is `values[origin + l · levelLength + y · rowLength + x]`. */
  readonly values: Float32Array;
  readonly origin: number;
  readonly rowLength: number;
  readonly levelLength: number;
  /** Work in the memory of `values`. */
  readonly loops: Loops;
  /** Memory that is free while nothing is filtered, byte addresses: for the pixels found in a row, for a window around one. */
  readonly scratch: { readonly found: number; readonly window: number };
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
 * their shorter side is longer than `minSide`. Each octave is overwritten by the next.
 */
export function* octavesOf(grey: Image, minSide: number): Generator<Octave> {
  let width = 2 * grey.width;
  let height = 2 * grey.height;
  if (Math.min(width, height) <= minSide) return;
  const memory = allocate(width, height);
  const { values } = memory;
  let octave = octaveIn(memory, width, height, 1);
  writeDoubled(grey, octave, 1);
  // Doubling doubles the blur as well.
  blur(memory, octave, 1, 0, Math.sqrt(baseSigma ** 2 - (2 * assumedSigma) ** 2));
  for (;;) {
    for (let level = 1; level < levelCount; level++) {
      const before = baseSigma * 2 ** ((level - 1) / scalesPerOctave);
      const after = baseSigma * 2 ** (level / scalesPerOctave);
      blur(memory, octave, level - 1, level, Math.sqrt(after ** 2 - before ** 2));
    }
    yield octave;
    width >>= 1;
    height >>= 1;
    if (Math.min(width, height) <= minSide) return;
    const next = octaveIn(memory, width, height, 2 * octave.spacing);
    // Level 3 has twice the blur of level 0: every second pixel of it is level 0 of the next octave.
    for (let y = 0; y < height; y++) {
      let from = octave.origin + scalesPerOctave * octave.levelLength + 2 * y * octave.rowLength;
      const to = next.origin + y * next.rowLength;
      for (let x = 0; x < width; x++, from += 2) values[to + x] = values[from];
    }
    repeatColumns(next, 0);
    octave = next;
  }
}

interface Memory {
  readonly loops: Loops;
  readonly values: Float32Array;
  /** Floats from the start of `values`: filter weights, a strip of rows, the levels. */
  readonly weights: number;
  readonly strip: number;
  readonly levels: number;
}

function allocate(width: number, height: number): Memory {
  const rowLength = rowLengthOf(width);
  const weights = 0;
  const strip = weights + 2 * margin;
  const levels = strip + (stripRows + 2 * margin) * rowLength;
  // Filters write, and searches read, in whole runs.
  const end = levels + levelCount * height * rowLength + margin;
  const memory = createMemory(4 * end);
  return { loops: createLoops(memory), values: new Float32Array(memory.buffer), weights, strip, levels };
}

/** An odd number of cache lines, so that the rows above each other do not compete for the same places of the cache. */
function rowLengthOf(width: number): number {
  const lines = Math.ceil((margin + width + margin) / 16);
  return 16 * (lines | 1);
}

function octaveIn({ loops, values, strip, levels }: Memory, width: number, height: number, spacing: number): Octave {
  const rowLength = rowLengthOf(width);
  const levelLength = height * rowLength;
  const origin = levels + margin;
  // The strip of rows is far larger than what was found in a row, 2 numbers a run of 4 pixels.
  const scratch = { found: 4 * strip, window: 4 * (strip + rowLength) };
  return { width, height, spacing, values, origin, rowLength, levelLength, loops, scratch };
}

/**
 * The picture at twice its size, bilinear. Pixel centres stay symmetric (doubled pixels 2i and 2i + 1 lie ¼ pixel before
 * and behind pixel i), because then both are blurred alike.
 */
function writeDoubled(grey: Image, octave: Octave, level: number): void {
  const { width, height, data } = grey;
  const { values, rowLength } = octave;
  const first = octave.origin + level * octave.levelLength;
  const row = new Float32Array(width + 2);
  for (let v = 0; v < 2 * height; v++) {
    const near = width * (v >> 1);
    const far = width * Math.min(height - 1, Math.max(0, (v >> 1) + ((v & 1) === 0 ? -1 : 1)));
    for (let x = 0; x < width; x++) row[x + 1] = 0.75 * data[near + x] + 0.25 * data[far + x];
    row[0] = row[1];
    row[width + 1] = row[width];
    let to = first + v * rowLength;
    for (let x = 1; x <= width; x++, to += 2) {
      const centre = 0.75 * row[x];
      values[to] = 0.25 * row[x - 1] + centre;
      values[to + 1] = centre + 0.25 * row[x + 1];
    }
  }
  repeatColumns(octave, level);
}

/** Fills the margins of each row with its own pixels, mirrored at the centre of the outermost one. */
function repeatColumns(octave: Octave, level: number): void {
  for (let y = 0; y < octave.height; y++) repeatColumnsOfRow(octave, level, y);
}

function repeatColumnsOfRow({ values, width, ...octave }: Octave, level: number, y: number): void {
  const row = octave.origin + level * octave.levelLength + y * octave.rowLength;
  for (let i = 1; i <= margin; i++) {
    values[row - i] = values[row + mirrored(-i, width)];
    values[row + width - 1 + i] = values[row + mirrored(width - 1 + i, width)];
  }
}

function mirrored(i: number, size: number): number {
  while (i < 0 || i >= size) i = i < 0 ? -i : 2 * (size - 1) - i;
  return i;
}

/** Blurs a level into another one, along rows and then across them, with pictures mirrored at their borders. */
function blur(memory: Memory, octave: Octave, fromLevel: number, toLevel: number, sigma: number): void {
  const { loops, values } = memory;
  const { height, rowLength, levelLength } = octave;
  const kernel = gaussianKernel(sigma);
  const radius = kernel.length - 1;
  values.set(kernel, memory.weights);
  const weights = 4 * memory.weights;
  const lastWeight = weights + 4 * radius;
  const rowBytes = 4 * rowLength;
  const rowOf = (level: number, y: number): number => 4 * (octave.origin + level * levelLength + y * rowLength);
  const stripRow = (row: number): number => 4 * (memory.strip + margin + row * rowLength);

  let filtered = -radius;
  for (let first = 0; first < height; first += stripRows) {
    const end = Math.min(height, first + stripRows);
    if (first > 0) {
      const kept = memory.strip + stripRows * rowLength;
      values.copyWithin(memory.strip, kept, kept + 2 * radius * rowLength);
    }
    for (; filtered < end + radius; filtered++) {
      const to = stripRow(filtered - first + radius);
      loops.filter(rowOf(fromLevel, mirrored(filtered, height)), to, to + 4 * octave.width, weights, lastWeight, 4);
    }
    const to = rowOf(toLevel, first);
    const bytes = (end - first - 1) * rowBytes + 4 * octave.width;
    loops.filter(stripRow(radius), to, to + bytes, weights, lastWeight, rowBytes);
    for (let y = first; y < end; y++) repeatColumnsOfRow(octave, toLevel, y);
  }
}

/** Half of a Gaussian kernel, its centre first: sum over both sides is 1. Reach about 4σ, as OpenCV for floats. */
function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.round(8 * sigma + 1) >> 1;
  const kernel = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, weight) => total + 2 * weight, -1);
  return kernel.map((weight) => weight / sum);
}
