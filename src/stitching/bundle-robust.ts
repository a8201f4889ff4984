/**
 * Robust losses of the squared error s (px²) at scale σ: ρ(s) ≈ s for s ≪ σ². `weight` is ρ′(s), the weight of the point in
 * iteratively re-weighted least squares.
 * - huber: quadratic, then linear: convex, keeps the pull of far points; its optimum tends to the geometric median.
 * - cauchy: σ² ln(1 + s/σ²).
 * - geman-mcclure: σ² s / (σ² + s): bounded, far points die; its optimum tends to the mode of the errors.
 */
export type RobustLoss = 'huber' | 'cauchy' | 'geman-mcclure';

export function robustCost(loss: RobustLoss, s: number, sigma2: number): number {
  if (loss === 'geman-mcclure') return (sigma2 * s) / (sigma2 + s);
  if (loss === 'cauchy') return sigma2 * Math.log1p(s / sigma2);
  return s <= sigma2 ? s : 2 * Math.sqrt(s * sigma2) - sigma2;
}

export function robustWeight(loss: RobustLoss, s: number, sigma2: number): number {
  if (loss === 'geman-mcclure') {
    const w = sigma2 / (sigma2 + s);
    return w * w;
  }
  if (loss === 'cauchy') return sigma2 / (sigma2 + s);
  return s <= sigma2 ? 1 : Math.sqrt(sigma2 / s);
}
