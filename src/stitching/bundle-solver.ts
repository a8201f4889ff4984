import type { NormalEquations } from '../math/normal-equations.ts';

/** A least-squares problem that Levenberg–Marquardt can minimise. */
export interface BundleProblem {
  readonly normal: NormalEquations;
  /** Fills the normal equations at the present parameters and returns the cost there. */
  linearise(): number;
  /** The cost at the present parameters; Infinity where they are not allowed. */
  cost(): number;
  /** Moves the parameters by δ. */
  apply(delta: Float64Array): void;
  save(): void;
  restore(): void;
}

export interface SolverOptions {
  readonly maxIterations: number;
  /** Stop when an iteration lowers the cost by less than this share of it. */
  readonly tolerance: number;
  /** Called once an iteration; may throw to abort. */
  readonly onIteration?: () => void;
}

/**
 * Levenberg–Marquardt with Nielsen's damping rule (Madsen, Nielsen & Tingleff, Methods for Non-Linear Least Squares Problems,
 * 2004, algorithm 3.16): parameters end at the best point seen.
 * @returns the cost there.
 */
export function minimise(problem: BundleProblem, options: SolverOptions): number {
  const delta = new Float64Array(problem.normal.size);
  let damping = 1e-4;
  let growth = 2;
  let cost = Infinity;
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    options.onIteration?.();
    problem.normal.clear();
    cost = problem.linearise();
    let improved = false;
    for (let attempt = 0; attempt < 8 && !improved; attempt++) {
      if (problem.normal.solve(damping, delta)) {
        problem.save();
        problem.apply(delta);
        const next = problem.cost();
        if (next < cost) {
          improved = true;
          damping = Math.max(damping / 5, 1e-10);
          growth = 2;
          if (cost - next < options.tolerance * cost) return next;
          cost = next;
          break;
        }
        problem.restore();
      }
      damping *= growth;
      growth *= 2;
    }
    if (!improved) break;
  }
  return cost;
}
