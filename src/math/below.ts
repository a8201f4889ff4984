/** Indices of the values below a bound, ascending; NaN is not. */
export function below(values: Float64Array, bound: number): number[] {
  const found: number[] = [];
  for (let k = 0; k < values.length; k++) if (values[k] < bound) found.push(k);
  return found;
}
