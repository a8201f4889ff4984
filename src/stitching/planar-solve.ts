import type { Matrix3 } from '../math/matrix3.ts';
import { invert3, multiply3 } from '../math/matrix3.ts';
import type { VerifiedPair } from '../scene/match-graph.ts';
import type { PairObservations } from './bundle-observations.ts';
import { minimise } from './bundle-solver.ts';
import type { PlanarCamera } from './cameras.ts';
import type { Watch } from './cameras-refine.ts';
import type { CameraSetup } from './cameras-setup.ts';
import { medianOfFinite } from '../math/median.ts';
import { PlanarBundle } from './planar-bundle.ts';
import { growthOrder } from './spanning-tree.ts';

export interface PlanarSolution {
  readonly cameras: readonly PlanarCamera[];
  /** Median transfer error a pair, px · unit, in the order of the setup's observations. */
  readonly pairErrors: Float64Array;
  /** Largest ratio of lengths (1 = none) by which the plane shows any photo's corner larger or smaller than the reference photo. */
  readonly stretch: number;
}

/**
 * How far photos of a flat thing may be from similarities of each other: shear and unequal scale 3 %, perspective 10 %
 * over a photo. A scanner needs neither, a hand-held camera over a newspaper both; the data decides well inside this.
 */
const STIFFNESS = { affine: 0.03, perspective: 0.1 };
/** Noise of a keypoint, px · unit: below this, errors are the detector's. */
const NOISE_FLOOR = 0.25;

/**
 * Cameras of one component under the planar model: the pairs' homographies composed along a maximum spanning tree to a middle
 * photo, then adjusted together with a robust loss. Null where the plane passes through a photo's horizon.
 */
export function solvePlanar(setup: CameraSetup, pairs: readonly VerifiedPair[], watch: Watch): PlanarSolution | null {
  const normalisers = setup.infos.map((info): Matrix3 => {
    const s = 1 / setup.reference;
    return [s, 0, -s * ((info.width - 1) / 2), 0, s, -s * ((info.height - 1) / 2), 0, 0, 1];
  });
  const observations = setup.observations.map((o) => normalisePoints(o, normalisers));
  const order = growthOrder(
    setup.infos.length,
    observations,
    setup.observations.map((o) => o.points.length),
  );
  const middle = middlePhoto(setup, order);
  const maps = composeFrom(setup, pairs, normalisers, middle);
  if (maps === null) return null;
  for (const factor of [20, 8, 4, 2, 1.5]) {
    watch.check();
    const errors = observations.map((o) => planarPairError(maps, o, setup.units));
    const typical = Math.max(NOISE_FLOOR / setup.reference, medianOfFinite(errors));
    const bundle = new PlanarBundle(
      maps,
      observations,
      middle,
      setup.units,
      { loss: 'cauchy', sigma: factor * typical, noise: typical / 1.18 },
      STIFFNESS,
    );
    minimise(bundle, { maxIterations: 12, tolerance: 1e-6, onIteration: () => watch.check() });
  }
  const back = invert3(normalisers[middle])!;
  const cameras: PlanarCamera[] = [];
  for (const [c, photo] of setup.photos.entries()) {
    const inverse = invert3(Array.from(maps.subarray(9 * c, 9 * c + 9)) as unknown as Matrix3);
    if (inverse === null) return null;
    const m = multiply3(multiply3(back, inverse), normalisers[c]);
    cameras.push({ photo, panoramaFromImage: m.map((v) => v / m[8]) as unknown as Matrix3 });
  }
  const pairErrors = Float64Array.from(observations, (o) => setup.reference * planarPairError(maps, o, setup.units));
  return { cameras, pairErrors, stretch: largestStretch(setup, cameras) };
}

function normalisePoints(o: PairObservations, normalisers: readonly Matrix3[]): PairObservations {
  const points = o.points.slice();
  const [na, nb] = [normalisers[o.a], normalisers[o.b]];
  for (let i = 0; i < points.length; i += 4) {
    points[i] = na[0] * points[i] + na[2];
    points[i + 1] = na[4] * points[i + 1] + na[5];
    points[i + 2] = nb[0] * points[i + 2] + nb[2];
    points[i + 3] = nb[4] * points[i + 3] + nb[5];
  }
  return { ...o, points };
}

/** The photo from which the farthest other is the fewest pairs away; of equals the one with most points. */
function middlePhoto(setup: CameraSetup, order: readonly number[]): number {
  let best = { node: order[0], depth: Infinity, points: 0 };
  for (const node of order) {
    const depth = Math.max(...treeDepths(setup, node));
    const points = setup.observations.reduce((sum, o) => sum + (o.a === node || o.b === node ? o.points.length : 0), 0);
    if (depth < best.depth || (depth === best.depth && points > best.points)) best = { node, depth, points };
  }
  return best.node;
}

function treeDepths(setup: CameraSetup, root: number): number[] {
  const depth = new Array<number>(setup.infos.length).fill(Infinity);
  depth[root] = 0;
  const queue = [root];
  for (const node of queue) {
    for (const o of setup.observations) {
      const other = o.a === node ? o.b : o.b === node ? o.a : -1;
      if (other < 0 || depth[other] < Infinity) continue;
      depth[other] = depth[node] + 1;
      queue.push(other);
    }
  }
  return depth;
}

/** Normalised maps (image from panorama, last entry 1) composed from the strongest pair each photo has to the photos already mapped. */
function composeFrom(
  setup: CameraSetup,
  pairs: readonly VerifiedPair[],
  normalisers: readonly Matrix3[],
  root: number,
): Float64Array | null {
  const maps: (Matrix3 | null)[] = setup.infos.map(() => null);
  maps[root] = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let placed = 1; placed < maps.length; placed++) {
    let best: PairObservations | null = null;
    for (const o of setup.observations) {
      if ((maps[o.a] === null) === (maps[o.b] === null)) continue;
      if (best === null || pairs[o.pair].points.length > pairs[best.pair].points.length) best = o;
    }
    if (best === null) return null;
    const { bFromA } = pairs[best.pair];
    const normalised = multiply3(multiply3(normalisers[best.b], bFromA), invert3(normalisers[best.a])!);
    const isForward = maps[best.a] !== null;
    const step = isForward ? normalised : invert3(normalised);
    if (step === null) return null;
    const map = multiply3(step, maps[isForward ? best.a : best.b]!);
    if (!(map[8] / Math.max(...map.map(Math.abs)) > 1e-3)) return null;
    maps[isForward ? best.b : best.a] = map.map((v) => v / map[8]) as unknown as Matrix3;
  }
  return Float64Array.from(maps.flatMap((m) => [...m!]));
}

function planarPairError(maps: Float64Array, o: PairObservations, units: Float64Array): number {
  const errors = new Float64Array(o.points.length / 2);
  const m = (c: number): Matrix3 => Array.from(maps.subarray(9 * c, 9 * c + 9)) as unknown as Matrix3;
  const [ia, ib] = [invert3(m(o.a)), invert3(m(o.b))];
  if (ia === null || ib === null) return Infinity;
  const ab = multiply3(m(o.b), ia);
  const ba = multiply3(m(o.a), ib);
  for (let i = 0; i < o.points.length; i += 4) {
    const [xa, ya, xb, yb] = o.points.subarray(i, i + 4);
    errors[i / 2] = units[o.b] * distance(ab, xa, ya, xb, yb);
    errors[i / 2 + 1] = units[o.a] * distance(ba, xb, yb, xa, ya);
  }
  return medianOfFinite(errors);
}

function distance(h: Matrix3, x: number, y: number, u: number, v: number): number {
  const w = h[6] * x + h[7] * y + h[8];
  return Math.hypot((h[0] * x + h[1] * y + h[2]) / w - u, (h[3] * x + h[4] * y + h[5]) / w - v);
}

/** √ of the largest ratio of area scales, over all photos' corners, against 1. */
function largestStretch(setup: CameraSetup, cameras: readonly PlanarCamera[]): number {
  let worst = 1;
  cameras.forEach(({ panoramaFromImage: h }, c) => {
    const { width, height } = setup.infos[c];
    const det =
      h[0] * (h[4] * h[8] - h[5] * h[7]) - h[1] * (h[3] * h[8] - h[5] * h[6]) + h[2] * (h[3] * h[7] - h[4] * h[6]);
    for (const [x, y] of [
      [0, 0],
      [width - 1, 0],
      [0, height - 1],
      [width - 1, height - 1],
    ]) {
      const w = h[6] * x + h[7] * y + h[8];
      // Area scale of a homography: det / w³.
      const scale = w > 0 ? Math.sqrt(Math.abs(det) / (w * w * w)) : Infinity;
      worst = Math.max(worst, scale, 1 / scale);
    }
  });
  return worst;
}
