import type { Matrix2 } from '../../math/matrix2.ts';
import type { Matrix3 } from '../../math/matrix3.ts';

/** How photo c shows the surroundings of some places of photo a: matches that were aligned. Px of the upright photos. */
export interface LocalMaps {
  /** x, y a match in a. */
  readonly from: Float32Array;
  /** x, y a match in c. */
  readonly to: Float32Array;
  /** Px of c from px of a, four elements row by row. */
  readonly affinity: Float32Array;
  /** x_cᵀ F x_a = 0; null where one homography explains both photos. */
  readonly fundamental: Matrix3 | null;
}

/** A place of photo a, and what is known between a and c. */
export interface SeenFrom {
  readonly x: number;
  readonly y: number;
  readonly maps: LocalMaps;
}

export interface PredictedPlace {
  readonly x: number;
  readonly y: number;
  /** Standard deviation in the direction in which least is known, px. */
  readonly sigma: number;
  /** For each of the views: px of c from px of its photo. */
  readonly affinities: readonly Matrix2[];
}

/** Matches around a place that are asked where it went: enough for one that differs in depth not to decide. */
const nearestMaps = 4;
/** What an affinity is off by, as a share of the distance it is carried over. */
const errorOfDistance = 0.1;
/** What a match is off by, and an epipolar line, px of a photo of `unitSide`. */
const errorOfMatch = 1;
const errorOfLine = 1;
const unitSide = 2000;

/**
 * Where photo c should show a point that other photos show: what the nearest matches with each of them say and, more exactly where their epipolar
 * lines run, these. Weighted least squares.
 * @param side longer side of c, px
 * @returns null where nothing is known around the places
 */
export function predictPlace(views: readonly SeenFrom[], side: number): PredictedPlace | null {
  const unit = Math.max(1, side / unitSide);
  const sums = new Float64Array(5);
  const add = (xx: number, xy: number, yy: number, x: number, y: number): void => {
    sums[0] += xx;
    sums[1] += xy;
    sums[2] += yy;
    sums[3] += x;
    sums[4] += y;
  };
  const affinities: Matrix2[] = [];
  for (const { x, y, maps } of views) {
    const near = nearestOf(maps.from, x, y);
    if (near.length === 0) return null;
    const mean = new Float64Array(4);
    let total = 0;
    for (const m of near) {
      const [a, b, c, d] = maps.affinity.subarray(4 * m, 4 * m + 4);
      const [dx, dy] = [x - maps.from[2 * m], y - maps.from[2 * m + 1]];
      const sigma = errorOfMatch * unit + errorOfDistance * Math.hypot(a * dx + b * dy, c * dx + d * dy);
      const weight = 1 / (sigma * sigma);
      add(
        weight,
        0,
        weight,
        weight * (maps.to[2 * m] + a * dx + b * dy),
        weight * (maps.to[2 * m + 1] + c * dx + d * dy),
      );
      for (let k = 0; k < 4; k++) mean[k] += weight * maps.affinity[4 * m + k];
      total += weight;
    }
    affinities.push([mean[0] / total, mean[1] / total, mean[2] / total, mean[3] / total]);
    if (maps.fundamental !== null) addLine(maps.fundamental, x, y, errorOfLine * unit, add);
  }
  const [xx, xy, yy, sx, sy] = sums;
  const determinant = xx * yy - xy * xy;
  const mean = (xx + yy) / 2;
  const leastInformation = mean - Math.sqrt(Math.max(0, mean * mean - determinant));
  return {
    x: (yy * sx - xy * sy) / determinant,
    y: (xx * sy - xy * sx) / determinant,
    sigma: 1 / Math.sqrt(leastInformation),
    affinities,
  };
}

/** Normal equations of "the distance from the epipolar line of (x, y) is 0". */
function addLine(
  f: Matrix3,
  x: number,
  y: number,
  sigma: number,
  add: (xx: number, xy: number, yy: number, x: number, y: number) => void,
): void {
  const [p, q, r] = [f[0] * x + f[1] * y + f[2], f[3] * x + f[4] * y + f[5], f[6] * x + f[7] * y + f[8]];
  const length = Math.hypot(p, q);
  if (!(length > 0)) return;
  const weight = 1 / (sigma * sigma);
  const [nx, ny, distance] = [p / length, q / length, r / length];
  add(weight * nx * nx, weight * nx * ny, weight * ny * ny, -weight * distance * nx, -weight * distance * ny);
}

/** Rows of the points nearest to (x, y). */
function nearestOf(points: Float32Array, x: number, y: number): number[] {
  const rows: number[] = [];
  const distances: number[] = [];
  for (let m = 0; 2 * m < points.length; m++) {
    const distance = (points[2 * m] - x) ** 2 + (points[2 * m + 1] - y) ** 2;
    if (rows.length === nearestMaps && !(distance < distances[nearestMaps - 1])) continue;
    let at = Math.min(rows.length, nearestMaps - 1);
    for (; at > 0 && distances[at - 1] > distance; at--) {
      rows[at] = rows[at - 1];
      distances[at] = distances[at - 1];
    }
    rows[at] = m;
    distances[at] = distance;
  }
  return rows;
}
