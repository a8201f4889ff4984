import type { MatchGraph } from '../src/scene/match-graph.ts';
import { type CameraSolution, solveCameras as solve } from '../src/stitching/solve-cameras.ts';

/** Solves the cameras of every panorama. In a worker, so that an abort ends it and the caller's thread stays free. */
export function solveCameras({ graph, seed }: { readonly graph: MatchGraph; readonly seed: number }): CameraSolution {
  return solve(graph, { seed });
}
