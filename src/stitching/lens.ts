/*
 * Lens distortion of the cameras: a point at radius r (in focal lengths) from the principal point is shown at radius
 * r_d = r (1 + k1 r² + k2 r⁴). Some k1, k2 let r_d fold back: beyond that radius the model means nothing.
 */

/**
 * Radius before distortion of radius `rd` after it: solves r (1 + k1 r² + k2 r⁴) = rd by Newton's method.
 * NaN where the distortion is not monotone up to that radius, so that no radius belongs to `rd`.
 */
export function undistortRadius(rd: number, k1: number, k2: number): number {
  if (k1 === 0 && k2 === 0) return rd;
  let r = rd;
  for (let i = 0; i < 12; i++) {
    const r2 = r * r;
    const slope = 1 + r2 * (3 * k1 + 5 * k2 * r2);
    if (slope <= 0.02) return NaN;
    const step = (r * (1 + r2 * (k1 + k2 * r2)) - rd) / slope;
    r -= step;
    if (Math.abs(step) < 1e-12 * (1 + r)) break;
  }
  return r;
}

/**
 * As `undistortRadius`, by bisection: slower, but right to the very fold, and the fold's radius where `rd` is never reached.
 */
export function undistortRadiusOrFold(rd: number, k1: number, k2: number): number {
  if (k1 === 0 && k2 === 0) return rd;
  const value = (r: number): number => r * (1 + r * r * (k1 + k2 * r * r));
  let high = foldRadius(k1, k2);
  if (value(high) <= rd) return high;
  let low = 0;
  for (let i = 0; i < 60 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2;
    if (value(middle) < rd) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Smallest r > 0 with d r_d/dr = 1 + 3 k1 r² + 5 k2 r⁴ = 0; a large radius where there is none. */
export function foldRadius(k1: number, k2: number): number {
  const largest = 20;
  const roots: number[] = [];
  if (k2 === 0) {
    if (k1 < 0) roots.push(-1 / (3 * k1));
  } else {
    const discriminant = 9 * k1 * k1 - 20 * k2;
    if (discriminant >= 0) {
      const s = Math.sqrt(discriminant);
      roots.push((-3 * k1 + s) / (10 * k2), (-3 * k1 - s) / (10 * k2));
    }
  }
  const positive = roots.filter((r2) => r2 > 0);
  return positive.length === 0 ? largest : Math.min(largest, Math.sqrt(Math.min(...positive)));
}

/** Whether r (1 + k1 r² + k2 r⁴) keeps growing, by at least a tenth of r, for all radii up to `radius`. */
export function isMonotone(k1: number, k2: number, radius: number): boolean {
  for (let i = 1; i <= 8; i++) {
    const r2 = ((radius * i) / 8) ** 2;
    if (1 + r2 * (3 * k1 + 5 * k2 * r2) < 0.1) return false;
  }
  return true;
}
