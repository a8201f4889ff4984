import type { PairObservations } from './bundle-observations.ts';
import type { RobustLoss } from './bundle-robust.ts';
import { RotationBundle } from './bundle-rotation.ts';
import { minimise } from './bundle-solver.ts';
import type { Freedom } from './bundle-layout.ts';
import { createLayout } from './bundle-layout.ts';
import type { CameraState } from './cameras-model.ts';
import type { CameraSetup } from './cameras-setup.ts';
import { medianOfFinite } from '../math/median.ts';
import { transferErrors } from './focal-search.ts';

/** What a long computation asks of its caller between iterations. */
export interface Watch {
  /** Throws when the caller wants to stop. */
  check(): void;
}

/** One adjustment: which freedom, which loss. */
export interface RefineStep {
  readonly freedom: Freedom;
  readonly loss: RobustLoss;
  /** Scale of the loss, px · unit. */
  readonly sigma: number;
  /** Noise the priors are weighed against, px · unit. */
  readonly noise: number;
  readonly iterations: number;
}

/** Adjusts the placed cameras of `state` in place over the given observations. */
export function refine(
  setup: CameraSetup,
  state: CameraState,
  placed: readonly number[],
  observations: readonly PairObservations[],
  step: RefineStep,
  watch: Watch,
): number {
  const layout = createLayout(setup, placed, step.freedom, state);
  const bundle = new RotationBundle(state, layout, observations, setup.units, setup.radii, {
    loss: step.loss,
    sigma: step.sigma,
    noise: step.noise,
  });
  return minimise(bundle, { maxIterations: step.iterations, tolerance: 1e-5, onIteration: () => watch.check() });
}

/** Median transfer error of a pair under the state, px · unit. */
export function pairError(setup: CameraSetup, state: CameraState, o: PairObservations): number {
  return medianOfFinite(transferErrors(state, o.a, o.b, o.points, setup.units));
}

/**
 * Support a pair gives the state: Σ 1 / (1 + e²/σ²) over its errors, in points: how many of them agree within σ.
 */
export function pairSupport(setup: CameraSetup, state: CameraState, o: PairObservations, sigma: number): number {
  let support = 0;
  for (const e of transferErrors(state, o.a, o.b, o.points, setup.units)) support += 0.5 / (1 + (e / sigma) ** 2);
  return support;
}
