import type { PhotoFeatures } from '../features/photo-features.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import { transformPoint } from '../math/matrix3.ts';
import type { CellGrid } from '../math/cell-grid.ts';
import { createCellGrid } from '../math/cell-grid.ts';
import { similarityOf } from './places.ts';

/** Where the partner of a keypoint can lie: around a point (a homography) or along a line (a fundamental matrix); px. */
export type GuidingGeometry =
  | { readonly kind: 'homography'; readonly image2FromImage1: Matrix3 }
  | { readonly kind: 'fundamental'; readonly fundamental: Matrix3 };

export interface GuidedOptions {
  /** Distance from the predicted place or line within which partners are looked for, px of photo 2. */
  readonly withinPx: number;
  /** A pair whose rival within reach has not clearly the larger descriptor distance (distance > maxRatio · rival's) is left out. */
  readonly maxRatio: number;
  /** Least dot product of the descriptors. */
  readonly minSimilarity: number;
  /** Keypoints closer than this many sizes to the partner show the same place, and are no rivals. */
  readonly rivalSizes: number;
}

/** Pairs that geometry allows: each other's most similar within reach. Best first. */
export interface GuidedPairs {
  readonly count: number;
  readonly index1: Uint32Array;
  readonly index2: Uint32Array;
  readonly similarity: Float32Array;
  /** Descriptor distance over that of the best rival within reach; 0 where there is none. */
  readonly ratio: Float32Array;
}

/**
 * Looks for the partners that the shortlist missed, where a first geometry says that they are: among few keypoints the right one is
 * easily the most similar, though many elsewhere look more alike (guided matching, Hartley & Zisserman, 11.6).
 */
export function guidedPairs(
  features1: PhotoFeatures,
  features2: PhotoFeatures,
  geometry: GuidingGeometry,
  options: GuidedOptions,
): GuidedPairs {
  const rows = keypointsWithin(features1, features2, geometry, options.withinPx);
  const best1 = bestOf(rows, features2, options.rivalSizes);
  const best2 = bestOf(transposed(rows, features2.keypoints.count), features1, options.rivalSizes);
  const chosen: { i: number; j: number; similarity: number; ratio: number }[] = [];
  best1.forEach((best, i) => {
    if (best === null || !(best.similarity >= options.minSimilarity)) return;
    const back = best2[best.index]!;
    if (back.index !== i) return;
    // Unit vectors: |a − b|² = 2 − 2 a·b.
    const ratio = Math.sqrt(Math.max(0, 1 - best.similarity) / Math.max(1e-12, 1 - Math.max(best.rival, back.rival)));
    if (ratio <= options.maxRatio) chosen.push({ i, j: best.index, similarity: best.similarity, ratio });
  });
  chosen.sort((p, q) => p.ratio - q.ratio || p.i - q.i);
  return {
    count: chosen.length,
    index1: Uint32Array.from(chosen, ({ i }) => i),
    index2: Uint32Array.from(chosen, ({ j }) => j),
    similarity: Float32Array.from(chosen, ({ similarity }) => similarity),
    ratio: Float32Array.from(chosen, ({ ratio }) => ratio),
  };
}

/** For each keypoint of a photo, keypoints of the other and the dot products of their descriptors. */
interface Row {
  readonly index: number[];
  readonly similarity: number[];
}

function keypointsWithin(
  features1: PhotoFeatures,
  features2: PhotoFeatures,
  geometry: GuidingGeometry,
  withinPx: number,
): Row[] {
  const { x, y, count } = features1.keypoints;
  const grid = gridOf(features2, withinPx);
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const index =
      geometry.kind === 'homography'
        ? nearPoint(features2, grid, transformPoint(geometry.image2FromImage1, x[i], y[i]), withinPx)
        : nearLine(features2, grid, geometry.fundamental, x[i], y[i], withinPx);
    // Equally similar keypoints are taken in their order.
    index.sort((p, q) => p - q);
    rows.push({ index, similarity: index.map((j) => similarityOf(features1, i, features2, j)) });
  }
  return rows;
}

/** Cells of a few times the reach: a line passes few that hold nothing near it. */
const cellsPerReach = 4;

function gridOf({ keypoints: { x, y } }: PhotoFeatures, withinPx: number): CellGrid {
  const [width, height] = [x, y].map((places) => places.reduce((most, place) => Math.max(most, place), 1));
  return createCellGrid(x, y, width, height, cellsPerReach * withinPx);
}

function nearPoint(
  { keypoints: { x, y } }: PhotoFeatures,
  grid: CellGrid,
  [u, v]: readonly [number, number],
  withinPx: number,
): number[] {
  const near: number[] = [];
  const bound = withinPx * withinPx;
  grid.around(u, v, withinPx, (j) => {
    if ((x[j] - u) ** 2 + (y[j] - v) ** 2 < bound) near.push(j);
  });
  return near;
}

function nearLine(
  { keypoints: { x, y } }: PhotoFeatures,
  grid: CellGrid,
  f: Matrix3,
  x1: number,
  y1: number,
  withinPx: number,
): number[] {
  const a = f[0] * x1 + f[1] * y1 + f[2];
  const b = f[3] * x1 + f[4] * y1 + f[5];
  const c = f[6] * x1 + f[7] * y1 + f[8];
  const bound = withinPx * Math.hypot(a, b);
  const near: number[] = [];
  grid.along(a, b, c, withinPx, (j) => {
    if (Math.abs(a * x[j] + b * y[j] + c) < bound) near.push(j);
  });
  return near;
}

function transposed(rows: readonly Row[], count: number): Row[] {
  const columns: Row[] = Array.from({ length: count }, () => ({ index: [], similarity: [] }));
  rows.forEach((row, i) =>
    row.index.forEach((j, k) => {
      columns[j].index.push(i);
      columns[j].similarity.push(row.similarity[k]);
    }),
  );
  return columns;
}

/** The most similar of each row and the similarity of its best rival: one that lies elsewhere; −∞ where there is none. */
function bestOf(
  rows: readonly Row[],
  { keypoints }: PhotoFeatures,
  rivalSizes: number,
): ({ readonly index: number; readonly similarity: number; readonly rival: number } | null)[] {
  const { x, y, size } = keypoints;
  return rows.map(({ index, similarity }) => {
    if (index.length === 0) return null;
    let best = 0;
    for (let k = 1; k < index.length; k++) if (similarity[k] > similarity[best]) best = k;
    const j = index[best];
    const radius = rivalSizes * size[j];
    let rival = -Infinity;
    for (let k = 0; k < index.length; k++) {
      const dx = x[index[k]] - x[j];
      const dy = y[index[k]] - y[j];
      if (dx * dx + dy * dy > radius * radius && similarity[k] > rival) rival = similarity[k];
    }
    return { index: j, similarity: similarity[best], rival };
  });
}
