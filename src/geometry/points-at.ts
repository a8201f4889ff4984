/** The matches at some indices, in their order: x1, y1, x2, y2 each. */
export function pointsAt(points: Float64Array, indices: ArrayLike<number>): Float64Array {
  const taken = new Float64Array(4 * indices.length);
  for (let to = 0; to < indices.length; to++) {
    const from = 4 * indices[to];
    taken.set(points.subarray(from, from + 4), 4 * to);
  }
  return taken;
}
