import type { RejectionCode } from '../errors.ts';
import { UsageError } from '../errors.ts';
import type { Component } from '../scene/components.ts';
import { connectedComponents } from '../scene/components.ts';
import type { MatchGraph } from '../scene/match-graph.ts';
import type { PanoramaCameras } from './cameras.ts';
import { solveComponent } from './cameras-component.ts';
import { medianOfFinite } from '../math/median.ts';
import { chooseLayers } from './pair-layers.ts';
import { pairTransferErrors } from './transfer.ts';

export interface SolveOptions {
  /** Chooses the points that are used where a pair has too many; the same seed gives the same cameras. */
  readonly seed: number;
  /** Points used a pair; default 100, spread over the overlap. More hardly helps: errors of neighbours go together. */
  readonly maxPointsPerPair?: number;
  /** Called with the share of the work done, 0–1, never falling. */
  readonly onProgress?: (fraction: number) => void;
  /** Checked between iterations; the solver throws its reason. */
  readonly signal?: AbortSignal;
}

/** A pair of the graph that agrees with the cameras of its panorama. */
export interface SolvedPair {
  /** Index into the graph's pairs. */
  readonly pair: number;
  /** Points of the pair within four times the panorama's typical error. */
  readonly inliers: number;
  /** Median transfer error of these under the final cameras, px of photo b. */
  readonly medianErrorPx: number;
}

export interface SolvedPanorama {
  readonly cameras: PanoramaCameras;
  readonly pairs: readonly SolvedPair[];
}

/** A photo that belongs to no panorama, with what the user can do. */
export interface RejectedPhoto {
  /** Index into the graph's photos. */
  readonly photo: number;
  readonly code: RejectionCode;
  readonly reason: string;
  readonly suggestion: string;
}

export interface CameraSolution {
  /** The largest first. */
  readonly panoramas: readonly SolvedPanorama[];
  readonly rejected: readonly RejectedPhoto[];
}

const MIN_POINTS = 8;

/**
 * Cameras of every panorama in a match graph. Each component becomes a panorama of rotating cameras or of a flat scene,
 * whichever explains its pairs; pairs that contradict the rest are dropped, and a component that falls apart without
 * them becomes several panoramas. Synchronous and deterministic.
 * @throws UsageError where pairs do not fit the photos; the signal's reason when aborted.
 */
export function solveCameras(layered: MatchGraph, options: SolveOptions): CameraSolution {
  checkGraph(layered);
  const graph = chooseLayers(layered);
  const { components, isolated } = connectedComponents(graph);
  const watch = { check: () => options.signal?.throwIfAborted() };
  const total = components.reduce((sum, c) => sum + c.photos.length, 0);
  let done = 0;
  const limit = options.maxPointsPerPair ?? 100;
  const panoramas: SolvedPanorama[] = [];
  const contradictory: number[] = [];
  const queue: Component[] = [...components];
  while (queue.length > 0) {
    const component = queue.shift()!;
    const progress = (share: number): void => options.onProgress?.((done + share * component.photos.length) / total);
    const solved = solveComponent(graph, component, { limit, seed: options.seed, watch, progress });
    if (solved.cameras !== null) {
      panoramas.push({
        cameras: solved.cameras,
        pairs: describePairs(graph, solved.cameras, component.pairs, solved.wrong),
      });
      done += solved.cameras.cameras.length;
    }
    queue.push(...solved.rest);
    contradictory.push(...solved.lost);
    done += solved.lost.length;
    progress(0);
  }
  panoramas.sort((p, q) => q.cameras.cameras.length - p.cameras.cameras.length || inlierCount(q) - inlierCount(p));
  const rejected = [
    ...isolated.map(rejectIsolated),
    ...contradictory.map((photo) => rejectContradictory(graph, photo)),
  ];
  options.onProgress?.(1);
  return { panoramas, rejected: rejected.sort((r, s) => r.photo - s.photo) };
}

function inlierCount(panorama: SolvedPanorama): number {
  return panorama.pairs.reduce((sum, pair) => sum + pair.inliers, 0);
}

function checkGraph(graph: MatchGraph): void {
  graph.pairs.forEach((pair, index) => {
    if (!(pair.a in graph.photos) || !(pair.b in graph.photos) || pair.a >= pair.b) {
      throw new UsageError(
        `expected pair ${index} to name two of ${graph.photos.length} photos, a < b; received a = ${pair.a}, b = ${pair.b}`,
      );
    }
    if (pair.points.length % 4 !== 0 || pair.points.length < 4 * MIN_POINTS || !pair.points.every(Number.isFinite)) {
      throw new UsageError(
        `expected pair ${index} to hold at least ${MIN_POINTS} matches of four finite numbers (xa, ya, xb, yb); received ${pair.points.length} numbers`,
      );
    }
  });
}

/** Inliers and error of every pair within a panorama that was not found wrong. */
function describePairs(
  graph: MatchGraph,
  cameras: PanoramaCameras,
  pairs: readonly number[],
  wrong: ReadonlySet<number>,
): SolvedPair[] {
  const inPanorama = new Set(cameras.cameras.map((camera) => camera.photo));
  const used = pairs.filter(
    (p) => !wrong.has(p) && inPanorama.has(graph.pairs[p].a) && inPanorama.has(graph.pairs[p].b),
  );
  const errors = used.map((p) => pairTransferErrors(cameras, graph.photos, graph.pairs[p]));
  const typical = medianOfFinite(errors.map(medianOfFinite));
  return used.map((pair, i) => {
    const limit = 4 * Math.max(typical, medianOfFinite(errors[i]), 0.5);
    const kept = errors[i].filter((e) => e <= limit);
    return { pair, inliers: kept.length, medianErrorPx: medianOfFinite(kept) };
  });
}

function rejectIsolated(photo: number): RejectedPhoto {
  return {
    photo,
    code: 'no-overlap',
    reason: 'no other photo shows enough of the same scene',
    suggestion: 'Photos should overlap by a third; add the photos in between, or leave this one out',
  };
}

function rejectContradictory(graph: MatchGraph, photo: number): RejectedPhoto {
  const ties = graph.pairs.filter((pair) => pair.a === photo || pair.b === photo);
  const matches = ties.reduce((sum, pair) => sum + pair.points.length / 4, 0);
  return {
    photo,
    code: 'parallax',
    reason: `its ${matches} matches with ${ties.length} other photo${ties.length === 1 ? '' : 's'} fit no turn of the camera`,
    suggestion: 'The camera moved, or the scene repeats itself: turn the camera about its lens without stepping aside',
  };
}
