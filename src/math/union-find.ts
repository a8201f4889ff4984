/** Sets of the numbers below a count, which grow together. */
export interface UnionFind {
  /** The lowest number of the set: its name. */
  rootOf(i: number): number;
  join(i: number, j: number): void;
}

/** Every number is a set of its own at first; in memory are four bytes each. */
export function createUnionFind(count: number): UnionFind {
  const parent = Uint32Array.from({ length: count }, (_, i) => i);
  const rootOf = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  return {
    rootOf,
    join(i, j) {
      const [p, q] = [rootOf(i), rootOf(j)];
      parent[Math.max(p, q)] = Math.min(p, q);
    },
  };
}
