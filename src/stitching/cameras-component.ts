import type { Component } from '../scene/components.ts';
import { connectedComponents } from '../scene/components.ts';
import type { MatchGraph } from '../scene/match-graph.ts';
import type { PanoramaCameras } from './cameras.ts';
import { camerasFromState } from './cameras-model.ts';
import type { RotationSolution } from './cameras-rotation.ts';
import { WRONG_PAIR, solveRotations } from './cameras-rotation.ts';
import type { Watch } from './cameras-refine.ts';
import type { CameraSetup } from './cameras-setup.ts';
import { prepareCameras } from './cameras-setup.ts';
import { medianOfFinite } from '../math/median.ts';
import type { PlanarSolution } from './planar-solve.ts';
import { solvePlanar } from './planar-solve.ts';
import { straighten } from './straighten.ts';

export interface SolvedComponent {
  /** The panorama of the largest part that agrees; null where no two photos do. */
  readonly cameras: PanoramaCameras | null;
  /** Pairs (indices into the graph's pairs) that contradict the panorama. */
  readonly wrong: ReadonlySet<number>;
  /** Parts that fell off and hang together by themselves: to be solved on their own. */
  readonly rest: readonly Component[];
  /** Photos that fell off alone. */
  readonly lost: readonly number[];
}

export interface ComponentOptions {
  /** Points used a pair. */
  readonly limit: number;
  readonly seed: number;
  readonly watch: Watch;
  readonly progress: (share: number) => void;
}

/** Larger components are never tried as flat scans: composing so many homographies says nothing. */
const MAX_PLANAR_PHOTOS = 80;
/** A plane is believed when its errors, times this and times how far it stretches the photos, stay below the rotations'. */
const PLANAR_PENALTY = 1.1;
/** A plane that stretches photos by less than this shows them as a scanner would. */
const SCAN_STRETCH = 1.15;
/** Beyond this no photo is recognisable in its corner. */
const MAX_STRETCH = 6;

/**
 * Cameras of one component. Pairs far off under the better model are dropped; the largest part that the others hold together is
 * solved again without them, the rest handed back.
 */
export function solveComponent(graph: MatchGraph, component: Component, options: ComponentOptions): SolvedComponent {
  const setup = prepareCameras(graph, component, options.limit, options.seed);
  const rotation = solveRotations(setup, options.watch, (share) => options.progress(0.9 * share));
  const planar = component.photos.length <= MAX_PLANAR_PHOTOS ? solvePlanar(setup, graph.pairs, options.watch) : null;
  const isPlanar = planar !== null && prefersPlane(setup, rotation, planar);
  const errors = isPlanar ? planar.pairErrors : rotation.pairErrors;
  const wrong = wrongPairs(graph, component, setup, errors);
  const parts = connectedComponents(graph, (pair) => component.pairs.includes(pair) && !wrong.has(pair));
  const members = new Set(component.photos);
  const lost = parts.isolated.filter((photo) => members.has(photo));
  const [largest, ...rest] = parts.components;
  if (largest === undefined) return { cameras: null, wrong, rest: [], lost };
  if (largest.photos.length === component.photos.length) {
    const cameras: PanoramaCameras = isPlanar
      ? { model: 'planar', cameras: planar.cameras }
      : { model: 'rotation', cameras: straighten(camerasFromState(rotation.state, setup.photos), graph.photos) };
    return { cameras, wrong, rest: [], lost: [] };
  }
  return { cameras: null, wrong, rest: [largest, ...rest], lost };
}

/** Fewer matches than this may be repeated structure: such a pair must fit better to be believed. */
const FEW_MATCHES = 40;
/** What a pair of few matches may be off, share of the long side. */
const FEW_LIMIT = 0.004;

/** Pairs (indices into the graph's) whose error is out of proportion to the others'. */
function wrongPairs(
  graph: MatchGraph,
  component: Component,
  setup: CameraSetup,
  errors: Float64Array,
): ReadonlySet<number> {
  const typical = 6 * medianOfFinite(errors);
  const limit = Math.min(Math.max(WRONG_PAIR * setup.reference, typical), 2 * WRONG_PAIR * setup.reference);
  const limitOfFew = Math.min(limit, Math.max(FEW_LIMIT * setup.reference, typical));
  return new Set(
    component.pairs.filter((pair, i) => {
      const isFew = graph.pairs[pair].points.length / 4 < FEW_MATCHES;
      return !(errors[i] < (isFew ? limitOfFew : limit));
    }),
  );
}

/** Whether the scene is flat rather than the camera turning: by errors, the plane's being charged for its freedom. */
function prefersPlane(setup: CameraSetup, rotation: RotationSolution, planar: PlanarSolution): boolean {
  const turned = medianOfFinite(rotation.pairErrors);
  const flat = medianOfFinite(planar.pairErrors);
  if (planar.stretch > MAX_STRETCH) return false;
  const known = setup.groups.some((group) => group.known);
  if (!known && planar.stretch < SCAN_STRETCH && flat <= 1.02 * turned) return true;
  return PLANAR_PENALTY * planar.stretch * flat < turned;
}
