const free = 0;
const sourceTree = 1;
const sinkTree = 2;
/** Values of `parent` that are no arcs. */
const none = -1;
const terminal = -2;
const orphaned = -3;

/**
 * Minimum cut of a graph with two terminals: Boykov & Kolmogorov, "An experimental comparison of min-cut/max-flow
 * algorithms for energy minimization in vision", PAMI 2004. Two search trees grow from the terminals, paths between them
 * are saturated, and the pieces cut off are adopted again. Fast on the grids of pictures.
 */
export class MaxFlow {
  private readonly first: Int32Array;
  private readonly next: Int32Array;
  private readonly head: Int32Array;
  /** Residual capacity of each arc; arc a ^ 1 runs the other way. */
  private readonly residual: Float32Array;
  /** Residual capacity from the source (> 0) or to the sink (< 0). */
  private readonly excess: Float32Array;
  private readonly tree: Uint8Array;
  /** Arc from a node to its parent, or one of the values above. */
  private readonly parent: Int32Array;
  private readonly distance: Int32Array;
  /** When `distance` was last known to be right. */
  private readonly stamp: Int32Array;
  private readonly isQueued: Uint8Array;
  /** A ring of the nodes from which trees grow; each is in it once at most. */
  private readonly active: Int32Array;
  private activeStart = 0;
  private activeCount = 0;
  private readonly orphans: number[] = [];
  private arcs = 0;
  private time = 0;

  constructor(
    private readonly nodes: number,
    maxEdges: number,
  ) {
    this.first = new Int32Array(nodes).fill(none);
    this.next = new Int32Array(2 * maxEdges);
    this.head = new Int32Array(2 * maxEdges);
    this.residual = new Float32Array(2 * maxEdges);
    this.excess = new Float32Array(nodes);
    this.tree = new Uint8Array(nodes);
    this.parent = new Int32Array(nodes).fill(none);
    this.distance = new Int32Array(nodes);
    this.stamp = new Int32Array(nodes);
    this.isQueued = new Uint8Array(nodes);
    this.active = new Int32Array(nodes);
  }

  /** Adds an edge with a capacity each way, both ≥ 0. */
  addEdge(i: number, j: number, forward: number, backward: number): void {
    this.addArc(i, j, forward);
    this.addArc(j, i, backward);
  }

  /** Adds what it costs to cut the node from the source and from the sink. */
  addTerminals(i: number, fromSource: number, toSink: number): void {
    this.excess[i] += fromSource - toSink;
  }

  /** Finds the minimum cut; then `isSinkSide` tells where each node fell. */
  solve(): void {
    for (let i = 0; i < this.nodes; i++) {
      if (this.excess[i] === 0) continue;
      this.tree[i] = this.excess[i] > 0 ? sourceTree : sinkTree;
      this.parent[i] = terminal;
      this.distance[i] = 1;
      this.activate(i);
    }
    while (this.activeCount > 0) {
      const i = this.active[this.activeStart];
      const bridge = this.tree[i] === free ? none : this.grow(i);
      if (bridge === none) {
        this.activeStart = (this.activeStart + 1) % this.nodes;
        this.activeCount--;
        this.isQueued[i] = 0;
        continue;
      }
      this.time++;
      this.augment(bridge);
      for (let orphan = this.orphans.pop(); orphan !== undefined; orphan = this.orphans.pop()) this.adopt(orphan);
    }
  }

  /** Whether the node lies on the sink's side; nodes that neither terminal reaches count as the source's. */
  isSinkSide(i: number): boolean {
    return this.tree[i] === sinkTree;
  }

  private addArc(from: number, to: number, capacity: number): void {
    const a = this.arcs++;
    this.head[a] = to;
    this.residual[a] = capacity;
    this.next[a] = this.first[from];
    this.first[from] = a;
  }

  private activate(i: number): void {
    if (this.isQueued[i] === 1) return;
    this.isQueued[i] = 1;
    this.active[(this.activeStart + this.activeCount++) % this.nodes] = i;
  }

  /** Lets the tree of i take in its free neighbours; an arc from the source tree to the sink tree if one turns up. */
  private grow(i: number): number {
    const { tree, head, residual, parent, distance, stamp } = this;
    const own = tree[i];
    for (let a = this.first[i]; a !== none; a = this.next[a]) {
      if (residual[own === sourceTree ? a : a ^ 1] <= 0) continue;
      const j = head[a];
      if (tree[j] === free) {
        tree[j] = own;
        parent[j] = a ^ 1;
        distance[j] = distance[i] + 1;
        stamp[j] = stamp[i];
        this.activate(j);
      } else if (tree[j] !== own) {
        return own === sourceTree ? a : a ^ 1;
      } else if (stamp[j] <= stamp[i] && distance[j] > distance[i]) {
        // A shorter way to the terminal keeps later paths short.
        parent[j] = a ^ 1;
        distance[j] = distance[i] + 1;
        stamp[j] = stamp[i];
      }
    }
    return none;
  }

  /** Saturates the path that the arc closes, from the source through it to the sink. */
  private augment(bridge: number): void {
    const { head, residual, excess, parent } = this;
    let flow = residual[bridge];
    let i = head[bridge ^ 1];
    for (; parent[i] !== terminal; i = head[parent[i]]) flow = Math.min(flow, residual[parent[i] ^ 1]);
    flow = Math.min(flow, excess[i]);
    let j = head[bridge];
    for (; parent[j] !== terminal; j = head[parent[j]]) flow = Math.min(flow, residual[parent[j]]);
    flow = Math.min(flow, -excess[j]);

    residual[bridge] -= flow;
    residual[bridge ^ 1] += flow;
    for (i = head[bridge ^ 1]; parent[i] !== terminal;) {
      const a = parent[i];
      residual[a] += flow;
      residual[a ^ 1] -= flow;
      const up = head[a];
      if (residual[a ^ 1] <= 0) this.orphan(i);
      i = up;
    }
    excess[i] -= flow;
    if (excess[i] <= 0) this.orphan(i);
    for (j = head[bridge]; parent[j] !== terminal;) {
      const a = parent[j];
      residual[a] -= flow;
      residual[a ^ 1] += flow;
      const up = head[a];
      if (residual[a] <= 0) this.orphan(j);
      j = up;
    }
    excess[j] += flow;
    if (excess[j] >= 0) this.orphan(j);
  }

  private orphan(i: number): void {
    this.parent[i] = orphaned;
    this.orphans.push(i);
  }

  /** Finds the orphan a new parent in its tree, nearest to the terminal, or sets it free. */
  private adopt(i: number): void {
    const { tree, head, residual, parent, distance, stamp } = this;
    const own = tree[i];
    let best = none;
    let bestDistance = Infinity;
    for (let a = this.first[i]; a !== none; a = this.next[a]) {
      if (residual[own === sourceTree ? a ^ 1 : a] <= 0) continue;
      const j = head[a];
      if (tree[j] !== own || parent[j] === none) continue;
      const d = this.distanceToTerminal(j);
      if (d < bestDistance) {
        best = a;
        bestDistance = d;
      }
    }
    parent[i] = best;
    if (best !== none) {
      stamp[i] = this.time;
      distance[i] = bestDistance + 1;
      return;
    }
    for (let a = this.first[i]; a !== none; a = this.next[a]) {
      const j = head[a];
      if (tree[j] !== own) continue;
      if (residual[own === sourceTree ? a ^ 1 : a] > 0) this.activate(j);
      if (parent[j] >= 0 && head[parent[j]] === i) this.orphan(j);
    }
    tree[i] = free;
  }

  /** Steps from the node up to its terminal, remembered along the way; Infinity where the way ends at an orphan. */
  private distanceToTerminal(from: number): number {
    const { head, parent, distance, stamp, time } = this;
    let steps = 0;
    let i = from;
    for (; stamp[i] !== time; i = head[parent[i]]) {
      if (parent[i] === terminal) {
        stamp[i] = time;
        distance[i] = 1;
        break;
      }
      if (parent[i] < 0) return Infinity;
      steps++;
    }
    const total = steps + distance[i];
    let d = total;
    for (let k = from; stamp[k] !== time; k = head[parent[k]]) {
      stamp[k] = time;
      distance[k] = d--;
    }
    return total;
  }
}
