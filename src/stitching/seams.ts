import { MaxFlow } from '../math/max-flow.ts';
import type { Canvas } from './canvas.ts';
import { labelByCentrality, noLabel, removeIslands } from './labels.ts';
import type { LabelGrid } from './labels.ts';
import type { Preview } from './preview.ts';
import { reduceSeamPhoto, seamPhoto, seamPhotoIndex } from './seam-photo.ts';
import type { SeamPhoto } from './seam-photo.ts';
import type { Tone } from './tone.ts';

/** Cost of a seam of one pixel's length where the photos agree: keeps seams short. In sRGB steps (0…255). */
const lengthCost = 4;
/** Cost, in the same unit, of showing a pixel from a photo's border rather than its middle. */
const borderCost = 1.5;
/** Cost of a seam where one of the two photos shows nothing: its edge would be seen. */
const edgeCost = 250;
/** Sweeps over all photos after which labels hardly change any more. */
const sweeps = 2;
/** Seams are sought on blocks of so many pixels each way first … */
const coarseFactor = 4;
/** … and then moved by at most so many pixels. */
const bandWidth = 6;

/**
 * Decides which photo shows each pixel of the small canvas so that seams run where neighbouring photos agree, in colour
 * and gradient, and what moved appears once: starts from the photo whose middle is nearest and improves by expansion
 * moves, each a minimum cut (Boykov, Veksler & Zabih, "Fast approximate energy minimization via graph cuts", PAMI 2001;
 * the seam cost is that of Agarwala et al., "Interactive digital photomontage", SIGGRAPH 2004). The cuts are made at a
 * quarter of the resolution and refined in a band around the seams (Lombaert et al., "A multilevel banded graph cuts
 * method", ICCV 2005).
 *
 * @returns position in `previews` of each pixel's photo, row-major over the canvas; `noLabel` where there is none
 */
export function findSeams(previews: readonly Preview[], tones: readonly Tone[], canvas: Canvas): Uint16Array {
  const fine = previews.map((preview, k) => seamPhoto(preview, tones[k]));
  const coarse = fine.map((photo) => reduceSeamPhoto(photo, coarseFactor));
  const coarseGrid: LabelGrid = {
    width: Math.ceil(canvas.width / coarseFactor),
    height: Math.ceil(canvas.height / coarseFactor),
    // A closed canvas's width is a multiple of the factor.
    wraps: canvas.wraps,
  };
  const coarseLabels = labelByCentrality(coarse, coarseGrid);
  new SeamScene(coarse, coarseGrid, coarseLabels, null).improve(sweeps);
  removeIslands(coarseLabels, coarse, coarseGrid);

  const labels = enlarge(coarseLabels, coarseGrid, fine, canvas);
  new SeamScene(fine, canvas, labels, bandAroundSeams(labels, canvas)).improve(1);
  removeIslands(labels, fine, canvas);
  return labels;
}

/** Labels of the fine grid: those of their blocks where that photo shows the pixel, else the most central photo's. */
function enlarge(
  coarse: Uint16Array,
  coarseGrid: LabelGrid,
  photos: readonly SeamPhoto[],
  grid: LabelGrid,
): Uint16Array {
  const labels = labelByCentrality(photos, grid);
  const period = grid.wraps ? grid.width : 0;
  for (let y = 0, p = 0; y < grid.height; y++) {
    const row = Math.floor(y / coarseFactor) * coarseGrid.width;
    for (let x = 0; x < grid.width; x++, p++) {
      const label = coarse[row + Math.floor(x / coarseFactor)];
      if (label === noLabel) continue;
      const index = seamPhotoIndex(photos[label], x, y, period);
      if (index >= 0 && photos[label].valid[index] === 1) labels[p] = label;
    }
  }
  return labels;
}

/** 1 for every pixel within the band around a change of label. */
function bandAroundSeams(labels: Uint16Array, { width, height, wraps }: LabelGrid): Uint8Array {
  const band = new Uint8Array(labels.length);
  const mark = (x: number, y: number): void => {
    for (let v = Math.max(0, y - bandWidth); v <= Math.min(height - 1, y + bandWidth); v++) {
      for (let u = x - bandWidth; u <= x + bandWidth; u++) {
        if (wraps) band[v * width + ((u + width) % width)] = 1;
        else if (u >= 0 && u < width) band[v * width + u] = 1;
      }
    }
  };
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const right = x + 1 < width ? labels[p + 1] : wraps ? labels[p + 1 - width] : labels[p];
      const below = y + 1 < height ? labels[p + width] : labels[p];
      if (labels[p] !== right || labels[p] !== below) mark(x, y);
    }
  }
  return band;
}

/** The photos as seams see them, and the labels under work. */
class SeamScene {
  private readonly period: number;

  /** @param band 1 for pixels whose label may change; null: any */
  constructor(
    private readonly photos: readonly SeamPhoto[],
    private readonly grid: LabelGrid,
    private readonly labels: Uint16Array,
    private readonly band: Uint8Array | null,
  ) {
    this.period = grid.wraps ? grid.width : 0;
  }

  /** Lets every photo expand, so many times over or until nothing changes. */
  improve(times: number): void {
    for (let sweep = 0; sweep < times; sweep++) {
      let changed = 0;
      for (let k = 0; k < this.photos.length; k++) changed += this.expand(k);
      if (changed === 0) return;
    }
  }

  /** Lets photo `k` take over any pixels it shows where that makes the seams cheaper; how many it took. */
  private expand(k: number): number {
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
    const { rectangle, valid } = this.photos[k];
    const nodes = new Int32Array(rectangle.width * rectangle.height).fill(-1);
    const positions = new Int32Array(nodes.length);
    let count = 0;
    for (let j = 0, o = 0; j < rectangle.height; j++) {
      for (let i = 0; i < rectangle.width; i++, o++) {
        if (valid[o] === 0) continue;
        const p = this.position(rectangle.x + i, rectangle.y + j);
        if (this.labels[p] === k || (this.band !== null && this.band[p] === 0)) continue;
        nodes[o] = count;
        positions[count++] = p;
      }
    }
    return { nodes, positions, count };
  }

  /** Adds a pixel's own costs and those of its seams to the four neighbours (to nodes: right and lower ones only). */
  private addNode(flow: MaxFlow, k: number, node: number, nodes: Int32Array, positions: Int32Array): void {
    const p = positions[node];
    const { width } = this.grid;
    const [x, y] = [p % width, Math.floor(p / width)];
    const held = this.labels[p];
    flow.addTerminals(node, this.ownCost(k, x, y), this.ownCost(held, x, y));
    for (let side = 0; side < 4; side++) {
      const [nx, ny] = [x + (side === 0 ? 1 : side === 1 ? -1 : 0), y + (side === 2 ? 1 : side === 3 ? -1 : 0)];
      const q = this.neighbour(nx, ny);
      if (q < 0 || this.labels[q] === noLabel) continue;
      const local = seamPhotoIndex(this.photos[k], nx, ny, this.period);
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
    const { width } = this.grid;
    const y = Math.floor(p / width);
    const x = p - y * width;
    const a = seamPhotoIndex(this.photos[i], x, y, this.period);
    const b = seamPhotoIndex(this.photos[j], x, y, this.period);
    if (a < 0 || b < 0 || this.photos[i].valid[a] === 0 || this.photos[j].valid[b] === 0) return edgeCost;
    const [f, g, m, n] = [this.photos[i].features, this.photos[j].features, a * 5, b * 5];
    const red = f[m] - g[n];
    const green = f[m + 1] - g[n + 1];
    const blue = f[m + 2] - g[n + 2];
    const dx = f[m + 3] - g[n + 3];
    const dy = f[m + 4] - g[n + 4];
    return Math.sqrt(red * red + green * green + blue * blue) + Math.sqrt(dx * dx + dy * dy);
  }

  private ownCost(k: number, x: number, y: number): number {
    const photo = this.photos[k];
    return borderCost * (1 - photo.centrality[seamPhotoIndex(photo, x, y, this.period)]);
  }

  private position(x: number, y: number): number {
    const { width } = this.grid;
    const wrapped = x < 0 ? x + width : x >= width ? x - width : x;
    return y * width + wrapped;
  }

  /** Index of a canvas pixel that may lie beyond the border; −1 where there is none. */
  private neighbour(x: number, y: number): number {
    const { width, height, wraps } = this.grid;
    if (y < 0 || y >= height || (!wraps && (x < 0 || x >= width))) return -1;
    return this.position(x, y);
  }
}
