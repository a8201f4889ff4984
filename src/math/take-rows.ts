/**
 * Chosen rows of a row-major array, one after the other: a copy.
 * @param width values a row
 */
export function takeRows<T extends Float32Array | Uint8Array>(values: T, width: number, rows: ArrayLike<number>): T {
  const Kind = values.constructor as new (length: number) => T;
  const taken = new Kind(width * rows.length);
  for (let to = 0; to < rows.length; to++) {
    taken.set(values.subarray(width * rows[to], width * (rows[to] + 1)), width * to);
  }
  return taken;
}
