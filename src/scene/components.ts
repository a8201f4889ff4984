import { createUnionFind } from '../math/union-find.ts';
import type { MatchGraph } from './match-graph.ts';

/** Photos that pairs connect, directly or through others. */
export interface Component {
  /** Indices of photos, ascending; at least two. */
  readonly photos: readonly number[];
  /** Indices of the pairs among them, ascending. */
  readonly pairs: readonly number[];
}

/** What hangs together in a match graph, the largest first (more photos, then more inliers), and what hangs on nothing. */
export interface Components {
  readonly components: readonly Component[];
  /** Indices of photos without any pair, ascending. */
  readonly isolated: readonly number[];
}

/**
 * Connected components of a match graph, by union-find.
 * `usable` restricts the pairs (by index) that count; all by default.
 */
export function connectedComponents(graph: MatchGraph, usable: (pair: number) => boolean = () => true): Components {
  const { rootOf: root, join } = createUnionFind(graph.photos.length);
  graph.pairs.forEach((pair, index) => {
    if (usable(index)) join(pair.a, pair.b);
  });
  const byRoot = new Map<number, { photos: number[]; pairs: number[]; inliers: number }>();
  graph.photos.forEach((_, i) => {
    const r = root(i);
    if (!byRoot.has(r)) byRoot.set(r, { photos: [], pairs: [], inliers: 0 });
    byRoot.get(r)!.photos.push(i);
  });
  graph.pairs.forEach((pair, index) => {
    if (!usable(index)) return;
    const component = byRoot.get(root(pair.a))!;
    component.pairs.push(index);
    component.inliers += pair.points.length / 4;
  });
  const all = [...byRoot.values()];
  const components = all
    .filter((c) => c.photos.length > 1)
    .sort((c, d) => d.photos.length - c.photos.length || d.inliers - c.inliers || c.photos[0] - d.photos[0])
    .map(({ photos, pairs }) => ({ photos, pairs }));
  return { components, isolated: all.filter((c) => c.photos.length === 1).map((c) => c.photos[0]) };
}
