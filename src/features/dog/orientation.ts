import { directionBins } from './loops.ts';
import type { Band } from './scale-space.ts';

const peakRatio = 0.8;
/** Sigma of the window of gradients, in scales of the keypoint; it is cut off at three sigma. */
const windowScales = 1.5;
/** Px around a pixel that is looked at, at most: three sigma of the largest scale of an octave, the keypoint's offset, and a gradient. */
export const orientationReach = 20;

/** One bin more than directions: what lies between the last one and the first. */
const histogram = new Float64Array(directionBins + 2);
const smoothed = new Float64Array(directionBins);

/**
 * The directions in which the grey values around a place rise most (Lowe 2004, section 5): the peaks of a histogram of
 * gradients, and those within 80 % of the highest one. Finer than OpenCV, which centres its window on a pixel and puts each
 * gradient into one bin: 96 % instead of 81 % keep their angle to 2° when the pixels of an octave lie elsewhere.
 * @param level level of the octave whose gradients are taken
 * @param x, y px of the octave
 * @param scale σ of the keypoint, px of the octave
 * @returns angles in [0, 2π) from +x towards +y (clockwise as seen, as y points down)
 */
export function orientationsAt(band: Band, level: number, x: number, y: number, scale: number): number[] {
  fillHistogram(band, level, x, y, windowScales * scale);
  let highest = 0;
  for (let b = 0; b < directionBins; b++) {
    smoothed[b] = (countAt(b - 2) + countAt(b + 2) + 4 * (countAt(b - 1) + countAt(b + 1)) + 6 * countAt(b)) / 16;
    highest = Math.max(highest, smoothed[b]);
  }
  const angles: number[] = [];
  for (let b = 0; b < directionBins; b++) {
    const before = smoothed[(b + directionBins - 1) % directionBins];
    const after = smoothed[(b + 1) % directionBins];
    const here = smoothed[b];
    if (here <= before || here <= after || here < peakRatio * highest) continue;
    const peak = b + (0.5 * (before - after)) / (before - 2 * here + after);
    angles.push((2 * Math.PI * ((peak + directionBins) % directionBins)) / directionBins);
  }
  return angles;
}

function countAt(bin: number): number {
  return histogram[(bin + directionBins) % directionBins];
}

function fillHistogram(band: Band, level: number, x: number, y: number, sigma: number): void {
  const { values, width, height, loops } = band;
  const fromX = Math.max(1, Math.ceil(x - 3 * sigma));
  const fromY = Math.max(1, Math.ceil(y - 3 * sigma));
  const columns = Math.min(width - 2, Math.floor(x + 3 * sigma)) - fromX + 1;
  const rows = Math.min(height - 2, Math.floor(y + 3 * sigma)) - fromY + 1;
  const paddedColumns = (columns + 3) & ~3;

  const columnWeights = band.scratch.window >> 2;
  const rowWeights = columnWeights + paddedColumns;
  const directions = rowWeights + rows;
  const lengths = directions + paddedColumns * rows;
  writeGaussian(values, columnWeights, columns, x - fromX, sigma);
  // Read with the last columns but not used: rubbish there could be slow to multiply by.
  values.fill(0, columnWeights + columns, rowWeights);
  writeGaussian(values, rowWeights, rows, y - fromY, sigma);
  const first = 4 * (band.origin + level * band.levelLength + fromY * band.rowLength + fromX);
  const row = 4 * band.rowLength;
  const end = first + rows * row;
  loops.gradients(first, 4 * columns, end, row, 4 * columnWeights, 4 * rowWeights, 4 * directions, 4 * lengths);

  histogram.fill(0);
  for (let v = 0; v < rows; v++) {
    const start = v * paddedColumns;
    for (let i = start; i < start + columns; i++) {
      const direction = values[directions + i];
      const length = values[lengths + i];
      const bin = direction | 0;
      const share = direction - bin;
      histogram[bin] += (1 - share) * length;
      histogram[bin + 1] += share * length;
    }
  }
  histogram[0] += histogram[directionBins];
  histogram[1] += histogram[directionBins + 1];
}

function writeGaussian(to: Float32Array, start: number, count: number, centre: number, sigma: number): void {
  const factor = -1 / (2 * sigma * sigma);
  for (let i = 0; i < count; i++) to[start + i] = Math.exp(factor * (i - centre) ** 2);
}
