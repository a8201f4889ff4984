import { fileName } from '../evaluation/panorama-errors.ts';
import { coordinate, escapeMarkup } from './markup.ts';
import { graphWidth, layOutMatchGraph } from './match-graph-layout.ts';
import type { GraphNode } from './match-graph-layout.ts';
import type { ReportPanorama } from './panorama-report.ts';

export interface MatchGraphOptions {
  /** Symbol id of the thumbnail of image i of the panorama; null: an empty frame. */
  readonly thumbnailId: (image: number) => string | null;
  /** Where a click on pair k leads; null: nowhere. */
  readonly pairLink: (pair: number) => string | null;
}

/**
 * The match graph of a panorama as SVG for a page: photos where they look in the panorama, a line for each verified pair,
 * the thicker the more inliers. Lines that run over the edge of a full circle come in again on the other side.
 */
export function matchGraphSvg(panorama: ReportPanorama, options: MatchGraphOptions): string {
  const { nodes, height, turn } = layOutMatchGraph(panorama);
  const index = new Map(panorama.images.map((image, i) => [image.path, i]));
  const most = Math.max(1, ...panorama.pairs.map((pair) => pair.inliers));
  const edges = panorama.pairs.map((pair, k) => {
    const [a, b] = [index.get(pair.a), index.get(pair.b)];
    if (a === undefined || b === undefined) return '';
    const thickness = 1 + 7 * Math.sqrt(pair.inliers / most);
    const title = `${fileName(pair.a)} – ${fileName(pair.b)}: ${pair.inliers} inliers, median error ${pair.medianErrorPx.toFixed(2)} px`;
    const path = edgePaths(nodes[a], nodes[b], turn)
      .map((d) => `<path d="${d}" stroke-width="${coordinate(thickness)}"/>`)
      .join('');
    return link(options.pairLink(k), `<g class="edge"><title>${escapeMarkup(title)}</title>${path}</g>`);
  });
  const counts = panorama.pairs.map((pair) => {
    const [a, b] = [index.get(pair.a), index.get(pair.b)];
    return a === undefined || b === undefined ? '' : edgeLabel(nodes[a], nodes[b], turn, String(pair.inliers));
  });
  const photos = panorama.images.map((image, i) => drawNode(nodes[i], image.path, options.thumbnailId(i)));
  return [
    `<svg class="graph" viewBox="0 0 ${graphWidth} ${coordinate(height)}" role="img" aria-label="match graph">`,
    ...edges,
    ...photos,
    // More counts than this would hide the photos.
    ...(counts.length <= 40 ? counts : []),
    '</svg>',
  ].join('\n');
}

/** One curve, or two ends of it where the short way leads round the back. */
function edgePaths(a: GraphNode, b: GraphNode, turn: number | null): string[] {
  const wrapped = wrappedCopies(a, b, turn);
  return wrapped === null
    ? [curve(a, b)]
    : [curve(wrapped.left, wrapped.leftEnd), curve(wrapped.right, wrapped.rightEnd)];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where both photos lie more than half a turn apart: each with the copy of the other beyond the edge of the drawing. */
function wrappedCopies(
  a: GraphNode,
  b: GraphNode,
  turn: number | null,
): Record<'left' | 'leftEnd' | 'right' | 'rightEnd', Point> | null {
  if (turn === null || Math.abs(a.x - b.x) <= turn / 2) return null;
  const [left, right] = a.x < b.x ? [a, b] : [b, a];
  return {
    left,
    leftEnd: { x: right.x - turn, y: right.y },
    right,
    rightEnd: { x: left.x + turn, y: left.y },
  };
}

/** Long edges bow, so that they can be told from the photos between. */
function curve(a: Point, b: Point): string {
  const m = bowPoint(a, b, 0.3);
  return `M${coordinate(a.x)} ${coordinate(a.y)}Q${coordinate(m.x)} ${coordinate(m.y)} ${coordinate(b.x)} ${coordinate(b.y)}`;
}

function bowPoint(a: Point, b: Point, bow: number): Point {
  const [p, q] = a.x <= b.x ? [a, b] : [b, a];
  const bend = bow * Math.max(0, Math.hypot(q.x - p.x, q.y - p.y) - 150);
  const length = Math.max(1, Math.hypot(q.x - p.x, q.y - p.y));
  return {
    x: (p.x + q.x) / 2 + (bend * (q.y - p.y)) / length,
    y: (p.y + q.y) / 2 - (bend * (q.x - p.x)) / length,
  };
}

function edgeLabel(a: GraphNode, b: GraphNode, turn: number | null, text: string): string {
  const wrapped = wrappedCopies(a, b, turn);
  const m = wrapped === null ? bowPoint(a, b, 0.15) : bowPoint(wrapped.left, { x: 0, y: wrapped.leftEnd.y }, 0);
  return `<text class="count" x="${coordinate(m.x)}" y="${coordinate(m.y)}">${text}</text>`;
}

function drawNode(node: GraphNode, path: string, thumbnailId: string | null): string {
  const box = `x="${coordinate(node.x - node.width / 2)}" y="${coordinate(node.y - node.height / 2)}" width="${coordinate(node.width)}" height="${coordinate(node.height)}"`;
  const picture = thumbnailId === null ? '' : `<use href="#${thumbnailId}" ${box}/>`;
  const label = shorten(fileName(path).replace(/\.[^.]+$/, ''), Math.max(8, Math.floor(node.width / 6)));
  return (
    `<g class="node"><title>${escapeMarkup(path)}</title>${picture}<rect ${box}/>` +
    `<text x="${coordinate(node.x)}" y="${coordinate(node.y + node.height / 2 + 11)}">${escapeMarkup(label)}</text></g>`
  );
}

function link(target: string | null, content: string): string {
  return target === null ? content : `<a href="${escapeMarkup(target)}">${content}</a>`;
}

/** Keeps the end of a name, where photos of one camera differ. */
function shorten(name: string, most: number): string {
  return name.length <= most ? name : `…${name.slice(1 - most)}`;
}
