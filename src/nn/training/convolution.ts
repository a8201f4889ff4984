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
  const outHeight = Math.floor((height - size) / stride) + 1;
  const outWidth = Math.floor((width - size) / stride) + 1;
  const along = (input: Value, axis: number, out: number): Value =>
    b.concatenate(
      Array.from({ length: size }, (_, k) => b.slice(input, axis, k, k + (out - 1) * stride + 1, stride)),
      3,
    );
  const unfolded = along(along(padded, 2, outWidth), 1, outHeight);
  return b.reshape(unfolded, [count * outHeight * outWidth, size * size * channels]);
}

/** The transpose of `unfold`: adds each row of the matrix to the places it came from; gives [n, h, w, c] of `shape`. */
export function fold(
  b: GraphBuilder,
  rows: Value,
  shape: readonly number[],
  { size, stride, padding }: Geometry,
): Value {
  const [count, height, width, channels] = shape;
  const [fullHeight, fullWidth] = [height + 2 * padding, width + 2 * padding];
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
  const full = along(along(maps, 1, fullHeight), 2, fullWidth);
  return b.pad(full, [0, -padding, -padding, 0], [0, -padding, -padding, 0]);
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
