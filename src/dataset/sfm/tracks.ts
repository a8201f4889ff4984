/** A keypoint by its view and its index there. A view is what one detector found in one photo. */
export interface KeypointOf {
  readonly view: number;
  readonly keypoint: number;
}

/** Matches between two views. */
export interface ViewMatches {
  readonly view1: number;
  readonly view2: number;
  readonly index1: ArrayLike<number>;
  readonly index2: ArrayLike<number>;
  /** Smaller is better. */
  readonly cost: ArrayLike<number>;
}

/**
 * Joins matches into tracks: the keypoints, at most one a view, that show one place. Matches are taken from the best on;
 * one that would put two keypoints of a view into a track is left out. It says that two tracks may be one place, so only
 * the larger of them stays, and nothing is said of the keypoints of the other.
 * @param counts keypoints of each view
 * @returns tracks of at least two keypoints, and the keypoints that belong to none but were matched
 */
export function joinTracks(
  counts: readonly number[],
  matches: readonly ViewMatches[],
): { tracks: KeypointOf[][]; disputed: KeypointOf[] } {
  const first = counts.map((_, view) => counts.slice(0, view).reduce((sum, n) => sum + n, 0));
  const total = counts.reduce((sum, n) => sum + n, 0);
  const viewOf = new Uint32Array(total);
  counts.forEach((n, view) => viewOf.fill(view, first[view], first[view] + n));
  const pairs = matches.flatMap(({ view1, view2, index1, index2, cost }) =>
    Array.from(index1, (i, m) => ({ a: first[view1] + i, b: first[view2] + index2[m], cost: cost[m] })),
  );
  pairs.sort((p, q) => p.cost - q.cost || p.a - q.a || p.b - q.b);

  const parent = Uint32Array.from({ length: total }, (_, i) => i);
  const root = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  const members = new Map<number, number[]>();
  const membersOf = (i: number): number[] => members.get(i) ?? [i];
  const disputes: (readonly [number, number])[] = [];
  for (const { a, b } of pairs) {
    const [rootA, rootB] = [root(a), root(b)];
    if (rootA === rootB) continue;
    const [inA, inB] = [membersOf(rootA), membersOf(rootB)];
    const views = new Set(inA.map((i) => viewOf[i]));
    if (inB.some((i) => views.has(viewOf[i]))) {
      disputes.push([a, b]);
      continue;
    }
    parent[rootB] = rootA;
    members.set(rootA, [...inA, ...inB]);
    members.delete(rootB);
  }

  const rivals = new Map<number, Set<number>>();
  for (const [a, b] of disputes) {
    const [rootA, rootB] = [root(a), root(b)];
    if (rootA === rootB) continue;
    rivals.set(rootA, (rivals.get(rootA) ?? new Set()).add(rootB));
    rivals.set(rootB, (rivals.get(rootB) ?? new Set()).add(rootA));
  }
  const kept = new Set<number>();
  const largestFirst = [...members.keys()].sort((p, q) => membersOf(q).length - membersOf(p).length || p - q);
  for (const at of largestFirst) {
    if (![...(rivals.get(at) ?? [])].some((rival) => kept.has(rival))) kept.add(at);
  }
  const named = (indices: readonly number[]): KeypointOf[] =>
    indices.toSorted((p, q) => p - q).map((i) => ({ view: viewOf[i], keypoint: i - first[viewOf[i]] }));
  const tracks = [...kept].map((at) => named(membersOf(at)));
  const dropped = new Set([...members.keys(), ...disputes.flat().map(root)].filter((at) => !kept.has(at)));
  return {
    tracks: tracks.sort(([p], [q]) => p.view - q.view || p.keypoint - q.keypoint),
    disputed: named([...dropped].flatMap(membersOf)),
  };
}
