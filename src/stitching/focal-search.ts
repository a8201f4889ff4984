import { medianOfFinite } from '../math/median.ts';
import { rotationFromCorrelation } from '../math/rotation.ts';
import type { Matrix3 } from '../math/matrix3.ts';
import type { CameraState } from './cameras-model.ts';
import { pixelToRay, transferPixel } from './cameras-model.ts';
import type { PairObservations } from './bundle-observations.ts';

/**
 * The rotation b from a that best fits the points of a pair under the given intrinsics: absolute orientation of the rays, then
 * re-fitted to the better half so that wrong matches do not turn it.
 */
export function fitPairRotation(state: CameraState, pair: PairObservations): Matrix3 {
  const n = pair.points.length / 4;
  const rays = new Float64Array(6 * n);
  const ray = new Float64Array(3);
  for (let i = 0; i < n; i++) {
    pixelToRay(state, pair.a, pair.points[4 * i], pair.points[4 * i + 1], ray);
    rays.set(ray, 6 * i);
    pixelToRay(state, pair.b, pair.points[4 * i + 2], pair.points[4 * i + 3], ray);
    rays.set(ray, 6 * i + 3);
  }
  const weight = new Float64Array(n).fill(1);
  let r = correlate(rays, weight);
  for (let round = 0; round < 3; round++) {
    const d = rayDistances(rays, r);
    const scale = 2 * medianOfFinite(d) + 1e-12;
    for (let i = 0; i < n; i++) weight[i] = 1 / (1 + (d[i] / scale) ** 2) ** 2;
    r = correlate(rays, weight);
  }
  return r;
}

function correlate(rays: Float64Array, weight: Float64Array): Matrix3 {
  const s = new Float64Array(9);
  for (let i = 0; i < weight.length; i++) {
    for (let k = 0; k < 3; k++) {
      const a = weight[i] * rays[6 * i + k];
      if (!Number.isFinite(a)) break;
      for (let l = 0; l < 3; l++) s[3 * k + l] += a * rays[6 * i + 3 + l];
    }
  }
  return rotationFromCorrelation(s);
}

function rayDistances(rays: Float64Array, r: Matrix3): Float64Array {
  const d = new Float64Array(rays.length / 6);
  for (let i = 0; i < d.length; i++) {
    const [x, y, z, u, v, w] = rays.subarray(6 * i, 6 * i + 6);
    d[i] = Math.hypot(
      r[0] * x + r[1] * y + r[2] * z - u,
      r[3] * x + r[4] * y + r[5] * z - v,
      r[6] * x + r[7] * y + r[8] * z - w,
    );
  }
  return d;
}

/**
 * Transfer errors of a pair's points, px times `units` of the photo they are measured in: a→b, b→a alternating.
 * Points behind a camera give Infinity.
 */
export function transferErrors(
  state: CameraState,
  a: number,
  b: number,
  points: Float64Array,
  units: Float64Array,
): Float64Array {
  const out = new Float64Array(points.length / 2);
  const pixel = new Float64Array(3);
  for (let i = 0; i < points.length; i += 4) {
    const [xa, ya, xb, yb] = points.subarray(i, i + 4);
    const ab = transferPixel(state, a, b, xa, ya, pixel);
    out[i / 2] = ab ? units[b] * Math.hypot(pixel[0] - xb, pixel[1] - yb) : Infinity;
    const ba = transferPixel(state, b, a, xb, yb, pixel);
    out[i / 2 + 1] = ba ? units[a] * Math.hypot(pixel[0] - xa, pixel[1] - ya) : Infinity;
  }
  return out;
}

/**
 * How badly a pair fits a pure rotation under the given intrinsics: median transfer error, px · unit. This is what
 * K⁻¹HK ∉ SO(3) costs where it matters, and works where the closed forms of focalsFromHomography divide by nearly zero.
 */
export function pairRotationError(state: CameraState, pair: PairObservations, units: Float64Array): number {
  const two: CameraState = {
    count: 2,
    rotations: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, ...fitPairRotation(state, pair)),
    intrinsics: Float64Array.of(
      ...state.intrinsics.subarray(5 * pair.a, 5 * pair.a + 5),
      ...state.intrinsics.subarray(5 * pair.b, 5 * pair.b + 5),
    ),
  };
  return medianOfFinite(transferErrors(two, 0, 1, pair.points, Float64Array.of(units[pair.a], units[pair.b])));
}

/** A pair's error is capped at this multiple of its best over all focal lengths, so that no single pair decides. */
const CAP = 4;

/** Intrinsics to start from: a scale of the expected focal lengths and a k1 for all. */
export interface FocalStart {
  readonly scale: number;
  readonly k1: number;
}

/** Radial distortions that ordinary lenses have, and what departing from none costs (half squared standard deviations of 0.1). */
const DISTORTIONS = [0, -0.08, -0.16, 0.08];

/**
 * Common scale of the focal lengths in `state` (from `low` to `high` times, in `steps` of a geometric progression) under which
 * the pairs fit rotations best, each scale with the radial distortion that suits it. Each pair votes with the ratio of
 * its error to its own best, so a pair that fits every focal length alike (small turn, narrow field) hardly counts.
 * @returns local minima of the summed cost, cheapest first.
 */
export function searchFocalScale(
  state: CameraState,
  pairs: readonly PairObservations[],
  units: Float64Array,
  prior: (scale: number) => number,
  range: { low: number; high: number; steps: number; noise: number },
): FocalStart[] {
  const ratio = (range.high / range.low) ** (1 / (range.steps - 1));
  const starts = Array.from({ length: range.steps }, (_, i) => range.low * ratio ** i).flatMap((scale) =>
    DISTORTIONS.map((k1) => ({ scale, k1 })),
  );
  const errors = starts.map((start) => {
    const tried = withIntrinsics(state, start);
    return pairs.map((pair) => pairRotationError(tried, pair, units) + range.noise);
  });
  const best = pairs.map((_, p) => Math.min(...errors.map((row) => row[p])));
  const costs = starts.map(({ scale, k1 }, i) =>
    errors[i].reduce(
      (sum, e, p) => sum + Math.log(best[p] < Infinity ? Math.min(e / best[p], CAP) : 1),
      prior(scale) + 0.5 * (k1 / 0.1) ** 2,
    ),
  );
  const perScale = Array.from({ length: range.steps }, (_, i) => {
    const row = DISTORTIONS.map((_, d) => i * DISTORTIONS.length + d);
    const cheapest = row.reduce((m, n) => (costs[n] < costs[m] ? n : m));
    return { start: starts[cheapest], cost: costs[cheapest] };
  });
  return perScale
    .filter(({ cost }, i) => cost <= (perScale[i - 1]?.cost ?? Infinity) && cost <= (perScale[i + 1]?.cost ?? Infinity))
    .sort((a, b) => a.cost - b.cost)
    .map(({ start }) => start);
}

/** The cameras with all focal lengths scaled and this k1. */
export function withIntrinsics(state: CameraState, start: FocalStart): CameraState {
  const intrinsics = state.intrinsics.slice();
  for (let c = 0; c < state.count; c++) {
    intrinsics[5 * c] *= start.scale;
    intrinsics[5 * c + 3] = start.k1;
  }
  return { ...state, intrinsics };
}
