import { MaxFlow } from '../math/max-flow.ts';
import type { Canvas } from './canvas.ts';
import { labelByCentrality, noLabel, removeIslands } from './labels.ts';
import { previewIndex } from './preview.ts';
import type { Preview } from './preview.ts';
import { applyToneToPreview } from './preview-tone.ts';
import type { Tone } from './tone.ts';

/** Cost of a seam of one pixel's length where the photos agree: keeps seams short. In sRGB steps (0…255). */
const lengthCost = 4;
/** Cost, in the same unit, of showing a pixel from a photo's border rather than its middle. */
const borderCost = 1.5;
/** Cost of a seam where one of the two photos shows nothing: its edge would be seen. */
const edgeCost = 250;
/** Sweeps over all photos after which labels hardly change any more. */
const sweeps = 2;

/**
 * Decides which photo shows each pixel of the small canvas so that seams run where neighbouring photos agree, in colour
 * and gradient, and what moved appears once: starts from the photo whose middle is nearest and improves by expansion
 * moves, each a minimum cut (Boykov, Veksler & Zabih, "Fast approximate energy minimization via graph cuts", PAMI 2001;
 * the seam cost is that of Agarwala et al., "Interactive digital photomontage", SIGGRAPH 2004).
 *
 * @returns position in `previews` of each pixel's photo, row-major over the canvas; `noLabel` where there is none
 */
export function findSeams(previews: readonly Preview[], tones: readonly Tone[], canvas: Canvas): Uint16Array {
  const labels = labelByCentrality(previews, canvas);
  const scene = new SeamScene(previews, tones, canvas, labels);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let changed = 0;
    for (let k = 0; k < previews.length; k++) changed += scene.expand(k);
    if (changed === 0) break;
  }
  removeIslands(labels, previews, canvas);
  return labels;
}

/** The photos as seams see them, and the labels under work. */
class SeamScene {
  private readonly period: number;
  /** r, g, b and the two derivatives of brightness, five a pixel of each preview, tone applied. */
  private readonly features: Float32Array[];

  constructor(
    private readonly previews: readonly Preview[],
    tones: readonly Tone[],
    private readonly canvas: Canvas,
    private readonly labels: Uint16Array,
  ) {
    this.period = canvas.wraps ? canvas.width : 0;
    this.features = previews.map((preview, k) => seamFeatures(preview, applyToneToPreview(preview, tones[k])));
  }

  /** Lets photo `k` take over any pixels it shows where that makes the seams cheaper; how many it took. */
  expand(k: number): number {
    const { nodes, positions, count } = this.collectNodes(k);
    if (count === 0) return 0;
    const flow = new MaxFlow(count, 2 * count);
    for (let node = 0; node < count; node++) this.addNode(flow, k, node, nodes, positions);
    flow.solve();
    let taken = 0;
    for (let node = 0; node < count; node++) {
      if (!flow.isSinkSide(node)) continue;
      this.labels[positions[node]] = k;
      taken++;
    }
    return taken;
  }

  /** Numbers the pixels that photo k shows and another one holds: node of each canvas pixel (−1: none) and back. */
  private collectNodes(k: number): { nodes: Int32Array; positions: Int32Array; count: number } {
    const { rectangle, valid } = this.previews[k];
    const nodes = new Int32Array(rectangle.width * rectangle.height).fill(-1);
    const positions = new Int32Array(nodes.length);
    let count = 0;
    for (let j = 0, o = 0; j < rectangle.height; j++) {
      for (let i = 0; i < rectangle.width; i++, o++) {
        if (valid[o] === 0) continue;
        const p = this.position(rectangle.x + i, rectangle.y + j);
        if (this.labels[p] === k) continue;
        nodes[o] = count;
        positions[count++] = p;
      }
    }
    return { nodes, positions, count };
  }

  /** Adds a pixel's own costs and those of its seams to the four neighbours (to nodes: right and lower ones only). */
  private addNode(flow: MaxFlow, k: number, node: number, nodes: Int32Array, positions: Int32Array): void {
    const p = positions[node];
    const { width } = this.canvas;
    const [x, y] = [p % width, Math.floor(p / width)];
    const held = this.labels[p];
    flow.addTerminals(node, this.ownCost(k, x, y), this.ownCost(held, x, y));
    for (let side = 0; side < 4; side++) {
      const [nx, ny] = [x + (side === 0 ? 1 : side === 1 ? -1 : 0), y + (side === 2 ? 1 : side === 3 ? -1 : 0)];
      const q = this.neighbour(nx, ny);
      if (q < 0 || this.labels[q] === noLabel) continue;
      const local = previewIndex(this.previews[k], nx, ny, this.period);
      const other = local < 0 ? -1 : nodes[local];
      const otherHeld = this.labels[q];
      if (other < 0) {
        flow.addTerminals(node, this.seamCost(k, otherHeld, p, q), this.seamCost(held, otherHeld, p, q));
      } else if (side === 0 || side === 2) {
        this.addPair(flow, k, node, other, p, q, held, otherHeld);
      }
    }
  }

  /** A pair of nodes, each of which keeps its photo (source side) or takes k (sink side): Kolmogorov & Zabih 2004. */
  private addPair(
    flow: MaxFlow,
    k: number,
    node: number,
    other: number,
    p: number,
    q: number,
    held: number,
    otherHeld: number,
  ): void {
    const keepBoth = this.seamCost(held, otherHeld, p, q);
    const takeSecond = this.seamCost(held, k, p, q);
    const takeFirst = held === otherHeld ? takeSecond : this.seamCost(k, otherHeld, p, q);
    // cost(x, y) = keepBoth + (takeFirst − keepBoth) x + (0 − takeFirst) y + (takeSecond + takeFirst − keepBoth) (1 − x) y
    flow.addTerminals(node, takeFirst - keepBoth, 0);
    flow.addTerminals(other, 0, takeFirst);
    flow.addEdge(node, other, Math.max(0, takeSecond + takeFirst - keepBoth), 0);
  }

  /** What it costs to see photo `i` at pixel p next to photo `j` at q. */
  private seamCost(i: number, j: number, p: number, q: number): number {
    return i === j ? 0 : lengthCost + (this.difference(i, j, p) + this.difference(i, j, q)) / 2;
  }

  /** How much two photos differ at a canvas pixel. */
  private difference(i: number, j: number, p: number): number {
    const { width } = this.canvas;
    const y = Math.floor(p / width);
    const x = p - y * width;
    const a = previewIndex(this.previews[i], x, y, this.period);
    const b = previewIndex(this.previews[j], x, y, this.period);
    if (a < 0 || b < 0 || this.previews[i].valid[a] === 0 || this.previews[j].valid[b] === 0) return edgeCost;
    const [f, g, m, n] = [this.features[i], this.features[j], a * 5, b * 5];
    const red = f[m] - g[n];
    const green = f[m + 1] - g[n + 1];
    const blue = f[m + 2] - g[n + 2];
    const dx = f[m + 3] - g[n + 3];
    const dy = f[m + 4] - g[n + 4];
    return Math.sqrt(red * red + green * green + blue * blue) + Math.sqrt(dx * dx + dy * dy);
  }

  private ownCost(k: number, x: number, y: number): number {
    const preview = this.previews[k];
    return borderCost * (1 - preview.centrality[previewIndex(preview, x, y, this.period)]);
  }

  private position(x: number, y: number): number {
    const { width } = this.canvas;
    const wrapped = x < 0 ? x + width : x >= width ? x - width : x;
    return y * width + wrapped;
  }

  /** Index of a canvas pixel that may lie beyond the border; −1 where there is none. */
  private neighbour(x: number, y: number): number {
    const { width, height, wraps } = this.canvas;
    if (y < 0 || y >= height || (!wraps && (x < 0 || x >= width))) return -1;
    return this.position(x, y);
  }
}

/** r, g, b (0…255) and the derivatives of their mean towards the right and downwards. */
function seamFeatures({ rectangle, valid }: Preview, rgb: Float32Array): Float32Array {
  const { width, height } = rectangle;
  const features = new Float32Array(width * height * 5);
  const brightness = (p: number): number => (rgb[p * 3] + rgb[p * 3 + 1] + rgb[p * 3 + 2]) / 3;
  for (let p = 0; p < width * height; p++) {
    if (valid[p] === 0) continue;
    for (let c = 0; c < 3; c++) features[p * 5 + c] = rgb[p * 3 + c];
    const here = brightness(p);
    if (p % width < width - 1 && valid[p + 1]) features[p * 5 + 3] = brightness(p + 1) - here;
    if (p + width < width * height && valid[p + width]) features[p * 5 + 4] = brightness(p + width) - here;
  }
  return features;
}
