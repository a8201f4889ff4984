import { Argument, type Command } from 'commander';
import { addOptions, givenOptions } from './cli-options.ts';
import { createConsoleObserver, silentObserver } from './observer.ts';
import { resolveOptions } from './options.ts';
import { trainOptions } from './train-options.ts';

/** Adds `tessera train [network]`: prints the files it wrote to stdout. */
export function addTrainCommand(program: Command, signal: AbortSignal): void {
  const { network, ...flags } = trainOptions;
  const command = program
    .command('train')
    .description('train a network on sets of patches')
    .addArgument(new Argument('[network]', `${network.doc}; not needed with --resume`))
    .exitOverride();
  addOptions(command, flags);
  command.action(async (name: string | undefined) => {
    const options = resolveOptions(trainOptions, { ...givenOptions(command), network: name });
    const { train } = await import('./train.ts');
    const progress = options.quiet ? null : createConsoleObserver();
    try {
      const { files, pairsSeen } = await train(options, signal, progress?.observe ?? silentObserver);
      progress?.close();
      process.stdout.write(`${pairsSeen} pairs seen\n${files.join('\n')}\n`);
    } finally {
      progress?.close();
    }
  });
}
