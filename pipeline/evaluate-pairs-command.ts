import type { Command } from 'commander';
import { addOptions, givenOptions } from './cli-options.ts';
import { evaluatePairsOptions } from './evaluate-pairs-options.ts';
import { pairsJson, pairsTable } from './evaluate-pairs-output.ts';
import { createConsoleObserver, silentObserver } from './observer.ts';
import { resolveOptions } from './options.ts';

/** Adds `tessera evaluate pairs <dir>`: prints the table (or JSON) to stdout. */
export function addEvaluatePairsCommand(evaluate: Command, signal: AbortSignal): void {
  const command = evaluate
    .command('pairs')
    .description('match pairs of photos whose truth is known, and measure matches and geometry')
    .argument('<dir>', 'folder of sequences with homographies (H_1_2 …), or of scenes with cameras (cameras.json)')
    .exitOverride();
  addOptions(command, evaluatePairsOptions);
  command.action(async (dir: string) => {
    const options = resolveOptions(evaluatePairsOptions, givenOptions(command));
    const { evaluatePairs } = await import('./evaluate-pairs.ts');
    const progress = options.quiet ? null : createConsoleObserver();
    try {
      const sets = await evaluatePairs(dir, options, progress?.observe ?? silentObserver, signal);
      progress?.close();
      process.stdout.write(`${options.json ? JSON.stringify(pairsJson(sets), null, 2) : pairsTable(sets)}\n`);
    } finally {
      progress?.close();
    }
  });
}
