import type { NetworkDefinition } from './definition.ts';
import { compilePart } from './inference.ts';
import type { Weights } from './weights.ts';

/**
 * What a network can take over from another one: the convolutions that both have at the same place, with as many channels
 * and filters of the same size, and their batch normalisation. Strides and padding may differ.
 * @param weights of `from`, with or without running statistics
 * @returns those of them that `to` can begin with; empty where the networks share no convolution
 */
export function sharedConvolutions(from: NetworkDefinition, to: NetworkDefinition, weights: Weights): Weights {
  const [known, wanted] = [convolutionsOf(from), convolutionsOf(to)];
  return new Map(
    [...weights].filter(([name]) => {
      const layer = name.slice(0, name.lastIndexOf('.'));
      return known.has(layer) && known.get(layer) === wanted.get(layer);
    }),
  );
}

/** By name, what decides the size of a convolution's weights. */
function convolutionsOf(definition: NetworkDefinition): Map<string, string> {
  const { program, shapes } = compilePart(definition, 'pairs');
  return new Map(
    program.flatMap((operation) =>
      operation.kind === 'convolution'
        ? [[operation.name, `${operation.size}:${shapes[operation.inputs[0]].channels}:${operation.filters}`] as const]
        : [],
    ),
  );
}
