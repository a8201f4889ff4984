import { fileName, percentile } from '../evaluation/panorama-errors.ts';
import { imageTransfer } from '../evaluation/report-transfer.ts';
import { drawMatches, goodnessColour } from './match-drawing.ts';
import { escapeMarkup } from './markup.ts';
import type { ReportImage, ReportPair, ReportPanorama } from './panorama-report.ts';

/** Inliers of one photo pair, to be drawn. */
export interface PairInliers {
  /** Photo paths, as in the report. */
  readonly a: string;
  readonly b: string;
  /** xa, ya, xb, yb each; pixels at full resolution, centre of the top-left pixel (0, 0). */
  readonly points: Float64Array;
}

/** An error that is drawn red, in % of the longer side of photo b: seen as a break in the panorama. */
const worstPercent = 0.5;
const shownAtOnce = 12;

/** What tells a pair, whichever photo comes first. */
export function pairKey(a: string, b: string): string {
  return a < b ? `${a}\n${b}` : `${b}\n${a}`;
}

/**
 * The inliers of each pair between its two photos, coloured by how far the final cameras miss them; the worst pairs first.
 * @param pairId element id of pair k of the panorama
 */
export function pairsSection(
  panorama: ReportPanorama,
  drawings: readonly PairInliers[],
  pairId: (pair: number) => string,
  symbolOf: (path: string) => string | null,
): string {
  const images = new Map(panorama.images.map((image) => [image.path, image]));
  const inliers = new Map(drawings.map((drawing) => [pairKey(drawing.a, drawing.b), drawing]));
  const figures = panorama.pairs.flatMap((pair, k) => {
    const drawing = inliers.get(pairKey(pair.a, pair.b));
    const [a, b] = drawing === undefined ? [] : [images.get(drawing.a), images.get(drawing.b)];
    if (drawing === undefined || a === undefined || b === undefined) return [];
    return [pairFigure(pair, pairId(k), a, b, drawing.points, symbolOf)];
  });
  if (figures.length === 0) return '';
  figures.sort((p, q) => q.medianPercent - p.medianPercent);
  const grid = (shown: typeof figures): string => `<div class="pairs">${shown.map((f) => f.html).join('\n')}</div>`;
  const rest = figures.slice(shownAtOnce);
  return [
    '<h3>Inliers of each photo pair</h3>',
    legend(),
    grid(figures.slice(0, shownAtOnce)),
    rest.length === 0 ? '' : `<details><summary>${rest.length} more pairs</summary>${grid(rest)}</details>`,
  ].join('\n');
}

function pairFigure(
  pair: ReportPair,
  id: string,
  a: ReportImage,
  b: ReportImage,
  points: Float64Array,
  symbolOf: (path: string) => string | null,
): { html: string; medianPercent: number } {
  const errors = cameraErrors(a, b, points);
  const side = Math.max(b.width, b.height);
  const goodness = errors.map((e) => 1 - (100 * e) / side / worstPercent);
  const medianPx = percentile(errors.slice().sort(), 50);
  const medianPercent = (100 * medianPx) / side;
  const drawn = (image: ReportImage) => {
    const symbol = symbolOf(image.path);
    return { width: image.width, height: image.height, picture: symbol === null ? '#' : `#${symbol}` };
  };
  const svg = drawMatches({ photo1: drawn(a), photo2: drawn(b), points, goodness, width: 800, maxMatches: 150 });
  const left = Number.isFinite(medianPx) ? `${medianPx.toFixed(2)} px (${medianPercent.toFixed(3)} %)` : 'out of sight';
  const caption =
    `<b title="${escapeMarkup(a.path)}">${escapeMarkup(fileName(a.path))}</b> – ` +
    `<b title="${escapeMarkup(b.path)}">${escapeMarkup(fileName(b.path))}</b>: ${pair.inliers} inliers, ` +
    `median error ${pair.medianErrorPx.toFixed(2)} px of their own geometry, ${left} of the final cameras`;
  return { html: `<figure id="${id}">${svg}<figcaption>${caption}</figcaption></figure>`, medianPercent };
}

/** Distance in px of photo b between each inlier and where the final cameras put it; infinite where they do not see it. */
function cameraErrors(a: ReportImage, b: ReportImage, points: Float64Array): Float64Array {
  const transfer = imageTransfer(a, b);
  return Float64Array.from({ length: points.length / 4 }, (_, i) => {
    const [x, y] = transfer(points[4 * i], points[4 * i + 1]);
    const distance = Math.hypot(x - points[4 * i + 2], y - points[4 * i + 3]);
    return Number.isNaN(distance) ? Infinity : distance;
  });
}

function legend(): string {
  const ramp = [1, 0.75, 0.5, 0.25, 0].map(goodnessColour).join(', ');
  return (
    '<p class="dim">Each line is one match, coloured by how far the final cameras miss it: 0' +
    `<span class="ramp" style="background:linear-gradient(90deg, ${ramp})"></span>` +
    `${worstPercent} % of the longer side or more. Pairs with the largest error first; at most 150 matches a pair.</p>`
  );
}
