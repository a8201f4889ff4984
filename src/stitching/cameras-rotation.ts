import type { Freedom } from './bundle-layout.ts';
import type { CameraState } from './cameras-model.ts';
import { copyState } from './cameras-model.ts';
import type { RobustLoss } from './bundle-robust.ts';
import { growCameras, settle } from './cameras-grow.ts';
import type { Watch } from './cameras-refine.ts';
import { pairError, pairSupport, refine } from './cameras-refine.ts';
import type { CameraSetup } from './cameras-setup.ts';
import { initialState } from './cameras-setup.ts';
import type { FocalStart } from './focal-search.ts';
import { medianOfFinite } from '../math/median.ts';
import { searchFocalScale, transferErrors, withIntrinsics } from './focal-search.ts';
import type { PairObservations } from './bundle-observations.ts';

/** A pair whose median error is above this share of the long side does not show the same thing under these cameras. */
export const WRONG_PAIR = 0.015;
/** Errors of a good pair, share of the long side: 2 px of a 1000 px photo. */
const GOOD = 0.002;
/** Below this, px · unit, errors are the detector's, not the model's. */
const NOISE_FLOOR = 0.25;

export interface RotationSolution {
  readonly state: CameraState;
  /** Median transfer error a pair, px · unit, in the order of the setup's observations. */
  readonly pairErrors: Float64Array;
  /** Share of the points that agree with the cameras within 0.5 % of the long side, 0–1. */
  readonly support: number;
}

/**
 * Cameras of one component under the rotation model, from several focal lengths until one start explains every pair; the best by
 * support otherwise.
 */
export function solveRotations(setup: CameraSetup, watch: Watch, onStart: (share: number) => void): RotationSolution {
  const focals = focalStarts(setup);
  // Last resort: photos of one setting that were zoomed, so that no common focal length explains them.
  const starts = [
    ...focals.map((start) => ({ start, freedom: ONE_FOCAL })),
    ...focals.slice(0, 2).map((start) => ({ start, freedom: FREE_FOCALS })),
  ];
  let best: RotationSolution | null = null;
  for (const [i, { start, freedom }] of starts.entries()) {
    onStart(i / starts.length);
    const state = growCameras(setup, withIntrinsics(initialState(setup), start), freedom, watch);
    settle(setup, state, setup.observations, allCameras(setup), freedom, watch);
    const solution = rate(setup, state);
    // A second start that ends at the same place says more starts would too.
    const confirmed = best !== null && Math.abs(solution.support - best.support) < 0.01 && best.support > 0.6;
    if (best === null || solution.support > best.support) best = solution;
    if (confirmed || explainsAll(setup, best)) break;
  }
  return polish(setup, best!.state, watch);
}

/** One focal length and k1 a camera setting: as much as rough cameras can tell. */
const ONE_FOCAL: Freedom = { focal: 'shared', centre: 'fixed', k1: 'shared', k2: 'fixed', tightness: 1 };
/** A focal length of its own a photo, loosely tied: zoomed between photos. */
const FREE_FOCALS: Freedom = { ...ONE_FOCAL, focal: 'tied', tightness: 30 };

/** Pairs that vote on the focal length: more would only take longer. */
const SEARCH_PAIRS = 60;

/** Scales of the expected focal length to start from, the most plausible first, none within 15 % of another. */
function focalStarts(setup: CameraSetup): FocalStart[] {
  const known = setup.groups.every((group) => group.known);
  const sigma = Math.min(...setup.groups.map((group) => group.lnFocalSigma));
  const strongest = [...setup.observations].sort((o, p) => p.points.length - o.points.length).slice(0, SEARCH_PAIRS);
  const light = strongest.map((o) => ({ ...o, points: o.points.subarray(0, 4 * 30) }));
  const found = searchFocalScale(
    initialState(setup),
    light,
    setup.units,
    (scale) => 0.5 * (Math.log(scale) / sigma) ** 2,
    { low: 0.35, high: 6, steps: 30, noise: 0.0005 * setup.reference },
  );
  const expected: FocalStart = { scale: 1, k1: 0 };
  const candidates = known ? [expected, ...found] : [...found, expected];
  const starts: FocalStart[] = [];
  for (const start of [...candidates, ...[0.7, 1.4, 2].map((f) => ({ scale: f * candidates[0].scale, k1: 0 }))]) {
    if (starts.every((s) => Math.abs(Math.log(start.scale / s.scale)) > 0.15)) starts.push(start);
  }
  return starts.slice(0, 5);
}

function allCameras(setup: CameraSetup): number[] {
  return setup.infos.map((_, i) => i);
}

/** Pair errors and support of a state. */
export function rate(setup: CameraSetup, state: CameraState): RotationSolution {
  const sigma = 0.005 * setup.reference;
  let support = 0;
  let points = 0;
  for (const o of setup.observations) {
    support += pairSupport(setup, state, o, sigma);
    points += o.points.length / 4;
  }
  return {
    state,
    pairErrors: Float64Array.from(setup.observations, (o) => pairError(setup, state, o)),
    support: support / points,
  };
}

function explainsAll(setup: CameraSetup, solution: RotationSolution): boolean {
  return solution.pairErrors.every((e) => e < 2 * GOOD * setup.reference);
}

/**
 * Full adjustment from rough cameras: one radial term a setting, then all intrinsics, while the loss narrows to the errors
 * themselves. Pairs that stay far off lose their say. How tightly the photos of a setting are tied is decided by the data:
 * the tightest tie whose errors are within 4 % of a looser one's (Occam). A photo's own principal point is nearly
 * the same as a small turn, so needless freedom there makes rotations worse.
 */
export function polish(setup: CameraSetup, rough: CameraState, watch: Watch): RotationSolution {
  const state = copyState(rough);
  adjust(
    setup,
    state,
    { focal: 'tied', centre: 'fixed', k1: 'shared', k2: 'fixed', tightness: 1 },
    'geman-mcclure',
    6,
    8,
    watch,
  );
  adjust(
    setup,
    state,
    { focal: 'tied', centre: 'shared', k1: 'shared', k2: 'shared', tightness: 1 },
    'cauchy',
    3,
    10,
    watch,
  );
  let best: RotationSolution | null = null;
  let bestCost = Infinity;
  let scale = 0;
  for (const tightness of TIGHTNESS) {
    const freedom: Freedom = { focal: 'tied', centre: 'tied', k1: 'tied', k2: 'tied', tightness };
    adjust(setup, state, freedom, 'cauchy', 2, 8, watch);
    adjust(setup, state, freedom, 'cauchy', 1.5, 20, watch);
    const solution = rate(setup, copyState(state));
    if (scale === 0) scale = Math.max(NOISE_FLOOR, medianOfFinite(solution.pairErrors));
    const cost = meanLogError(setup, state, scale);
    if (cost >= bestCost - freedomCharge(setup)) break;
    [best, bestCost] = [solution, cost];
  }
  return best!;
}

/** Ties tried, as factors of their standard deviations, the tightest first. */
const TIGHTNESS = [0.05, 1, 4];

/**
 * By how much chance alone lowers the mean log error when every photo gets intrinsics of its own, three times over: of N errors, p
 * parameters explain p/2N nats that are noise, and errors of neighbouring points are not independent.
 */
function freedomCharge(setup: CameraSetup): number {
  const errors = setup.observations.reduce((sum, o) => sum + o.points.length / 2, 0);
  return (1.5 * setup.infos.length) / errors;
}

/** Mean over pairs and points of ln √(e² + scale²), each error capped at that of a wrong pair. */
function meanLogError(setup: CameraSetup, state: CameraState, scale: number): number {
  const limit = (2 * WRONG_PAIR * setup.reference) ** 2;
  let sum = 0;
  for (const o of setup.observations) {
    const errors = transferErrors(state, o.a, o.b, o.points, setup.units);
    let pair = 0;
    for (const e of errors) pair += 0.5 * Math.log(Math.min(e * e, limit) + scale * scale);
    sum += pair / errors.length;
  }
  return sum / setup.observations.length;
}

/** One adjustment of all cameras, the loss's scale `factor` times the typical error of the pairs. */
function adjust(
  setup: CameraSetup,
  state: CameraState,
  freedom: Freedom,
  loss: RobustLoss,
  factor: number,
  iterations: number,
  watch: Watch,
): void {
  const errors = Float64Array.from(setup.observations, (o) => pairError(setup, state, o));
  const used = trusted(setup, setup.observations, errors);
  const typical = Math.max(NOISE_FLOOR, medianOfFinite(errors.filter((_, i) => used.includes(setup.observations[i]))));
  const step = { freedom, loss, sigma: factor * typical, noise: typical / 1.18, iterations };
  refine(setup, state, allCameras(setup), used, step, watch);
}

/** Pairs within the limit of a wrong pair; all of them where none would be left. */
function trusted(
  setup: CameraSetup,
  observations: readonly PairObservations[],
  errors: Float64Array,
): PairObservations[] {
  const used = observations.filter((_, i) => errors[i] < 2 * WRONG_PAIR * setup.reference);
  return used.length > 0 ? used : [...observations];
}
