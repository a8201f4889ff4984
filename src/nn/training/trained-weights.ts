import type { NetworkDefinition } from '../network/definition.ts';
import { compilePairs } from '../network/program.ts';
import { foldBatchNormalisation, type Weights } from '../network/weights.ts';
import type { TrainingState } from './initial-state.ts';
import { stateNames, statisticsPrefix } from './training-graph.ts';

/** The averaged weights of a state, as inference takes them: batch normalisation folded into the layers before it. */
export function trainedWeights(
  definition: NetworkDefinition,
  state: TrainingState,
  { batchNormalise }: { readonly batchNormalise: boolean },
): Weights {
  const weights = averagedWeights(state);
  if (!batchNormalise) return weights;
  const program = compilePairs(definition, { batchNormalise });
  return foldBatchNormalisation(program, weights, runningStatistics(state));
}

/** The averaged weights by the names of their parameters, those of batch normalisation as they are. */
export function averagedWeights(state: TrainingState): Map<string, Float32Array> {
  return withoutPrefix(state, stateNames.average(''));
}

/** The running statistics of batch normalisation: `<name>.mean` and `<name>.variance`. */
export function runningStatistics(state: TrainingState): Map<string, Float32Array> {
  return withoutPrefix(state, statisticsPrefix);
}

function withoutPrefix(state: TrainingState, prefix: string): Map<string, Float32Array> {
  return new Map(
    [...state].flatMap(([name, data]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : [])),
  );
}
