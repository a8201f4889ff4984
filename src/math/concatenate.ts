type Numbers = Float64Array | Float32Array | Uint32Array | Int16Array | Uint8Array;

/** All parts, one after the other, in a new array of the kind. */
export function concatenate<T extends Numbers>(Kind: new (length: number) => T, parts: readonly T[]): T {
  const all = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
