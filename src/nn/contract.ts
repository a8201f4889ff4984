import { UsageError } from '../errors.ts';

/** What is expected of an input or output: a number fixes a dimension, a name (`n`) leaves its size open. */
export interface TensorContract {
  readonly name: string;
  readonly type: 'float32' | 'int32' | 'int64' | 'uint8';
  readonly shape: readonly (number | string)[];
}

/** What a network takes and gives. */
export interface ModelContract {
  readonly inputs: readonly TensorContract[];
  readonly outputs: readonly TensorContract[];
}

/** What a loaded file says of one of its inputs or outputs. */
export interface TensorDescription {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/**
 * Checks that a file is a network of the expected kind.
 * @throws UsageError that names the file, what was expected and what the file has.
 */
export function checkContract(
  file: string,
  contract: ModelContract,
  inputs: readonly TensorDescription[],
  outputs: readonly TensorDescription[],
): void {
  for (const [role, expected, found] of [
    ['input', contract.inputs, inputs],
    ['output', contract.outputs, outputs],
  ] as const) {
    for (const tensor of expected) {
      if (!found.some((candidate) => fits(tensor, candidate))) {
        throw contractError(file, role, describe(tensor), found);
      }
    }
  }
  // A further output does no harm; a further input could not be filled.
  if (inputs.length > contract.inputs.length) {
    throw contractError(file, 'input', `only ${contract.inputs.map(describe).join(', ')}`, inputs);
  }
}

/** A size the file leaves open fits anything; a size it fixes must be the expected one, and may not fix what must stay open. */
function fits(expected: TensorContract, found: TensorDescription): boolean {
  return (
    expected.name === found.name &&
    expected.type === found.type &&
    expected.shape.length === found.shape.length &&
    expected.shape.every((size, i) => typeof found.shape[i] !== 'number' || found.shape[i] === size)
  );
}

function contractError(file: string, role: string, expected: string, found: readonly TensorDescription[]): UsageError {
  const has = found.map(describe).join(', ') || `no ${role}`;
  return new UsageError(
    `${file}: expected ${role} ${expected} but the model has ${has}. Is it a network for another purpose?`,
  );
}

function describe(tensor: TensorDescription): string {
  return `${tensor.name} ${tensor.type} [${tensor.shape.join(',')}]`;
}
