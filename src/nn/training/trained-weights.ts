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
  const withPrefix = (prefix: string): Map<string, Float32Array> =>
    new Map(
      [...state].flatMap(([name, data]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : [],
      ),
    );
  const weights = withPrefix(stateNames.average(''));
  if (!batchNormalise) return weights;
  const program = compilePairs(definition, { batchNormalise });
  return foldBatchNormalisation(program, weights, withPrefix(statisticsPrefix));
}
