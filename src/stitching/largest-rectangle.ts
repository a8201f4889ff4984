import type { Rectangle } from './canvas.ts';

/** A grid of cells that are covered (1) or not (0), row-major. */
export interface CoverageGrid {
  readonly width: number;
  readonly height: number;
  readonly covered: Uint8Array;
}

/** The largest rectangle of covered cells, by the histogram of each row; zero-sized where no cell is covered. */
export function largestCoveredRectangle({ width, height, covered }: CoverageGrid): Rectangle {
  const above = new Int32Array(width + 1);
  const stack = new Int32Array(width + 2);
  let best: Rectangle = { x: 0, y: 0, width: 0, height: 0 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) above[x] = covered[y * width + x] === 1 ? above[x] + 1 : 0;
    // Columns with rising heights; the sentinel column of height 0 closes all of them.
    let top = 0;
    for (let x = 0; x <= width; x++) {
      while (top > 0 && above[stack[top - 1]] >= above[x]) {
        const h = above[stack[--top]];
        const left = top > 0 ? stack[top - 1] + 1 : 0;
        if (h * (x - left) > best.width * best.height) best = { x: left, y: y - h + 1, width: x - left, height: h };
      }
      stack[top++] = x;
    }
  }
  return best;
}

/** The tallest band of rows that are covered from end to end. */
export function tallestCoveredBand({ width, height, covered }: CoverageGrid): Rectangle {
  let best: Rectangle = { x: 0, y: 0, width, height: 0 };
  for (let y = 0, run = 0; y < height; y++) {
    run = covered.subarray(y * width, (y + 1) * width).includes(0) ? 0 : run + 1;
    if (run > best.height) best = { x: 0, y: y - run + 1, width, height: run };
  }
  return best;
}

/**
 * The rectangle with the largest sum of covered cells less `penalty` times uncovered ones (Kadane's maximum subarray over
 * all pairs of rows). Meant for small grids: rows² · columns steps.
 */
export function bestCoveredRectangle({ width, height, covered }: CoverageGrid, penalty: number): Rectangle {
  let best: Rectangle = { x: 0, y: 0, width, height };
  let bestSum = -Infinity;
  const columns = new Float64Array(width);
  for (let y0 = 0; y0 < height; y0++) {
    columns.fill(0);
    for (let y1 = y0; y1 < height; y1++) {
      let sum = 0;
      let left = 0;
      for (let x = 0; x < width; x++) {
        columns[x] += covered[y1 * width + x] === 1 ? 1 : -penalty;
        if (sum <= 0) {
          sum = 0;
          left = x;
        }
        sum += columns[x];
        if (sum > bestSum) {
          bestSum = sum;
          best = { x: left, y: y0, width: x - left + 1, height: y1 - y0 + 1 };
        }
      }
    }
  }
  return best;
}
