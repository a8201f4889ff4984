import {
  assembleModule,
  block,
  type Code,
  constant,
  doWhile,
  f32x4,
  type FunctionCode,
  get,
  i32,
  leaveUnless,
  set,
} from './wasm-code.ts';

/**
 * The loops that visit every pixel, with SIMD, which neither JavaScript nor our build of OpenCV has. All addresses are in
 * bytes, in the memory the loops were made for; pixels are 32-bit floats.
 */
export interface Loops {
  /**
   * `to[i] = Σ_k weights[|k|] · from[i + k·step]`, |k| ≤ radius: a symmetric filter along a row (`step` is 4) or across
   * rows (`step` is the length of a row).
   * @param end writes in runs of 16 pixels until `to` reaches it, so up to 15 pixels further
   * @param weights address of weights[0]
   * @param lastWeight address of weights[radius]; radius ≥ 1
   */
  filter(from: number, to: number, end: number, weights: number, lastWeight: number, step: number): void;

  /**
   * Finds the extrema of one row of differences D_l = level[l + 1] − level[l] among their 26 neighbours in D_{l−1}, D_l
   * and D_{l+1}; ties count as extrema.
   * @param first address of the first pixel of the row in level[l − 1]
   * @param end searches in runs of 4 pixels until `first` reaches it, so up to 3 pixels further
   * @param row length of a row
   * @param level distance from one level to the next
   * @param threshold smallest |D_l|, exclusive
   * @param found receives pairs of i32: address in level[l − 1] of a run of 4 pixels, and which of them (bits 0 to 3)
   * @returns end of what was written to `found`
   */
  extrema(first: number, end: number, row: number, level: number, threshold: number, found: number): number;

  /**
   * Directions and weighted lengths of the gradients (central differences) in a window of pixels, row by row, each row in
   * runs of 4 pixels, so up to 3 pixels further.
   * @param first address of the window's first pixel
   * @param width length of a row of the window
   * @param end address behind the window's last row
   * @param row length of a row of the picture
   * @param columnWeights address of one weight a column
   * @param rowWeights address of one weight a row
   * @param directions receives the direction of each, 0 … `directionBins` for a full turn from +x towards +y
   * @param lengths receives the length of each times its two weights
   */
  gradients(
    first: number,
    width: number,
    end: number,
    row: number,
    columnWeights: number,
    rowWeights: number,
    directions: number,
    lengths: number,
  ): void;
}

/** Bins of a histogram of directions (Lowe 2004, section 5). */
export const directionBins = 36;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WebAssemblyApi {
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: unknown };
}

/** Node's global; its type comes only with the browser's. */
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

const pageBytes = 65536;

/** A fresh memory, zeroed, which goes with the garbage when nothing refers to it. */
export function createMemory(bytes: number): WasmMemory {
  const pages = Math.max(1, Math.ceil(bytes / pageBytes));
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

let compiled: object | undefined;

export function createLoops(memory: WasmMemory): Loops {
  compiled ??= new WebAssembly.Module(assembleModule([filterCode(), extremaCode(), gradientsCode()]));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Loops;
}

function filterCode(): FunctionCode {
  const [from, to, end, weights, lastWeight, step, weight, before, after, w, ...sums] = Array.from(
    { length: 14 },
    (_, i) => i,
  );
  const each = (code: (sum: number, offset: number) => Code): Code => sums.flatMap((sum, i) => code(sum, 16 * i));
  const taps = doWhile(
    [
      ...set(weight, i32.add(get(weight), constant(4))),
      ...set(before, i32.sub(get(before), get(step))),
      ...set(after, i32.add(get(after), get(step))),
      ...set(w, f32x4.loadSplat(get(weight))),
      ...each((sum, offset) => {
        const pair = f32x4.add(f32x4.load(get(before), offset), f32x4.load(get(after), offset));
        return set(sum, f32x4.add(get(sum), f32x4.mul(get(w), pair)));
      }),
    ],
    i32.lessThan(get(weight), get(lastWeight)),
  );
  const run = [
    ...set(w, f32x4.loadSplat(get(weights))),
    ...each((sum, offset) => set(sum, f32x4.mul(get(w), f32x4.load(get(from), offset)))),
    ...set(weight, get(weights)),
    ...set(before, get(from)),
    ...set(after, get(from)),
    ...taps,
    ...each((sum, offset) => f32x4.store(get(to), get(sum), offset)),
    ...set(from, i32.add(get(from), constant(64))),
    ...set(to, i32.add(get(to), constant(64))),
  ];
  return {
    name: 'filter',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'i32', 'v128', 'v128', 'v128', 'v128', 'v128'],
    returnsI32: false,
    body: doWhile(run, i32.lessThan(get(to), get(end))),
  };
}

function extremaCode(): FunctionCode {
  const [level0, end, row, level, threshold, found, level1, level2, level3, value, sign, candidates, limit] =
    Array.from({ length: 13 }, (_, i) => i);
  const levels = [level0, level1, level2, level3];
  const difference = (l: number, rowStep: -1 | 0 | 1, column: -1 | 0 | 1): Code => {
    const at = (local: number): Code => {
      const address = rowStep === 0 ? get(local) : (rowStep < 0 ? i32.sub : i32.add)(get(local), get(row));
      // Offsets cannot be negative, so the pointers stand one pixel to the left.
      return f32x4.load(address, 4 * (column + 1));
    };
    return f32x4.sub(at(levels[l + 1]), at(levels[l]));
  };
  /** Keeps the candidates whose value reaches all these differences; a minimum is a maximum with its sign turned. */
  const compare = (l: number, withCentre: boolean): Code => {
    const neighbours = ([-1, 0, 1] as const).flatMap((rowStep) =>
      ([-1, 0, 1] as const)
        .filter((column) => withCentre || rowStep !== 0 || column !== 0)
        .map((column) => f32x4.xor(difference(l, rowStep, column), get(sign))),
    );
    return [
      ...set(
        limit,
        neighbours.reduce((most, next) => f32x4.pseudoMax(most, next)),
      ),
      ...set(candidates, f32x4.and(get(candidates), f32x4.greaterOrEqual(get(value), get(limit)))),
      ...leaveUnless(f32x4.anyTrue(get(candidates))),
    ];
  };
  const run = block(
    set(value, difference(1, 0, 0)),
    set(candidates, f32x4.greater(f32x4.abs(get(value)), f32x4.splat(get(threshold)))),
    // Most pixels are below the threshold, and most others lose against their own row and its neighbours.
    leaveUnless(f32x4.anyTrue(get(candidates))),
    set(sign, f32x4.xor(get(value), f32x4.abs(get(value)))),
    set(value, f32x4.abs(get(value))),
    compare(1, false),
    compare(0, true),
    compare(2, true),
    i32.store(get(found), i32.add(get(level0), constant(4))),
    i32.store(get(found), f32x4.signBits(get(candidates)), 4),
    set(found, i32.add(get(found), constant(8))),
  );
  return {
    name: 'extrema',
    parameters: ['i32', 'i32', 'i32', 'i32', 'f32', 'i32'],
    locals: ['i32', 'i32', 'i32', 'v128', 'v128', 'v128', 'v128'],
    returnsI32: true,
    body: [
      ...set(level0, i32.sub(get(level0), constant(4))),
      ...set(end, i32.sub(get(end), constant(4))),
      ...[1, 2, 3].flatMap((l) => set(levels[l], i32.add(get(levels[l - 1]), get(level)))),
      ...doWhile(
        [...run, ...levels.flatMap((local) => set(local, i32.add(get(local), constant(16))))],
        i32.lessThan(get(level0), get(end)),
      ),
      ...get(found),
    ],
  };
}

function gradientsCode(): FunctionCode {
  const [
    first,
    width,
    end,
    row,
    columnWeights,
    rowWeights,
    directions,
    lengths,
    pixel,
    pixelEnd,
    columnWeight,
    ...vectors
  ] = Array.from({ length: 30 }, (_, i) => i);
  const [rowWeight, gx, gy, ax, ay, ratio, square, direction, ...constants] = vectors;
  // Arctangent from 0 to 1: Abramowitz & Stegun 4.4.49, error 10⁻⁵ rad; then in bins.
  const arctangent = [0.999866, -0.3302995, 0.180141, -0.085133, 0.0208351];
  const perRadian = directionBins / (2 * Math.PI);
  const values = [
    ...arctangent.map((factor) => factor * perRadian),
    directionBins / 4,
    directionBins / 2,
    directionBins,
    0,
    1e-30,
  ];
  const [a1, a3, a5, a7, a9, quarter, half, full, zero, tiny] = constants;
  const polynomial = [a7, a5, a3, a1].reduce<Code>(
    (sum, factor) => f32x4.add(get(factor), f32x4.mul(get(square), sum)),
    get(a9),
  );
  const mirrorIf = (condition: Code, from: number): Code =>
    set(direction, f32x4.select(f32x4.sub(get(from), get(direction)), get(direction), condition));
  const run = [
    ...set(gx, f32x4.sub(f32x4.load(get(pixel), 4), f32x4.load(i32.sub(get(pixel), constant(4))))),
    ...set(gy, f32x4.sub(f32x4.load(i32.add(get(pixel), get(row))), f32x4.load(i32.sub(get(pixel), get(row))))),
    ...set(ax, f32x4.abs(get(gx))),
    ...set(ay, f32x4.abs(get(gy))),
    ...set(
      ratio,
      f32x4.div(f32x4.pseudoMin(get(ax), get(ay)), f32x4.add(f32x4.pseudoMax(get(ax), get(ay)), get(tiny))),
    ),
    ...set(square, f32x4.mul(get(ratio), get(ratio))),
    ...set(direction, f32x4.mul(get(ratio), polynomial)),
    ...mirrorIf(f32x4.greater(get(ay), get(ax)), quarter),
    ...mirrorIf(f32x4.less(get(gx), get(zero)), half),
    ...mirrorIf(f32x4.less(get(gy), get(zero)), full),
    ...f32x4.store(get(directions), get(direction)),
    ...f32x4.store(
      get(lengths),
      f32x4.mul(
        f32x4.mul(get(rowWeight), f32x4.load(get(columnWeight))),
        f32x4.sqrt(f32x4.add(f32x4.mul(get(gx), get(gx)), f32x4.mul(get(gy), get(gy)))),
      ),
    ),
    ...[pixel, columnWeight, directions, lengths].flatMap((local) => set(local, i32.add(get(local), constant(16)))),
  ];
  const windowRow = [
    ...set(rowWeight, f32x4.loadSplat(get(rowWeights))),
    ...set(pixel, get(first)),
    ...set(pixelEnd, i32.add(get(first), get(width))),
    ...set(columnWeight, get(columnWeights)),
    ...doWhile(run, i32.lessThan(get(pixel), get(pixelEnd))),
    ...set(rowWeights, i32.add(get(rowWeights), constant(4))),
    ...set(first, i32.add(get(first), get(row))),
  ];
  return {
    name: 'gradients',
    parameters: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    locals: ['i32', 'i32', 'i32', ...vectors.map(() => 'v128' as const)],
    returnsI32: false,
    body: [
      ...values.flatMap((value, i) => set(constants[i], f32x4.constant(value))),
      ...doWhile(windowRow, i32.lessThan(get(first), get(end))),
    ],
  };
}
