import { type Command, InvalidArgumentError, Option } from 'commander';
import { flagOf, type OptionTable } from './options.ts';

/** Adds the options of a table to a command; values are checked later, by the table's own schema. */
export function addOptions(command: Command, table: OptionTable): void {
  for (const [name, spec] of Object.entries(table)) {
    const short = name === 'output' ? '-o, ' : '';
    if (spec.kind === 'switch') {
      const flag = spec.fallback === true ? flagOf(name).replace('--', '--no-') : flagOf(name);
      command.addOption(new Option(flag, spec.fallback === true ? `do not ${spec.doc}` : spec.doc));
      continue;
    }
    const fallback = spec.fallback === undefined ? '' : ` (default: ${String(spec.fallback)})`;
    const option = new Option(`${short}${flagOf(name)} <${spec.placeholder}>`, `${spec.doc}${fallback}`);
    if (spec.kind === 'number') option.argParser(parseNumber);
    command.addOption(option);
  }
}

/**
 * What was given on the command line, by the table's names. Commander gives every `--no-x` a value, also when the flag is
 * absent; what nobody gave is left out, so that defaults come from the table.
 */
export function givenOptions(command: Command): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(command.opts())) {
    if (command.getOptionValueSource(name) === 'cli') given[name] = value;
  }
  return given;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError(`expected a number.`);
  return value;
}
