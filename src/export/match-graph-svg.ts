import { fileName } from '../evaluation/panorama-errors.ts';
import { coordinate, escapeMarkup } from './markup.ts';
import { graphWidth, layOutMatchGraph } from './match-graph-layout.ts';
import type { GraphLayout, GraphNode } from './match-graph-layout.ts';
import type { ReportPair, ReportPanorama } from './panorama-report.ts';

export interface MatchGraphOptions {
  /** Symbol id of the thumbnail of image i of the panorama; null: an empty frame. */
  readonly thumbnailId: (image: number) => string | null;
  /** Where a click on pair k leads; null: nowhere. */
  readonly pairLink: (pair: number) => string | null;
}

/** More counts than this would hide the photos. */
const mostCounts = 40;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line of the drawing: quadratic curves (two where it leaves the drawing on one side and comes back on the other). */
interface Edge {
  readonly pair: number;
  readonly curves: readonly { readonly from: Point; readonly control: Point; readonly to: Point }[];
  /** Where its count stands. */
  readonly middle: Point;
}

/**
 * The match graph of a panorama as SVG for a page: photos where they look in the panorama, a line for each verified pair,
 * the thicker the more inliers. Lines that run over the edge of a full circle come in again on the other side.
 */
export function matchGraphSvg(panorama: ReportPanorama, options: MatchGraphOptions): string {
  const layout = layOutMatchGraph(panorama);
  const index = new Map(panorama.images.map((image, i) => [image.path, i]));
  const edges = panorama.pairs.flatMap((pair, k) => {
    const [a, b] = [index.get(pair.a), index.get(pair.b)];
    return a === undefined || b === undefined ? [] : [routeEdge(k, layout.nodes[a], layout.nodes[b], layout)];
  });
  const most = Math.max(1, ...panorama.pairs.map((pair) => pair.inliers));
  const top = Math.min(0, ...edges.map((edge) => edge.middle.y - 30));
  const counts = edges.length > mostCounts ? [] : edges.map((edge) => drawCount(edge, panorama.pairs[edge.pair]));
  return [
    `<svg class="graph" viewBox="0 ${coordinate(top)} ${graphWidth} ${coordinate(layout.height - top)}" role="img" aria-label="match graph">`,
    ...edges.map((edge) => drawEdge(edge, panorama.pairs[edge.pair], most, options.pairLink(edge.pair))),
    ...panorama.images.map((image, i) => drawNode(layout.nodes[i], image.path, options.thumbnailId(i))),
    ...counts,
    '</svg>',
  ].join('\n');
}

function routeEdge(pair: number, a: GraphNode, b: GraphNode, { nodes, turn }: GraphLayout): Edge {
  const [left, right] = a.x <= b.x ? [a, b] : [b, a];
  if (turn !== null && right.x - left.x > turn / 2) {
    // The short way leads round the back: each photo is joined with the copy of the other beyond the drawing's edge.
    const leftEnd = { x: right.x - turn, y: right.y };
    const rightEnd = { x: left.x + turn, y: left.y };
    const curves = [
      { from: left, control: between(left, leftEnd), to: leftEnd },
      { from: right, control: between(right, rightEnd), to: rightEnd },
    ];
    return { pair, curves, middle: { x: Math.max(20, (left.x - left.width / 2) / 2), y: left.y } };
  }
  const rise = clearance(left, right, nodes);
  const straight = between(left, right);
  const curves = [{ from: left, control: { x: straight.x, y: straight.y - 2 * rise }, to: right }];
  return { pair, curves, middle: { x: straight.x, y: straight.y - rise } };
}

function between(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** How far the middle of a line bows upwards to pass above the photos that its straight course would cross. */
function clearance(left: GraphNode, right: GraphNode, nodes: readonly GraphNode[]): number {
  const [dx, dy] = [right.x - left.x, right.y - left.y];
  let rise = 0;
  let passed = 0;
  for (const node of nodes) {
    if (node === left || node === right) continue;
    const t = ((node.x - left.x) * dx + (node.y - left.y) * dy) / Math.max(1, dx * dx + dy * dy);
    const y = left.y + t * dy;
    const distance = Math.hypot(left.x + t * dx - node.x, y - node.y);
    if (t <= 0 || t >= 1 || distance > Math.min(node.width, node.height) / 2) continue;
    // At t the curve is 4 t (1 − t) of its rise above the straight line; close to the ends no rise would do.
    const needed = (y - (node.y - node.height / 2) + 12) / Math.max(0.5, 4 * t * (1 - t));
    rise = Math.max(rise, needed);
    passed++;
  }
  // Lines over more photos pass above those over fewer.
  return passed === 0 ? 0 : Math.min(220, Math.max(20, rise) + 10 * (passed - 1));
}

function drawEdge(edge: Edge, pair: ReportPair, most: number, link: string | null): string {
  const width = coordinate(1 + 7 * Math.sqrt(pair.inliers / most));
  const title = `${fileName(pair.a)} – ${fileName(pair.b)}: ${pair.inliers} inliers, median error ${pair.medianErrorPx.toFixed(2)} px`;
  const place = (p: Point): string => `${coordinate(p.x)} ${coordinate(p.y)}`;
  const paths = edge.curves
    .map(({ from, control, to }) => `M${place(from)}Q${place(control)} ${place(to)}`)
    .map((d) => `<path d="${d}" stroke-width="${width}"/>`);
  const group = `<g class="edge"><title>${escapeMarkup(title)}</title>${paths.join('')}</g>`;
  return link === null ? group : `<a href="${escapeMarkup(link)}">${group}</a>`;
}

function drawCount({ middle }: Edge, { inliers }: ReportPair): string {
  return `<text class="count" x="${coordinate(middle.x)}" y="${coordinate(middle.y + 4)}">${inliers}</text>`;
}

function drawNode(node: GraphNode, path: string, thumbnailId: string | null): string {
  const [x, y] = [coordinate(node.x - node.width / 2), coordinate(node.y - node.height / 2)];
  const box = `x="${x}" y="${y}" width="${coordinate(node.width)}" height="${coordinate(node.height)}"`;
  const picture = thumbnailId === null ? '' : `<use href="#${thumbnailId}" ${box}/>`;
  const label = shorten(fileName(path).replace(/\.[^.]+$/, ''), Math.max(8, Math.floor(node.width / 6)));
  const labelY = coordinate(node.y + node.height / 2 + 11);
  return (
    `<g class="node"><title>${escapeMarkup(path)}</title>${picture}<rect ${box}/>` +
    `<text x="${coordinate(node.x)}" y="${labelY}">${escapeMarkup(label)}</text></g>`
  );
}

/** Keeps the end of a name, where photos of one camera differ. */
function shorten(name: string, most: number): string {
  return name.length <= most ? name : `…${name.slice(1 - most)}`;
}
