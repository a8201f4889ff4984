/** The middle value (mean of the two middle ones); NaN for none. Does not change its argument. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const m = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[m] : (sorted[m - 1] + sorted[m]) / 2;
}

/** Median of the finite values; Infinity where there is none. Does not change its argument. */
export function medianOfFinite(values: ArrayLike<number>): number {
  const finite = Array.from(values).filter(Number.isFinite);
  return finite.length === 0 ? Infinity : median(finite);
}
