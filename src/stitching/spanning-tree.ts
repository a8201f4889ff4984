/** An edge of a graph over nodes 0 … n − 1. */
export interface Edge {
  readonly a: number;
  readonly b: number;
}

/**
 * Order in which nodes join a maximum spanning tree (Prim), from the heaviest edge on. A node's claim is its heaviest edge to the
 * tree plus a tenth of its other edges there, so that of two equal claims the better connected one joins first.
 * Nodes that nothing connects to the tree are left out.
 */
export function growthOrder(count: number, edges: readonly Edge[], weights: readonly number[]): number[] {
  let first = -1;
  edges.forEach((_, e) => {
    if (first < 0 || weights[e] > weights[first]) first = e;
  });
  if (first < 0) return [];
  const order = [edges[first].a];
  const inTree = new Uint8Array(count);
  const strongest = new Float64Array(count).fill(-1);
  const total = new Float64Array(count);
  const reach = (node: number): void => {
    inTree[node] = 1;
    edges.forEach(({ a, b }, e) => {
      if (a !== node && b !== node) return;
      const other = a === node ? b : a;
      strongest[other] = Math.max(strongest[other], weights[e]);
      total[other] += weights[e];
    });
  };
  reach(order[0]);
  while (order.length < count) {
    let next = -1;
    let claim = -Infinity;
    for (let node = 0; node < count; node++) {
      if (inTree[node] || strongest[node] < 0) continue;
      const c = strongest[node] + 0.1 * (total[node] - strongest[node]);
      if (c > claim) [next, claim] = [node, c];
    }
    if (next < 0) break;
    order.push(next);
    reach(next);
  }
  return order;
}
