import type { ReliabilityBin } from '../evaluation/expected-calibration-error.ts';
import type { PrecisionRecallCurve, RocCurve } from '../evaluation/verification.ts';
import type { ChartAxis } from './chart-axis.ts';
import { chartSvg, type ChartSeries } from './chart-svg.ts';

/** A curve of one network, with the words for its line in the legend. */
export interface Named<T> {
  readonly name: string;
  readonly curve: T;
}

const share = (label: string, min = 0): ChartAxis => ({ label, min, max: 1, scale: 'linear', format: 'percent' });

/**
 * ROC curves. The false-positive rate is logarithmic from the smallest step the pairs allow: that is where networks
 * differ; what lies below is drawn at the edge.
 */
export function rocSvg(curves: readonly Named<RocCurve>[]): string {
  const smallest = Math.min(...curves.map(({ curve }) => curve.falsePositiveRate.find((rate) => rate > 0) ?? 1));
  const least = 10 ** Math.max(-5, Math.floor(Math.log10(Math.min(0.1, smallest)) + 1e-9));
  const atLeast = Math.min(...curves.map(({ curve }) => recallAt(curve, least)));
  const bottom = Math.min(0.9, Math.floor(10 * atLeast) / 10);
  const x: ChartAxis = { label: 'false-positive rate', min: least, max: 1, scale: 'log', format: 'percent' };
  const series = curves.map(({ name, curve }, i): ChartSeries => ({
    name,
    x: curve.falsePositiveRate,
    y: curve.truePositiveRate,
    mark: 'line',
    colour: i,
  }));
  return chartSvg([
    {
      title: 'Receiver operating characteristic',
      x,
      y: share('true-positive rate (recall)', bottom),
      series: [reference('95 % recall', [least, 1], [0.95, 0.95]), ...series],
      height: 420,
    },
  ]);
}

export function precisionRecallSvg(curves: readonly Named<PrecisionRecallCurve>[]): string {
  const lowest = Math.min(...curves.map(({ curve }) => curve.precision.reduce((low, p) => Math.min(low, p), 1)));
  const series = curves.map(({ name, curve }, i): ChartSeries => ({
    name,
    x: curve.recall,
    y: curve.precision,
    mark: 'line',
    colour: i,
  }));
  return chartSvg([
    {
      title: 'Precision and recall',
      x: share('recall'),
      y: share('precision', Math.min(0.9, Math.floor(10 * lowest) / 10)),
      series,
      height: 420,
    },
  ]);
}

/** How often predictions came true, and below it how they are spread over the pairs. */
export function reliabilitySvg(curves: readonly Named<readonly ReliabilityBin[]>[]): string {
  const diagram = curves.flatMap(({ name, curve }, i): ChartSeries[] => {
    const points = { x: curve.map((bin) => bin.predicted), y: curve.map((bin) => bin.observed), colour: i };
    return [
      { ...points, name, mark: 'line' },
      { ...points, name: null, mark: 'dots' },
    ];
  });
  // Bins hold equally many pairs: the share below a probability rises by the same at each.
  const spread = curves.map(({ curve }, i): ChartSeries => {
    const total = curve.reduce((sum, { weight }) => sum + weight, 0);
    let below = 0;
    const y = curve.map(({ weight }) => (below += weight) / total - weight / (2 * total));
    return { name: null, x: curve.map((bin) => bin.predicted), y, mark: 'line', colour: i };
  });
  return chartSvg([
    {
      title: 'Reliability of the pair probability',
      x: share('predicted probability'),
      y: share('share that is right'),
      series: [reference('perfect', [0, 1], [0, 1]), ...diagram],
      height: 420,
    },
    {
      title: 'Pairs predicted below',
      x: share('predicted probability'),
      y: share('share of pairs'),
      series: spread,
      height: 140,
    },
  ]);
}

function reference(name: string, x: readonly number[], y: readonly number[]): ChartSeries {
  return { name, x, y, mark: 'line', colour: null };
}

/** The true-positive rate where the false-positive rate reaches a value. */
function recallAt({ falsePositiveRate, truePositiveRate }: RocCurve, rate: number): number {
  let recall = 0;
  for (let i = 0; i < falsePositiveRate.length && falsePositiveRate[i] <= rate; i++) recall = truePositiveRate[i];
  return recall;
}
