/**
 * MAGSAC++ scoring (Barath, Noskova, Ivashechkin & Matas, "MAGSAC++, a fast, reliable and accurate robust estimator",
 * CVPR 2020): the noise level σ is not chosen but averaged over (0, σ_max]. Residuals follow a χ distribution with n = 4
 * degrees of freedom cut at its 99 % quantile k = 3.64, so that `maxError = k · σ_max` is the one bound to choose.
 *
 * With x = r²/(2 σ_max²) and x_k = k²/2 the weight of a residual is (eq. 6, up to a constant)
 * w(x) = Γ(3/2, x) − Γ(3/2, x_k) = ∫_x^{x_k} √t e^{−t} dt, and its loss is ρ(x) ∝ ∫_0^x w(t) dt.
 * Both are tabulated once over r²/maxError² and scaled: weight(0) = 1, gain = 1 − ρ/ρ(x_k) in [0, 1].
 */

const quantile = 3.64;
const bins = 2048;

interface MagsacTables {
  readonly gain: Float64Array;
  readonly weight: Float64Array;
}

const tables = tabulate();

function tabulate(): MagsacTables {
  const step = (quantile * quantile) / 2 / bins;
  const density = (i: number): number => Math.sqrt(i * step) * Math.exp(-i * step);
  const weight = new Float64Array(bins + 2);
  for (let i = bins - 1; i >= 0; i--) {
    // Simpson's rule; √t near 0 costs it accuracy only where the integrand vanishes.
    weight[i] = weight[i + 1] + (step / 6) * (density(i) + 4 * density(i + 0.5) + density(i + 1));
  }
  const gain = new Float64Array(bins + 2);
  for (let i = bins - 1; i >= 0; i--) gain[i] = gain[i + 1] + 0.5 * (weight[i] + weight[i + 1]);
  const [weight0, gain0] = [weight[0], gain[0]];
  return { weight: weight.map((w) => w / weight0), gain: gain.map((g) => g / gain0) };
}

/**
 * Sum of gains: how many data the model explains, each counted by how well (1 at residual 0, 0 from `maxError` on).
 * @param squaredResiduals not finite where the model cannot hold
 * @param maxError in the unit of the residuals
 */
export function magsacScore(squaredResiduals: Float64Array, maxError: number): number {
  const { gain } = tables;
  const bound = maxError * maxError;
  const scale = bins / bound;
  let sum = 0;
  for (let i = 0; i < squaredResiduals.length; i++) {
    const r2 = squaredResiduals[i];
    if (!(r2 < bound)) continue;
    const x = r2 * scale;
    const bin = Math.trunc(x);
    sum += gain[bin] + (x - bin) * (gain[bin + 1] - gain[bin]);
  }
  return sum;
}

/** Weights for iteratively re-weighted least squares; they minimise the loss behind {@link magsacScore}. */
export function magsacWeights(squaredResiduals: Float64Array, maxError: number, out: Float64Array): void {
  const { weight } = tables;
  const bound = maxError * maxError;
  const scale = bins / bound;
  for (let i = 0; i < squaredResiduals.length; i++) {
    const r2 = squaredResiduals[i];
    if (!(r2 < bound)) {
      out[i] = 0;
      continue;
    }
    const x = r2 * scale;
    const bin = Math.trunc(x);
    out[i] = weight[bin] + (x - bin) * (weight[bin + 1] - weight[bin]);
  }
}
