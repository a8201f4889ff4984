import { type Band, scalesPerOctave } from './scale-space.ts';

/** Extrema nearer than this to the border of an octave are dropped, px of the octave: too much around them is mirrored. */
export const border = 5;

/**
 * Visits the pixels of a band whose difference of Gaussians D_l = level[l + 1] − level[l], 1 ≤ l ≤ scalesPerOctave, is
 * the largest or smallest among its 26 neighbours in place and scale (Lowe 2004, section 3.1).
 * @param threshold |D| must be more, grey levels
 */
export function visitExtrema(
  band: Band,
  threshold: number,
  visit: (layer: number, x: number, y: number) => void,
): void {
  const { width, height, first: firstRow, end: endRow, origin, rowLength, levelLength, loops, scratch } = band;
  const found = new Int32Array(band.values.buffer, scratch.found, rowLength);
  const [rowBytes, levelBytes] = [4 * rowLength, 4 * levelLength];
  // The layers of a row one after another: most of what they read is the same.
  for (let y = Math.max(border, firstRow); y < Math.min(endRow, height - border); y++) {
    for (let layer = 1; layer <= scalesPerOctave; layer++) {
      const row = 4 * origin + (layer - 1) * levelBytes + y * rowBytes;
      const [first, last] = [row + 4 * border, row + 4 * (width - border)];
      const end = loops.extrema(first, last, rowBytes, levelBytes, threshold, scratch.found);
      const count = (end - scratch.found) >> 2;
      for (let i = 0; i < count; i += 2) {
        const x = (found[i] - row) >> 2;
        for (let lane = 0; lane < 4; lane++) {
          // The last run may reach beyond the border.
          if (((found[i + 1] >> lane) & 1) === 1 && x + lane < width - border) visit(layer, x + lane, y);
        }
      }
    }
  }
}
