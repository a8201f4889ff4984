/** Predictions of about one probability, and how often they came true. */
export interface ReliabilityBin {
  /** Sum of the predictions' weights. */
  readonly weight: number;
  /** Mean predicted probability. */
  readonly predicted: number;
  /** Share that was right. */
  readonly observed: number;
}

/** What was predicted, whether it was right (1) or wrong (0), and how much it counts. */
export interface Predictions {
  readonly probability: Float64Array;
  readonly right: Uint8Array;
  readonly weight: Float64Array;
}

/** Bins of the expected calibration error. */
export const reliabilityBins = 15;

/**
 * Sorts predictions into bins of equal weight by their probability. Equal predictions that a border of bins divides go to
 * both sides in proportion, so nothing depends on their order.
 */
export function reliability({ probability, right, weight }: Predictions, bins = reliabilityBins): ReliabilityBin[] {
  const order = Array.from(probability.keys()).sort((a, b) => probability[a] - probability[b]);
  const capacity = weight.reduce((sum, w) => sum + w, 0) / bins;
  const result: ReliabilityBin[] = [];
  let [filled, predicted, observed] = [0, 0, 0];
  const close = (): void => {
    result.push({ weight: filled, predicted: predicted / filled, observed: observed / filled });
    [filled, predicted, observed] = [0, 0, 0];
  };
  for (let i = 0; i < order.length;) {
    const p = probability[order[i]];
    let [tied, tiedRight] = [0, 0];
    for (; i < order.length && probability[order[i]] === p; i++) {
      tied += weight[order[i]];
      tiedRight += weight[order[i]] * right[order[i]];
    }
    const share = tied > 0 ? tiedRight / tied : 0;
    while (tied > 0) {
      // The last bin takes what rounding left.
      const part = result.length === bins - 1 ? tied : Math.min(tied, capacity - filled);
      filled += part;
      predicted += part * p;
      observed += part * share;
      tied -= part;
      if (filled >= capacity * (1 - 1e-9) && result.length < bins - 1) close();
    }
  }
  if (filled > 0) close();
  return result;
}

/** Mean distance of predicted from observed over the bins, by weight (Naeini et al., AAAI 2015, with bins of equal counts); 0 … 1. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { weight }) => sum + weight, 0);
  return bins.reduce(
    (sum, { weight, predicted, observed }) => sum + (weight / total) * Math.abs(predicted - observed),
    0,
  );
}
