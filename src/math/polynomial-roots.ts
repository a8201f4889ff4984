/**
 * The real roots of a polynomial, ascending; a root of even multiplicity counts where rounding lets it touch zero. Between two
 * neighbouring roots of its derivative a polynomial is monotone, so each such interval holds at most one root: found by Newton's
 * method, kept inside the interval by bisection. Nothing can fail to converge.
 * @param coefficients lowest power first; leading zeros are allowed
 * @returns none for a constant
 */
export function realRoots(coefficients: ArrayLike<number>): number[] {
  let degree = coefficients.length - 1;
  while (degree > 0 && coefficients[degree] === 0) degree--;
  if (degree <= 0) return [];
  // Of p⁽ᵈ⁻¹⁾ (linear) up to p itself, each from the roots of the one before.
  const derivatives: Float64Array[] = [Float64Array.from({ length: degree + 1 }, (_, i) => coefficients[i])];
  while (derivatives.at(-1)!.length > 2) derivatives.push(derivative(derivatives.at(-1)!));
  const bound = rootBound(derivatives[0]);
  if (!Number.isFinite(bound)) return [];
  const linear = derivatives.pop()!;
  let roots = [-linear[0] / linear[1]];
  while (derivatives.length > 0) roots = rootsBetween(derivatives.pop()!, roots, bound);
  return roots.filter((root) => Math.abs(root) <= bound);
}

function derivative(p: Float64Array): Float64Array {
  return Float64Array.from({ length: p.length - 1 }, (_, i) => (i + 1) * p[i + 1]);
}

/** Fujiwara's bound: no root, nor any of a derivative (Gauss–Lucas), has a larger absolute value. */
function rootBound(p: Float64Array): number {
  const degree = p.length - 1;
  let bound = 0;
  for (let i = 0; i < degree; i++) {
    const share = i === 0 ? 0.5 : 1;
    bound = Math.max(bound, Math.abs((share * p[i]) / p[degree]) ** (1 / (degree - i)));
  }
  return 2 * bound;
}

/** The roots of `p` given those of its derivative, ascending. */
function rootsBetween(p: Float64Array, turning: readonly number[], bound: number): number[] {
  const ends = [-bound, ...turning.filter((x) => Math.abs(x) < bound), bound];
  const roots: number[] = [];
  for (let i = 0; i + 1 < ends.length; i++) {
    const root = rootWithin(p, ends[i], ends[i + 1]);
    if (root !== null && root !== roots.at(-1)) roots.push(root);
  }
  return roots;
}

const maxSteps = 200;

/** The root of `p`, monotone from `low` to `high`; null where there is none. */
function rootWithin(p: Float64Array, low: number, high: number): number | null {
  const atLow = evaluate(p, low);
  const atHigh = evaluate(p, high);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  if (atLow > 0 === atHigh > 0) return null;
  const rising = atHigh > 0;
  let x = 0.5 * (low + high);
  for (let step = 0; step < maxSteps; step++) {
    const [value, slope] = evaluateBoth(p, x);
    if (value === 0) return x;
    if (value > 0 === rising) high = x;
    else low = x;
    const newton = x - value / slope;
    const next = newton > low && newton < high ? newton : 0.5 * (low + high);
    if (Math.abs(next - x) <= Number.EPSILON * Math.abs(next) || next === low || next === high) return next;
    x = next;
  }
  return x;
}

function evaluate(p: Float64Array, x: number): number {
  let value = 0;
  for (let i = p.length - 1; i >= 0; i--) value = value * x + p[i];
  return value;
}

function evaluateBoth(p: Float64Array, x: number): [value: number, slope: number] {
  let value = 0;
  let slope = 0;
  for (let i = p.length - 1; i >= 0; i--) {
    slope = slope * x + value;
    value = value * x + p[i];
  }
  return [value, slope];
}
