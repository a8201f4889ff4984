/** COLMAP's `kMaxNumImages`. */
const base = 2147483647n;

/** The number of two images in COLMAP's tables of pairs, whichever comes first: beyond 2⁵³ for large ids. */
export function pairIdOf(imageId1: number, imageId2: number): bigint {
  return base * BigInt(Math.min(imageId1, imageId2)) + BigInt(Math.max(imageId1, imageId2));
}

/** The two images of a pair, the smaller id first. */
export function imageIdsOf(pairId: bigint): [number, number] {
  return [Number(pairId / base), Number(pairId % base)];
}
