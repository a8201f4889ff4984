import { UsageError } from '../../errors.ts';
import type { Operation, Program } from '../network/program.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import { rules, type Forward, type ParameterValues, type Rule } from './rules.ts';

/** A forward pass written down, with what a backward pass needs. */
export interface Tape {
  readonly program: Program;
  readonly steps: readonly Forward[];
  readonly output: Value;
}

type AnyRule = Rule<Operation['kind']>;
const ruleOf = ({ kind }: Operation): AnyRule => rules[kind] as AnyRule;

/** Emits the forward pass. `input` is what the program's `input` operation takes, [n, channels, height, width]. */
export function emitForward(b: GraphBuilder, program: Program, input: Value, parameters: ParameterValues): Tape {
  const steps: Forward[] = [];
  for (const operation of program) {
    const inputs = operation.kind === 'input' ? [input] : operation.inputs.map((index) => steps[index].output);
    steps.push(ruleOf(operation).forward(b, operation as never, inputs, parameters));
  }
  return { program, steps, output: steps[steps.length - 1].output };
}

/**
 * Emits reverse-mode differentiation: from the gradient of a scalar by the tape's output to its gradients by every
 * parameter. Operations before the first weights are left out.
 * @throws UsageError where an operation that has no gradient stands behind weights
 */
export function emitBackward(
  b: GraphBuilder,
  tape: Tape,
  outputGradient: Value,
  parameters: ParameterValues,
): Map<string, Value> {
  const { program, steps } = tape;
  const trained = findTrained(program);
  const pending: Value[][] = program.map(() => []);
  pending[program.length - 1].push(outputGradient);
  const collected = new Map<string, Value[]>();
  for (let i = program.length - 1; i >= 0; i--) {
    if (!trained[i] || pending[i].length === 0) continue;
    const operation = program[i];
    const { gradient } = ruleOf(operation);
    if (!gradient)
      throw new UsageError(`a network cannot have the operation "${operation.kind}" after its first weights`);
    const inputs = operation.inputs.map((index) => steps[index].output);
    const needsInputs = operation.inputs.some((index) => trained[index]);
    const taped = { ...steps[i], inputs };
    const result = gradient(b, operation as never, taped, b.sum(pending[i]), parameters, needsInputs);
    result.inputs.forEach((value, k) => {
      if (value && trained[operation.inputs[k]]) pending[operation.inputs[k]].push(value);
    });
    for (const [name, value] of Object.entries(result.parameters)) {
      collected.set(name, [...(collected.get(name) ?? []), value]);
    }
  }
  return new Map([...collected].map(([name, parts]) => [name, b.sum(parts)]));
}

/** Whether an operation's result depends on weights. */
function findTrained(program: Program): boolean[] {
  const trained: boolean[] = [];
  for (const operation of program) {
    const hasWeights =
      operation.kind === 'convolution' || operation.kind === 'dense' || operation.kind === 'batchNormalise';
    trained.push(hasWeights || operation.inputs.some((index) => trained[index]));
  }
  return trained;
}

/**
 * The same function with each ReLU that feeds a max-pool moved behind it, where it has a quarter of the work and pooling
 * has no ties at zero: max(relu(x)) = relu(max(x)).
 */
export function reluBehindPool(program: Program): Program {
  const result = [...program];
  for (let i = 1; i < result.length; i++) {
    const [pool, relu] = [result[i], result[i - 1]];
    if (pool.kind !== 'maxPool' || relu.kind !== 'relu' || pool.inputs[0] !== i - 1) continue;
    const readers = program.filter(({ inputs }) => inputs.includes(i - 1)).length;
    if (readers > 1) continue;
    result[i - 1] = { kind: 'maxPool', inputs: relu.inputs };
    result[i] = { kind: 'relu', inputs: [i - 1] };
  }
  return result;
}
