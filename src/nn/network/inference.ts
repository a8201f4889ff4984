import { UsageError } from '../../errors.ts';
import type { ModelContract, TensorContract } from '../contract.ts';
import type { OnnxGraph } from '../onnx-graph.ts';
import { encodeOnnxModel } from '../onnx-graph.ts';
import { defaultSide } from './definition.ts';
import type { NetworkDefinition } from './definition.ts';
import { GraphWriter } from './graph-writer.ts';
import { inferenceRules, type EmitContext } from './inference-rules.ts';
import { compileBranch, compileDecision, compilePairs } from './program.ts';
import type { Operation, Program } from './program.ts';
import { inferShapes, lengthOf, parametersOf } from './shapes.ts';
import type { MapShape, ParameterShape } from './shapes.ts';
import { takeWeights, type Weights } from './weights.ts';

/** The whole network; or, of a siamese one, what describes a patch, and what decides on two descriptions. */
export type NetworkPart = 'pairs' | 'branch' | 'decision';

/** A part of a network with everything known of it but its weights. */
export interface CompiledPart {
  readonly program: Program;
  /** Of every operation, at the network's default side. */
  readonly shapes: readonly MapShape[];
  readonly parameters: readonly ParameterShape[];
}

/**
 * @throws TypeError where the network has no such part (only siamese ones have branch and decision)
 * @throws UsageError where the layers do not fit
 */
export function compilePart(definition: NetworkDefinition, part: NetworkPart): CompiledPart {
  if (part === 'decision') return complete(definition, compileDecision(definition, featureLength(definition)), 1);
  const program = part === 'pairs' ? compilePairs(definition) : compileBranch(definition);
  return complete(definition, program, defaultSide(definition));
}

function complete(definition: NetworkDefinition, program: Program, side: number): CompiledPart {
  const shapes = inferShapes(definition.name, program, side);
  const parameters = parametersOf(program, shapes);
  if (!('side' in definition.input) && side > 1)
    requireOpenSides(definition.name, program, definition.input, parameters);
  return { program, shapes, parameters };
}

/** The weights of a network for patches of any side must not depend on the side. */
function requireOpenSides(
  name: string,
  program: Program,
  { minSide, maxSide }: { readonly minSide: number; readonly maxSide: number },
  parameters: readonly ParameterShape[],
): void {
  for (const side of [minSide, maxSide]) {
    const others = parametersOf(program, inferShapes(name, program, side));
    const at = parameters.findIndex(({ shape }, i) => shape.some((size, axis) => size !== others[i].shape[axis]));
    if (at < 0) continue;
    throw new UsageError(
      `network ${name} is to take patches of any side from ${minSide} to ${maxSide}, but ${parameters[at].name} would be ` +
        `[${others[at].shape.join(', ')}] at ${side}×${side}: end every stream in a pyramid or fix the side`,
    );
  }
}

/** Numbers in what one branch of a siamese network gives. */
export function featureLength(definition: NetworkDefinition): number {
  const shapes = inferShapes(definition.name, compileBranch(definition), defaultSide(definition));
  return lengthOf(shapes[shapes.length - 1]);
}

/** What the file of a part takes and gives. Sizes that are open have names. */
export function partContract(definition: NetworkDefinition, part: NetworkPart): ModelContract {
  const tensor = (name: string, shape: readonly (number | string)[]): TensorContract[] => [
    { name, type: 'float32', shape: ['n', ...shape] },
  ];
  const { input } = definition;
  const sides = 'side' in input ? [input.side, input.side] : ['height', 'width'];
  switch (part) {
    case 'pairs':
      return { inputs: tensor('patches', [2, ...sides]), outputs: tensor('score', [1]) };
    case 'branch':
      return { inputs: tensor('patches', [1, ...sides]), outputs: tensor('descriptor', [featureLength(definition)]) };
    case 'decision':
      return { inputs: tensor('features', [2 * featureLength(definition)]), outputs: tensor('score', [1]) };
  }
}

/**
 * The bytes of an `.onnx` file: a part of a network with its weights, for inference only.
 * @param metadata key-value pairs stored in the file beside `network` and `part`
 * @throws UsageError where weights are missing or of another size
 */
export function inferenceModel(
  definition: NetworkDefinition,
  weights: Weights,
  part: NetworkPart,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return encodeOnnxModel(inferenceGraph(definition, weights, part, metadata));
}

/** The graph of `inferenceModel`. Weights are constants: only so does ONNX Runtime use its fast convolutions. */
export function inferenceGraph(
  definition: NetworkDefinition,
  weights: Weights,
  part: NetworkPart,
  metadata: Readonly<Record<string, string>> = {},
): OnnxGraph {
  const { program, shapes, parameters } = compilePart(definition, part);
  const known = new Map(
    parameters.map((parameter) => [parameter.name, takeWeights(`network ${definition.name}`, weights, parameter)]),
  );
  const { inputs, outputs } = partContract(definition, part);
  const graph = new GraphWriter();
  const values: string[] = [];
  for (const operation of program) {
    const context: EmitContext = {
      graph,
      inputs: operation.kind === 'input' ? [inputs[0].name] : operation.inputs.map((index) => values[index]),
      inputShapes: operation.inputs.map((index) => shapes[index]),
      openSides: !('side' in definition.input),
      weights: (name) => known.get(name)!,
    };
    const rule = inferenceRules[operation.kind] as (operation: Operation, context: EmitContext) => string;
    values.push(rule(operation, context));
  }
  const facts = { network: definition.name, part, ...metadata };
  return graph.build(definition.name, inputs[0], outputs[0], values[values.length - 1], facts);
}
