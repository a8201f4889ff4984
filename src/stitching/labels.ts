import { seamPhotoIndex } from './seam-photo.ts';
import type { SeamPhoto } from './seam-photo.ts';

/** Size of a label map, and whether its right edge touches its left one. */
export interface LabelGrid {
  readonly width: number;
  readonly height: number;
  readonly wraps: boolean;
}

/** Where a photo lies on the label map and which of its pixels it shows. */
type ShownPhoto = Pick<SeamPhoto, 'rectangle' | 'valid' | 'centrality'>;

/** Label of a pixel that no photo shows. */
export const noLabel = 0xffff;

/** Islands smaller than this share of the map vanish: a seam's stray crumbs. */
const islandShare = 2e-4;

/** Gives each pixel the photo in which it lies most centrally. */
export function labelByCentrality(photos: readonly ShownPhoto[], grid: LabelGrid): Uint16Array {
  const { width, height } = grid;
  const labels = new Uint16Array(width * height).fill(noLabel);
  const best = new Float32Array(width * height).fill(-1);
  photos.forEach(({ rectangle, valid, centrality }, k) => {
    for (let j = 0, o = 0; j < rectangle.height; j++) {
      const row = (rectangle.y + j) * width;
      for (let i = 0; i < rectangle.width; i++, o++) {
        if (valid[o] === 0) continue;
        const x = rectangle.x + i;
        const p = row + (x < 0 ? x + width : x >= width ? x - width : x);
        if (centrality[o] <= best[p]) continue;
        best[p] = centrality[o];
        labels[p] = k;
      }
    }
  });
  return labels;
}

/** Gives small connected pieces of a label to the neighbour that surrounds most of them, if it shows all of the piece. */
export function removeIslands(labels: Uint16Array, photos: readonly ShownPhoto[], grid: LabelGrid): void {
  const { width, height, wraps } = grid;
  const largest = Math.max(4, islandShare * width * height);
  const period = wraps ? width : 0;
  const visited = new Uint8Array(labels.length);
  const piece: number[] = [];
  for (let start = 0; start < labels.length; start++) {
    if (visited[start] === 1 || labels[start] === noLabel) continue;
    const borders = floodFill(labels, start, grid, visited, piece);
    if (piece.length > largest) continue;
    for (const [label] of [...borders].sort((p, q) => q[1] - p[1])) {
      const photo = photos[label];
      const shown = piece.every((p) => {
        const index = seamPhotoIndex(photo, p % width, Math.floor(p / width), period);
        return index >= 0 && photo.valid[index] === 1;
      });
      if (!shown) continue;
      for (const p of piece) labels[p] = label;
      break;
    }
  }
}

/** Collects the connected piece of one label around `start` in `piece`; how often each other label borders on it. */
function floodFill(
  labels: Uint16Array,
  start: number,
  { width, height, wraps }: LabelGrid,
  visited: Uint8Array,
  piece: number[],
): Map<number, number> {
  const label = labels[start];
  const borders = new Map<number, number>();
  piece.length = 0;
  piece.push(start);
  visited[start] = 1;
  const visit = (q: number): void => {
    const found = labels[q];
    if (found === label) {
      if (visited[q] === 1) return;
      visited[q] = 1;
      piece.push(q);
    } else if (found !== noLabel) borders.set(found, (borders.get(found) ?? 0) + 1);
  };
  for (let k = 0; k < piece.length; k++) {
    const p = piece[k];
    const x = p % width;
    if (x > 0) visit(p - 1);
    else if (wraps) visit(p + width - 1);
    if (x < width - 1) visit(p + 1);
    else if (wraps) visit(p - width + 1);
    if (p >= width) visit(p - width);
    if (p < width * (height - 1)) visit(p + width);
  }
  return borders;
}
