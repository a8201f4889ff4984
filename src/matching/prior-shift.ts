/**
 * Moves probabilities to another prior: the log odds of all by the same amount, so that as many are expected to be right as geometry
 * confirmed (Saerens, Latinne & Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", 2002). Of two photos
 * from nearly one place most matches are right, of two from far apart few, whatever each match looks like by itself. Keeps the order.
 * @param probability in [0, 1]
 * @param expected how many are right, from 0 to their number
 */
export function shiftToExpected(probability: Float32Array, expected: number): Float32Array {
  const odds = Float64Array.from(probability, (p) => Math.log(clamp(p) / (1 - clamp(p))));
  const bounded = Math.min(Math.max(expected, 0), probability.length);
  let [low, high] = [-largestShift, largestShift];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    let sum = 0;
    for (const value of odds) sum += sigmoid(value + middle);
    if (sum < bounded) low = middle;
    else high = middle;
  }
  return Float32Array.from(odds, (value) => sigmoid(value + low));
}

/** Log odds: enough to carry the surest right match over to the surest wrong one. */
const largestShift = 30;

const clamp = (p: number): number => Math.min(1 - 1e-6, Math.max(1e-6, p));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
