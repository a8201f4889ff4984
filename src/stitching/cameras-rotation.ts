import type { Freedom } from './bundle-layout.ts';
import type { CameraState } from './cameras-model.ts';
import { INTRINSICS, copyState } from './cameras-model.ts';
import { growCameras, settle } from './cameras-grow.ts';
import type { Watch } from './cameras-refine.ts';
import { pairError, pairSupport, refine } from './cameras-refine.ts';
import type { CameraSetup } from './cameras-setup.ts';
import { initialState } from './cameras-setup.ts';
import { median, searchFocalScale } from './focal-search.ts';
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
  const scales = focalStarts(setup);
  // Last resort: photos of one setting that were zoomed, so that no common focal length explains them.
  const starts = [
    ...scales.map((scale) => ({ scale, freedom: ONE_FOCAL })),
    ...scales.slice(0, 2).map((scale) => ({ scale, freedom: FREE_FOCALS })),
  ];
  let best: RotationSolution | null = null;
  for (const [i, { scale, freedom }] of starts.entries()) {
    onStart(i / starts.length);
    const state = growCameras(setup, initialState(setup, scale), freedom, watch);
    settle(setup, state, setup.observations, allCameras(setup), freedom, watch);
    const solution = rate(setup, state);
    // A second start that ends at the same place says more starts would too.
    const confirmed = best !== null && Math.abs(solution.support - best.support) < 0.01 && best.support > 0.6;
    if (best === null || solution.support > best.support) best = solution;
    if (confirmed || explainsAll(setup, best)) break;
  }
  return polish(setup, best!.state, watch);
}

/** One focal length a camera setting, no distortion: as much as rough cameras can tell. */
const ONE_FOCAL: Freedom = { focal: 'shared', centre: 'fixed', k1: 'fixed', k2: 'fixed', tieFocal: 0 };
const FREE_FOCALS: Freedom = { focal: 'tied', centre: 'fixed', k1: 'fixed', k2: 'fixed', tieFocal: 0.1 };
const ALL_TIED: Freedom = { focal: 'tied', centre: 'tied', k1: 'tied', k2: 'tied', tieFocal: 0.003 };
/** Autofocus changes the focal length by this much from photo to photo. */
const TIE_FOCAL = 0.003;

/** Scales of the expected focal length to start from, the most plausible first, none within 15 % of another. */
function focalStarts(setup: CameraSetup): number[] {
  const known = setup.groups.every((group) => group.known);
  const sigma = Math.min(...setup.groups.map((group) => group.lnFocalSigma));
  const light = setup.observations.map((o) => ({ ...o, points: o.points.subarray(0, 4 * 40) }));
  const found = searchFocalScale(
    initialState(setup),
    light,
    setup.units,
    (scale) => 0.5 * (Math.log(scale) / sigma) ** 2,
    { low: 0.35, high: 6, steps: 36, noise: 0.0005 * setup.reference },
  );
  const starts: number[] = [];
  const candidates = known ? [1, ...found] : [...found, 1];
  for (const scale of [...candidates, 0.7 * candidates[0], 1.4 * candidates[0], 2 * candidates[0]]) {
    if (starts.every((s) => Math.abs(Math.log(scale / s)) > 0.15)) starts.push(scale);
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
 * Full adjustment from rough cameras: one radial term a setting, then all intrinsics tied softly to their setting's, while
 * the loss narrows to the errors themselves. Pairs that stay far off lose their say.
 */
export function polish(setup: CameraSetup, rough: CameraState, watch: Watch): RotationSolution {
  const state = copyState(rough);
  const all = allCameras(setup);
  const steps = [
    {
      freedom: { focal: 'tied', centre: 'fixed', k1: 'shared', k2: 'fixed', tieFocal: TIE_FOCAL },
      loss: 'geman-mcclure',
      factor: 6,
      iterations: 8,
    },
    {
      freedom: { focal: 'tied', centre: 'shared', k1: 'shared', k2: 'shared', tieFocal: TIE_FOCAL },
      loss: 'cauchy',
      factor: 3,
      iterations: 10,
    },
    { freedom: ALL_TIED, loss: 'cauchy', factor: 2, iterations: 10 },
    { freedom: ALL_TIED, loss: 'cauchy', factor: 1.5, iterations: 20 },
  ] as const;
  for (const step of steps) {
    const errors = Float64Array.from(setup.observations, (o) => pairError(setup, state, o));
    const used = trusted(setup, setup.observations, errors);
    const typical = Math.max(NOISE_FLOOR, median(errors.filter((_, i) => used.includes(setup.observations[i]))));
    const sigma = step.factor * typical;
    refine(setup, state, all, used, { ...step, sigma, noise: typical / 1.18 }, watch);
  }
  return rate(setup, state);
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

/** Horizontal or vertical field of the longest photo, radians: small where the focal length ran away. */
export function focalOverSide(setup: CameraSetup, state: CameraState): number {
  return median(
    Array.from(setup.infos, (info, i) => state.intrinsics[INTRINSICS * i] / Math.max(info.width, info.height)),
  );
}
