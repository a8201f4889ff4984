/**
 * The order in which two photos are scored, selected, refined and estimated: by the hash of their content, so that a
 * caller who swaps the photos gets the same matches with swapped columns. Same content: as given.
 * @returns true where the second photo comes first
 */
export function isSwapped(contentHash1: string, contentHash2: string): boolean {
  return contentHash1 > contentHash2;
}

/** The two things of a pair in canonical order, or back in the caller's: the same swap does both. */
export function orderPair<T>(first: T, second: T, swapped: boolean): readonly [T, T] {
  return swapped ? [second, first] : [first, second];
}
