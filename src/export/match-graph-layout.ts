import { flat, panoramaDirection } from '../evaluation/report-transfer.ts';
import { transformPoint } from '../math/matrix3.ts';
import { isPeriodic, project } from '../stitching/projection.ts';
import type { ReportPanorama } from './panorama-report.ts';

/** A photo of the drawn graph: its centre and size, px of the drawing. */
export interface GraphNode {
  x: number;
  y: number;
  readonly width: number;
  readonly height: number;
}

export interface GraphLayout {
  /** A node for each image of the panorama. */
  readonly nodes: readonly GraphNode[];
  readonly height: number;
  /** How far a full turn is, px; null where the panorama does not run round. */
  readonly turn: number | null;
}

export const graphWidth = 1200;
const margin = 40;

/** Places photos where they look in the panorama, then apart from each other. */
export function layOutMatchGraph(panorama: ReportPanorama): GraphLayout {
  const centres = photoCentres(panorama);
  const xs = centres.map((c) => c[0]);
  const ys = centres.map((c) => c[1]);
  const span = Math.max(Math.max(...xs) - Math.min(...xs), 1);
  const rise = Math.max(...ys) - Math.min(...ys);
  // A tall graph gets narrower rather than taller than the screen.
  const across = Math.min(graphWidth - 2 * margin, (900 * span) / Math.max(rise, 1));
  const side = thumbnailSide(centres, across / span, panorama.images.length);
  const scale = (across - side) / span;
  const left = (graphWidth - (across - side)) / 2;
  const nodes = centres.map(([x, y], i): GraphNode => {
    const { width, height } = panorama.images[i];
    const s = side / Math.max(width, height);
    return {
      x: left + (x - Math.min(...xs)) * scale,
      y: (y - Math.min(...ys)) * scale,
      width: width * s,
      height: height * s,
    };
  });
  pushApart(nodes);
  const top = Math.min(...nodes.map((n) => n.y - n.height / 2)) - margin;
  for (const node of nodes) node.y -= top;
  const height = Math.max(...nodes.map((n) => n.y + n.height / 2)) + margin;
  const periodic = panorama.model === 'rotation' && isPeriodic(panorama.canvas.projection);
  return { nodes, height, turn: periodic ? 2 * Math.PI * panorama.canvas.scale * scale : null };
}

/** Where each photo's centre lies in the panorama, in output pixels. */
function photoCentres(panorama: ReportPanorama): [number, number][] {
  const { scale, offset, projection } = panorama.canvas;
  if (panorama.model === 'planar') {
    return panorama.images.map(({ A, width, height }) => transformPoint(flat(A), (width - 1) / 2, (height - 1) / 2));
  }
  const out = new Float64Array(2);
  return panorama.images.map((image) => {
    const [x, y, z] = panoramaDirection(image, (image.width - 1) / 2, (image.height - 1) / 2);
    // A direction the projection has no point for (behind a plane) is shown at its angles.
    if (!project(projection, x, y, z, out)) project('sphere', x, y, z, out);
    return [scale * out[0] - offset[0], scale * out[1] - offset[1]];
  });
}

/** Thumbnails fill about the distance to their nearest neighbours. */
function thumbnailSide(centres: readonly (readonly [number, number])[], scale: number, count: number): number {
  const nearest = centres.map(([x, y], i) =>
    Math.min(...centres.map(([u, v], k) => (k === i ? Infinity : scale * Math.hypot(u - x, v - y)))),
  );
  const median = nearest.sort((a, b) => a - b)[Math.floor(nearest.length / 2)];
  const most = count <= 6 ? 170 : 130;
  return Math.min(most, Math.max(54, 0.8 * (Number.isFinite(median) ? median : most)));
}

/** Moves nodes that cover each other apart, a little at a time, along the axis on which they overlap least. */
function pushApart(nodes: GraphNode[]): void {
  const room = 6;
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < nodes.length; i++) {
      for (let k = i + 1; k < nodes.length; k++) {
        const [a, b] = [nodes[i], nodes[k]];
        const overlapX = (a.width + b.width) / 2 + room - Math.abs(a.x - b.x);
        const overlapY = (a.height + b.height) / 2 + 3 * room - Math.abs(a.y - b.y);
        if (overlapX <= 0 || overlapY <= 0) continue;
        if (overlapX < overlapY) {
          const half = (overlapX / 4) * (a.x <= b.x ? 1 : -1);
          a.x -= half;
          b.x += half;
        } else {
          const half = (overlapY / 4) * (a.y <= b.y ? 1 : -1);
          a.y -= half;
          b.y += half;
        }
      }
    }
    for (const node of nodes) {
      node.x = Math.min(graphWidth - node.width / 2 - 4, Math.max(node.width / 2 + 4, node.x));
    }
  }
}
