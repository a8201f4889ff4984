/** One axis of a chart. */
export interface ChartAxis {
  readonly label: string;
  readonly min: number;
  /** Above `min`; with a logarithmic scale both are above 0. */
  readonly max: number;
  readonly scale: 'linear' | 'log';
  /** `percent` writes 0.01 as 1 %. */
  readonly format: 'number' | 'percent';
}

export interface ChartTick {
  readonly value: number;
  /** Null: a line without a label. */
  readonly label: string | null;
}

/** Where a value lies between the ends of its axis, 0 … 1; beyond the ends at the ends. */
export function axisPlace({ min, max, scale }: ChartAxis, value: number): number {
  const place =
    scale === 'linear' ? (value - min) / (max - min) : Math.log(Math.max(value, 1e-300) / min) / Math.log(max / min);
  return Math.min(1, Math.max(0, place));
}

/** Round values from end to end; decades with unlabelled lines between them on a logarithmic scale. */
export function axisTicks(axis: ChartAxis): ChartTick[] {
  return axis.scale === 'linear' ? linearTicks(axis) : logTicks(axis);
}

function linearTicks({ min, max, format }: ChartAxis): ChartTick[] {
  const rough = (max - min) / 7;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10);
  const ticks: ChartTick[] = [];
  // Half a step's thousandth keeps rounding from losing the last tick.
  for (let i = Math.ceil(min / step - 1e-3); i * step <= max + 1e-3 * step; i++) {
    ticks.push({ value: i * step, label: tickLabel(i * step, step, format) });
  }
  return ticks;
}

function logTicks({ min, max, format }: ChartAxis): ChartTick[] {
  const ticks: ChartTick[] = [];
  const few = max / min < 50;
  for (let decade = Math.floor(Math.log10(min)); decade <= Math.ceil(Math.log10(max)); decade++) {
    for (let digit = 1; digit < 10; digit++) {
      const value = digit * 10 ** decade;
      if (value < min * 0.999 || value > max * 1.001) continue;
      const labelled = digit === 1 || (few && (digit === 2 || digit === 5));
      ticks.push({ value, label: labelled ? tickLabel(value, 10 ** decade, format) : null });
    }
  }
  return ticks;
}

/** As many decimals as the step between ticks needs. */
function tickLabel(value: number, step: number, format: ChartAxis['format']): string {
  const [shown, shownStep] = format === 'percent' ? [100 * value, 100 * step] : [value, step];
  const decimals = Math.max(0, -Math.floor(Math.log10(shownStep) + 1e-9));
  const text = Math.abs(shown) >= 1e6 ? shown.toExponential(0).replace('e+', 'e') : shown.toFixed(decimals);
  return format === 'percent' ? `${text} %` : text;
}
