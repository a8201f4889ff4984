import { connectedComponents } from '../scene/components.ts';
import type { MatchGraph, PairLayer, VerifiedPair } from '../scene/match-graph.ts';
import { observePairs } from './bundle-observations.ts';
import { initialState, prepareCameras } from './cameras-setup.ts';
import { pairRotationError, searchFocalScale, withIntrinsics } from './focal-search.ts';

/** Points of a layer that are enough to tell how well it fits a rotation. */
const votingPoints = 40;
/** Focal lengths are searched from and to these multiples of the expected one. */
const focalRange = { low: 0.5, high: 2, steps: 15 };
/** A layer whose error is within this factor of the best one's shows the same rotation. */
const asGood = 1.3;
/** A layer whose error is below this share of the long side is a rotation. The one of most matches then stays. */
const goodFit = 0.0015;
/** So does one that no other's error undercuts by this factor, being a rotation itself. */
const clearlyBetter = 0.6;

/**
 * Chooses, for each pair whose matches follow several homographies, those that are a rotation of the camera under the focal
 * length that suits all pairs best: the distance rather than the ground at the photographer's feet. Pairs of one layer
 * stay as they are.
 */
export function chooseLayers(graph: MatchGraph): MatchGraph {
  if (graph.pairs.every(({ others = [] }) => others.length === 0)) return graph;
  const pairs = [...graph.pairs];
  for (const component of connectedComponents(graph).components) {
    const layered = component.pairs.flatMap((index) => layersOf(graph.pairs[index]).map((layer) => ({ index, layer })));
    const errors = rotationErrors(graph, component.photos, layered);
    for (const index of component.pairs) {
      const pair = graph.pairs[index];
      const own = layered.flatMap((entry, i) => (entry.index === index ? [{ ...entry, ...errors[i] }] : []));
      if (own.length > 1) pairs[index] = choose(pair, own);
    }
  }
  return { photos: graph.photos, pairs };
}

function layersOf({ points, bFromA, medianErrorPx, others = [] }: VerifiedPair): PairLayer[] {
  return [{ points, bFromA, medianErrorPx }, ...others];
}

/** Error of each layer as a rotation, px, and what counts as a good fit for its pair. */
function rotationErrors(
  graph: MatchGraph,
  photos: readonly number[],
  layered: readonly { index: number; layer: PairLayer }[],
): { error: number; good: number }[] {
  // Each layer is a photo pair of its own for the search.
  const layerGraph: MatchGraph = {
    photos: graph.photos,
    pairs: layered.map(({ index, layer }) => ({ a: graph.pairs[index].a, b: graph.pairs[index].b, ...layer })),
  };
  const component = { photos: [...photos], pairs: layered.map((_, i) => i) };
  const setup = prepareCameras(layerGraph, component, votingPoints, 0);
  const cameraOf = new Map(setup.photos.map((photo, camera) => [photo, camera]));
  const observations = observePairs(layerGraph.pairs, component.pairs, cameraOf, votingPoints, 0);
  const sigma = Math.min(...setup.groups.map((group) => group.lnFocalSigma));
  const start = initialState(setup);
  const [best] = searchFocalScale(start, observations, setup.units, (scale) => 0.5 * (Math.log(scale) / sigma) ** 2, {
    ...focalRange,
    noise: 0.0005 * setup.reference,
  });
  // The search has one distortion for all; a layer may look better under a slightly different lens.
  const states = [0.95, 1, 1.05].flatMap((f) =>
    [-0.06, 0, 0.06].map((k) => withIntrinsics(start, { scale: best.scale * f, k1: best.k1 + k })),
  );
  return observations.map((o) => ({
    error: Math.min(...states.map((state) => pairRotationError(state, o, setup.units))),
    good: goodFit * setup.reference,
  }));
}

/**
 * Drops the layer of most matches where another is a rotation and clearly better; where it stays, layers that fit as well join it,
 * and the adjustment's robust loss decides between them. Where no layer is a rotation under the rough focal length, which of them
 * comes nearest is chance.
 */
function choose(
  pair: VerifiedPair,
  layers: readonly { layer: PairLayer; error: number; good: number }[],
): VerifiedPair {
  const least = Math.min(...layers.map(({ error }) => error));
  const [main] = layers;
  const stays = main.error <= main.good || least > Math.min(main.good, clearlyBetter * main.error);
  const limit = stays ? main.error : Math.max(asGood * least, main.good);
  const kept = layers.filter(({ error }, i) => (i === 0 ? stays : error <= limit)).map(({ layer }) => layer);
  const { bFromA, medianErrorPx } = kept[0];
  const points = Float64Array.from(kept.flatMap((layer) => [...layer.points]));
  return { a: pair.a, b: pair.b, points, bFromA, medianErrorPx };
}
