import type { OperationOf } from '../network/program.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

type Geometry = Pick<OperationOf<'convolution'>, 'size' | 'stride' | 'padding'>;

/**
 * The patches under a kernel as rows of a matrix, so that a convolution is one matrix product: maps [n, h, w, c] give
 * [n·oh·ow, size·size·c], ordered by row of the kernel, then column, then channel. First along x, then along y, so that the
 * second step copies long runs.
 */
export function unfold(b: GraphBuilder, maps: Value, { size, stride, padding }: Geometry): Value {
  const padded = b.pad(maps, [0, padding, padding, 0], [0, padding, padding, 0]);
  const [count, height, width, channels] = padded.shape;
  if (height === size && width === size) return b.reshape(padded, [count, size * size * channels]);
  const outHeight = Math.floor((height - size) / stride) + 1;
  const outWidth = Math.floor((width - size) / stride) + 1;
  const alongX = b.gather(
    b.reshape(padded, [count, height * width, channels]),
    1,
    placesUnder(height, outWidth, size, (row, column, tap) => row * width + column * stride + tap),
  );
  const alongBoth = b.gather(
    b.reshape(alongX, [count, height * outWidth, size * channels]),
    1,
    placesUnder(outHeight, outWidth, size, (row, column, tap) => (row * stride + tap) * outWidth + column),
  );
  return b.reshape(alongBoth, [count * outHeight * outWidth, size * size * channels]);
}

/** What `place` says of each row, column and tap of a kernel, taps fastest. */
function placesUnder(
  rows: number,
  columns: number,
  taps: number,
  place: (row: number, column: number, tap: number) => number,
): number[] {
  return Array.from({ length: rows * columns * taps }, (_, i) =>
    place(Math.floor(i / (columns * taps)), Math.floor(i / taps) % columns, i % taps),
  );
}

/** Up to so many places of the input for one of the output, turning the kernel pays in `inputGradient`. */
const mostGrowth = 1.5;

/**
 * The gradient of a convolution by its input, [n, h, w, c] of `shape`. Without stride, and where the output is about as
 * large as the input, it is a convolution of the output's gradient with the kernel turned by 180°: more products, but less
 * memory traffic than adding up what each place of the output gives back.
 * @param outputGradient [n, oh, ow, f]
 * @param weight [size·size·c, f]
 */
export function inputGradient(
  b: GraphBuilder,
  outputGradient: Value,
  weight: Value,
  shape: readonly number[],
  geometry: Geometry,
): Value {
  const { size, stride, padding } = geometry;
  const [count, outHeight, outWidth, filters] = outputGradient.shape;
  const [, height, width, channels] = shape;
  if (stride === 1 && padding < size && height * width <= mostGrowth * outHeight * outWidth) {
    const taps = size * size;
    const turned = b.gather(
      b.reshape(weight, [taps, channels, filters]),
      0,
      Array.from({ length: taps }, (_, i) => taps - 1 - i),
    );
    const kernel = b.reshape(b.transpose(turned, [0, 2, 1]), [taps * filters, channels]);
    const columns = unfold(b, outputGradient, { size, stride, padding: size - 1 - padding });
    return b.reshape(b.matmul(columns, kernel), shape);
  }
  const rows = b.reshape(outputGradient, [count * outHeight * outWidth, filters]);
  return fold(b, b.matmul(rows, weight, { b: true }), shape, geometry);
}

/** The transpose of `unfold`: adds each row of the matrix to the places it came from; gives [n, h, w, c] of `shape`. */
function fold(b: GraphBuilder, rows: Value, shape: readonly number[], { size, stride, padding }: Geometry): Value {
  const [count, height, width, channels] = shape;
  const [fullHeight, fullWidth] = [height + 2 * padding, width + 2 * padding];
  const isWhole = fullHeight === size && fullWidth === size;
  const full = isWhole
    ? b.reshape(rows, [count, size, size, channels])
    : spreadOut(b, rows, [count, fullHeight, fullWidth, channels], { size, stride });
  return b.pad(full, [0, -padding, -padding, 0], [0, -padding, -padding, 0]);
}

/** Adds the rows to the places under their kernels; gives maps of the padded size. */
function spreadOut(
  b: GraphBuilder,
  rows: Value,
  [count, fullHeight, fullWidth, channels]: readonly number[],
  { size, stride }: Pick<Geometry, 'size' | 'stride'>,
): Value {
  const outHeight = Math.floor((fullHeight - size) / stride) + 1;
  const outWidth = Math.floor((fullWidth - size) / stride) + 1;
  /** Puts `out` rows (axis 1) or columns (axis 2) back at k, k + stride … of `full` ones, for each k of the kernel. */
  const along = (input: Value, axis: 1 | 2, full: number): Value => {
    const depth = input.shape[3] / size;
    return b.sum(
      Array.from({ length: size }, (_, k) => {
        const part = spread(b, b.slice(input, 3, k * depth, (k + 1) * depth), axis, stride);
        const before = [0, 0, 0, 0];
        const after = [0, 0, 0, 0];
        before[axis] = k;
        after[axis] = full - k - part.shape[axis];
        return b.pad(part, before, after);
      }),
    );
  };
  const maps = b.reshape(rows, [count, outHeight, outWidth, size * size * channels]);
  return along(along(maps, 1, fullHeight), 2, fullWidth);
}

/** Puts stride − 1 zeros after each element of an axis. */
function spread(b: GraphBuilder, maps: Value, axis: 1 | 2, stride: number): Value {
  if (stride === 1) return maps;
  const [count, height, width, channels] = maps.shape;
  const apart = axis === 1 ? [count, height, 1, width * channels] : [count * height, width, 1, channels];
  const padded = b.pad(b.reshape(maps, apart), [0, 0, 0, 0], [0, 0, stride - 1, 0]);
  return b.reshape(
    padded,
    axis === 1 ? [count, height * stride, width, channels] : [count, height, width * stride, channels],
  );
}
