import type { Rectangle } from './canvas.ts';
import type { Preview } from './preview.ts';
import { applyToneToPreview } from './preview-tone.ts';
import type { Tone } from './tone.ts';

/** A photo as seams see it, tone applied. */
export interface SeamPhoto {
  /** Its place on the seam canvas; x may lie outside where that wraps round. */
  readonly rectangle: Rectangle;
  readonly valid: Uint8Array;
  /** How central the pixel is in its photo: 1 in the middle, 0 at the border. */
  readonly centrality: Float32Array;
  /** r, g, b (0…255) and the derivatives of their mean towards the right and downwards: five a pixel. */
  readonly features: Float32Array;
}

export function seamPhoto(preview: Preview, tone: Tone): SeamPhoto {
  const { rectangle, valid, centrality } = preview;
  const rgb = applyToneToPreview(preview, tone);
  const features = new Float32Array(valid.length * 5);
  for (let p = 0; p < valid.length; p++) for (let c = 0; c < 3; c++) features[p * 5 + c] = rgb[p * 3 + c];
  const photo = { rectangle, valid, centrality, features };
  addDerivatives(photo);
  return photo;
}

/** Averages blocks of factor × factor canvas pixels; a block counts as shown when half of it is. */
export function reduceSeamPhoto({ rectangle, valid, centrality, features }: SeamPhoto, factor: number): SeamPhoto {
  const x = Math.floor(rectangle.x / factor);
  const y = Math.floor(rectangle.y / factor);
  const width = rectangle.width === 0 ? 0 : Math.floor((rectangle.x + rectangle.width - 1) / factor) - x + 1;
  const height = rectangle.height === 0 ? 0 : Math.floor((rectangle.y + rectangle.height - 1) / factor) - y + 1;
  const reduced = {
    rectangle: { x, y, width, height },
    valid: new Uint8Array(width * height),
    centrality: new Float32Array(width * height),
    features: new Float32Array(width * height * 5),
  };
  const counts = new Int32Array(width * height);
  for (let j = 0, p = 0; j < rectangle.height; j++) {
    const row = (Math.floor((rectangle.y + j) / factor) - y) * width;
    for (let i = 0; i < rectangle.width; i++, p++) {
      if (valid[p] === 0) continue;
      const q = row + Math.floor((rectangle.x + i) / factor) - x;
      counts[q]++;
      reduced.centrality[q] += centrality[p];
      for (let c = 0; c < 3; c++) reduced.features[q * 5 + c] += features[p * 5 + c];
    }
  }
  for (let q = 0; q < counts.length; q++) {
    if (2 * counts[q] < factor * factor) continue;
    reduced.valid[q] = 1;
    reduced.centrality[q] /= counts[q];
    for (let c = 0; c < 3; c++) reduced.features[q * 5 + c] /= counts[q];
  }
  addDerivatives(reduced);
  return reduced;
}

/**
 * Index in the photo of the canvas pixel (x, y), −1 outside its rectangle; `period` is the canvas width where it wraps
 * round, else 0.
 */
export function seamPhotoIndex({ rectangle }: { rectangle: Rectangle }, x: number, y: number, period: number): number {
  const j = y - rectangle.y;
  if (j < 0 || j >= rectangle.height) return -1;
  let i = x - rectangle.x;
  if (period > 0) i -= period * Math.floor(i / period);
  return i >= 0 && i < rectangle.width ? j * rectangle.width + i : -1;
}

function addDerivatives({ rectangle, valid, features }: SeamPhoto): void {
  const { width } = rectangle;
  for (let p = 0; p < valid.length; p++) {
    if (valid[p] === 0) continue;
    const here = brightness(features, p);
    if (p % width < width - 1 && valid[p + 1] === 1) features[p * 5 + 3] = brightness(features, p + 1) - here;
    if (p + width < valid.length && valid[p + width] === 1)
      features[p * 5 + 4] = brightness(features, p + width) - here;
  }
}

function brightness(features: Float32Array, p: number): number {
  return (features[p * 5] + features[p * 5 + 1] + features[p * 5 + 2]) / 3;
}
