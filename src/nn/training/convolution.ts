import type { OperationOf } from '../network/program.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';

type Geometry = Pick<OperationOf<'convolution'>, 'size' | 'stride' | 'padding'>;

/**
 * The patches under a kernel as rows of a matrix, so that a convolution is one matrix product: maps [n, h, w, c] give
 * [n·oh·ow, size·size·c], ordered by row of the kernel, then column, then channel. First along x, then along y: 2·size
 * slices instead of size².
 */
export function unfold(b: GraphBuilder, maps: Value, { size, stride, padding }: Geometry): Value {
  const padded = b.pad(maps, [0, padding, padding, 0], [0, padding, padding, 0]);
  const [count, height, width, channels] = padded.shape;
  if (height === size && width === size) return b.reshape(padded, [count, size * size * channels]);
  const outHeight = Math.floor((height - size) / stride) + 1;
  const outWidth = Math.floor((width - size) / stride) + 1;
  const rows = b.gather(
    b.reshape(padded, [count, height * width, channels]),
    1,
    Array.from({ length: height * outWidth * size }, (_, i) => {
      const [row, column, k] = [Math.floor(i / (outWidth * size)), Math.floor(i / size) % outWidth, i % size];
      return row * width + column * stride + k;
    }),
  );
  const unfolded = b.gather(
    b.reshape(rows, [count, height * outWidth, size * channels]),
    1,
    Array.from({ length: outHeight * outWidth * size }, (_, i) => {
      const [row, column, k] = [Math.floor(i / (outWidth * size)), Math.floor(i / size) % outWidth, i % size];
      return (row * stride + k) * outWidth + column;
    }),
  );
  return b.reshape(unfolded, [count * outHeight * outWidth, size * size * channels]);
}

/**
 * The gradient of a convolution by its input, [n, h, w, c] of `shape`. Where the output is as large as the input, it is a
 * convolution of the output's gradient with the kernel turned by 180°, which takes less memory traffic than adding up
 * what each place of the output gives back.
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
  const filters = weight.shape[1];
  if (stride === 1 && 2 * padding === size - 1) {
    const taps = size * size;
    const turned = b.gather(
      b.reshape(weight, [taps, shape[3], filters]),
      0,
      Array.from({ length: taps }, (_, i) => taps - 1 - i),
    );
    const kernel = b.reshape(b.transpose(turned, [0, 2, 1]), [taps * filters, shape[3]]);
    return b.reshape(b.matmul(unfold(b, outputGradient, geometry), kernel), shape);
  }
  const rows = b.reshape(outputGradient, [outputGradient.shape.slice(0, 3).reduce((a, n) => a * n, 1), filters]);
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
