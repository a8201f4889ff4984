/**
 * Measured displacements between places: seen from place `from[m]`, place `to[m]` should lie `offset[m]` away from where its keypoint is. Row m of
 * each array is one match.
 */
export interface PlaceLinks {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** px of the photo of `to` from px of that of `from`, four elements row by row. */
  readonly affinity: Float32Array;
  /** dx, dy, px of the photo of `to`. */
  readonly offset: Float32Array;
  /** px of the photo of `to` in which errors are measured: a keypoint's size. */
  readonly size: Float32Array;
}

/** Alignment of two patches is so much more exact than a detector: the square of the ratio of their errors. */
const priorWeight = 0.06;
/** Errors from which on a link counts little, in sizes: a tenth of a keypoint, several times what alignment leaves. */
const robustSizes = 0.1;
/** Of the step to where a place's links would have it: all the way, neighbours would swap their errors for ever. */
const damping = 0.6;

/**
 * Finds one shift for each place from what its matches with all other photos say, so that every photo sees the same point of the scene: minimises
 * Σ ρ(d_to − J d_from − offset) + w Σ |d|² with Cauchy's ρ, by damped Jacobi iteration. The prior keeps the mean shift of a track at zero, as
 * matches tell differences alone; tracks need not be known.
 *
 * Links are read anew in each sweep, so that they can lie on disk.
 */
export interface PlaceSolver {
  /** dx, dy a place, px of its photo. */
  readonly shifts: Float32Array;
  add(links: PlaceLinks): void;
  /** Ends a sweep over all links; returns the root mean square change of the shifts, px. */
  endSweep(): number;
}

export function createPlaceSolver(placeCount: number): PlaceSolver {
  const shifts = new Float32Array(2 * placeCount);
  /** A place's normal equations: xx, xy, yy and right-hand sides x, y. */
  const sums = new Float32Array(5 * placeCount);
  const addTo = (
    place: number,
    a: number,
    b: number,
    c: number,
    d: number,
    weight: number,
    x: number,
    y: number,
  ): void => {
    const at = 5 * place;
    sums[at] += weight * (a * a + c * c);
    sums[at + 1] += weight * (a * b + c * d);
    sums[at + 2] += weight * (b * b + d * d);
    sums[at + 3] += weight * (a * x + c * y);
    sums[at + 4] += weight * (b * x + d * y);
  };
  return {
    shifts,
    add({ from, to, affinity, offset, size }) {
      for (let m = 0; m < from.length; m++) {
        const [i, j] = [from[m], to[m]];
        const [a, b, c, d] = affinity.subarray(4 * m, 4 * m + 4);
        const seenX = a * shifts[2 * i] + b * shifts[2 * i + 1] + offset[2 * m];
        const seenY = c * shifts[2 * i] + d * shifts[2 * i + 1] + offset[2 * m + 1];
        const ex = shifts[2 * j] - seenX;
        const ey = shifts[2 * j + 1] - seenY;
        const unit = robustSizes * size[m];
        const weight = 1 / (1 + (ex * ex + ey * ey) / (unit * unit));
        addTo(j, 1, 0, 0, 1, weight, seenX, seenY);
        addTo(i, a, b, c, d, weight, shifts[2 * j] - offset[2 * m], shifts[2 * j + 1] - offset[2 * m + 1]);
      }
    },
    endSweep() {
      let change = 0;
      let linked = 0;
      for (let place = 0; place < placeCount; place++) {
        const at = 5 * place;
        const [xx, xy, yy] = [sums[at] + priorWeight, sums[at + 1], sums[at + 2] + priorWeight];
        if (sums[at] === 0 && sums[at + 2] === 0) continue;
        const determinant = xx * yy - xy * xy;
        const stepX = damping * ((yy * sums[at + 3] - xy * sums[at + 4]) / determinant - shifts[2 * place]);
        const stepY = damping * ((xx * sums[at + 4] - xy * sums[at + 3]) / determinant - shifts[2 * place + 1]);
        shifts[2 * place] += stepX;
        shifts[2 * place + 1] += stepY;
        change += stepX * stepX + stepY * stepY;
        linked++;
      }
      sums.fill(0);
      return linked === 0 ? 0 : Math.sqrt(change / linked);
    },
  };
}
