import type { Command } from 'commander';
import { addOptions, givenOptions } from './cli-options.ts';
import { createConsoleObserver } from './observer.ts';
import { sfmOptions, type SfmOptions } from './sfm-options.ts';

/**
 * Adds `tessera sfm <folder>`.
 * @param done told whether any two photos were matched
 */
export function addSfmCommand(program: Command, signal: AbortSignal, done: (found: boolean) => void): void {
  const command = program
    .command('sfm')
    .description('match the photos of a folder for a structure-from-motion program')
    .argument('<folder>', 'folder of photos; folders in it are searched too')
    .exitOverride();
  addOptions(command, sfmOptions);
  command.action(async (folder: string) => {
    const options = givenOptions(command) as SfmOptions;
    const [{ sfm }, { summaryText }] = await Promise.all([import('./sfm.ts'), import('./sfm/summary.ts')]);
    const progress = options.quiet ? null : createConsoleObserver();
    try {
      const result = await sfm(folder, { ...options, signal, onProgress: progress?.observe });
      progress?.close();
      if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      else process.stdout.write(summaryText(result) + result.notes.map((note) => `${note}\n`).join(''));
      const isFound = result.pairs.verified > 0 || options.shard !== undefined;
      if (!isFound) process.stderr.write('tessera: no two photos share a geometry\n');
      done(isFound);
    } finally {
      progress?.close();
    }
  });
}
