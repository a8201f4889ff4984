import { axisPlace, axisTicks, type ChartAxis } from './chart-axis.ts';
import { coordinate, escapeMarkup } from './markup.ts';

/** Values to draw. */
export interface ChartSeries {
  /** Its line in the legend; null: not listed. */
  readonly name: string | null;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** `steps`: a bar outline, y holding from each x to the next. */
  readonly mark: 'line' | 'dots' | 'steps';
  /** Which colour of the palette; series of one colour belong together. Null: grey and dashed, for reference. */
  readonly colour: number | null;
}

/** One panel: axes and what lies between them. */
export interface Chart {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
  /** Height of the panel between its axes, px. */
  readonly height: number;
}

/** Told apart by people with any colour vision (Okabe & Ito), darkest first. */
const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000', '#a08000'];
const dashes = ['', '7 4', '2 3'];

const plotWidth = 560;
const left = 78;
const right = 24;
const top = 46;
const bottom = 58;
const legendLine = 20;

/** Panels one below the other, with axes, ticks, grid and a legend at their right, as an SVG file on white. */
export function chartSvg(charts: readonly Chart[]): string {
  const legend = Math.max(0, ...charts.map(legendWidth));
  const width = left + plotWidth + right + legend;
  const panels: string[] = [];
  let y = 0;
  for (const chart of charts) {
    panels.push(`<g transform="translate(${left} ${y + top})">`, ...drawPanel(chart), '</g>');
    y += top + chart.height + bottom;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13" fill="#1c2330">`,
    `<rect width="${width}" height="${y}" fill="#fff"/>`,
    ...panels,
    '</svg>',
  ].join('\n');
}

function drawPanel(chart: Chart): string[] {
  const { title, x, y, series, height } = chart;
  const px = (value: number): number => axisPlace(x, value) * plotWidth;
  const py = (value: number): number => (1 - axisPlace(y, value)) * height;
  return [
    `<text x="0" y="-18" font-size="16" font-weight="bold">${escapeMarkup(title)}</text>`,
    ...axisTicks(x).flatMap(({ value, label }) => {
      const at = coordinate(px(value));
      return [
        `<path d="M${at} 0V${height}" stroke="${label === null ? '#f0f2f5' : '#dde2e9'}"/>`,
        label === null ? '' : `<text x="${at}" y="${height + 19}" text-anchor="middle">${label}</text>`,
      ];
    }),
    ...axisTicks(y).flatMap(({ value, label }) => {
      const at = py(value);
      return [
        `<path d="M0 ${coordinate(at)}H${plotWidth}" stroke="${label === null ? '#f0f2f5' : '#dde2e9'}"/>`,
        label === null ? '' : `<text x="-9" y="${coordinate(at + 4.5)}" text-anchor="end">${label}</text>`,
      ];
    }),
    `<text x="${plotWidth / 2}" y="${height + 43}" text-anchor="middle">${escapeMarkup(x.label)}</text>`,
    `<text transform="translate(-60 ${height / 2}) rotate(-90)" text-anchor="middle">${escapeMarkup(y.label)}</text>`,
    ...series.map((s) => drawSeries(s, px, py)),
    `<rect width="${plotWidth}" height="${height}" fill="none" stroke="#5d6878"/>`,
    ...drawLegend(series),
  ];
}

function drawSeries(series: ChartSeries, px: (x: number) => number, py: (y: number) => number): string {
  const points = Array.from({ length: series.x.length }, (_, i) => [px(series.x[i]), py(series.y[i])] as const);
  if (series.mark === 'dots') {
    const dots = points.map(([x, y]) => `<circle cx="${coordinate(x)}" cy="${coordinate(y)}" r="3.5"/>`);
    return `<g fill="${strokeOf(series.colour).colour}">${dots.join('')}</g>`;
  }
  const path = series.mark === 'steps' ? stepPath(points) : linePath(points);
  return `<path d="${path}" fill="none" ${strokeAttributes(series.colour)}/>`;
}

/** A line without the points nobody could see. */
function linePath(points: readonly (readonly [number, number])[]): string {
  let path = '';
  let [lastX, lastY] = [NaN, NaN];
  points.forEach(([x, y], i) => {
    if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.5 && i < points.length - 1) return;
    path += `${i === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`;
    [lastX, lastY] = [x, y];
  });
  return path;
}

function stepPath(points: readonly (readonly [number, number])[]): string {
  return points
    .map(([x, y], i) => (i === 0 ? `M${coordinate(x)} ${coordinate(y)}` : `H${coordinate(x)}V${coordinate(y)}`))
    .join('');
}

function strokeOf(colour: number | null): { colour: string; dash: string; width: number } {
  if (colour === null) return { colour: '#8a94a3', dash: '5 5', width: 1.3 };
  return {
    colour: palette[colour % palette.length],
    dash: dashes[Math.floor(colour / palette.length) % dashes.length],
    width: 2,
  };
}

function strokeAttributes(of: number | null): string {
  const { colour, dash, width } = strokeOf(of);
  return `stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"${dash && ` stroke-dasharray="${dash}"`}`;
}

function drawLegend(series: readonly ChartSeries[]): string[] {
  return listed(series).flatMap(({ name, colour }, i) => {
    const y = 10 + i * legendLine;
    return [
      `<path d="M${plotWidth + 16} ${y}h26" ${strokeAttributes(colour)}/>`,
      `<text x="${plotWidth + 50}" y="${y + 4.5}">${escapeMarkup(name)}</text>`,
    ];
  });
}

function legendWidth({ series }: Chart): number {
  const longest = Math.max(0, ...listed(series).map(({ name }) => name.length));
  return longest === 0 ? 0 : 36 + 8 * longest;
}

function listed(series: readonly ChartSeries[]): (ChartSeries & { name: string })[] {
  return series.filter((s): s is ChartSeries & { name: string } => s.name !== null);
}
