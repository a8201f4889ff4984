import type { Command } from 'commander';
import { addOptions, givenOptions } from './cli-options.ts';
import { evaluatePatchesOptions } from './evaluate-patches-options.ts';
import { createConsoleObserver, silentObserver } from './observer.ts';
import { resolveOptions } from './options.ts';

/** Adds `tessera evaluate patches <folder>`: prints the table (or JSON) to stdout. */
export function addEvaluatePatchesCommand(evaluate: Command, signal: AbortSignal): void {
  const command = evaluate
    .command('patches')
    .description('measure networks on pairs of patches whose truth is known')
    .argument('<folder>', "patches in Brown's format, or keypoints of photos")
    .exitOverride();
  addOptions(command, evaluatePatchesOptions);
  command.action(async (folder: string) => {
    const options = resolveOptions(evaluatePatchesOptions, givenOptions(command));
    const { evaluatePatches } = await import('./evaluate-patches.ts');
    const { evaluationFiles, patchesJson, patchesTable } = await import('./evaluate-patches-output.ts');
    const { makeOutputFolder } = await import('./output.ts');
    if (options.output !== undefined) await makeOutputFolder(options.output);
    const progress = options.quiet ? null : createConsoleObserver();
    try {
      const evaluations = await evaluatePatches(folder, options, progress?.observe ?? silentObserver, signal);
      if (options.output !== undefined) await evaluationFiles(options.output, folder, evaluations);
      progress?.close();
      const printed = options.json ? JSON.stringify(patchesJson(evaluations), null, 2) : patchesTable(evaluations);
      process.stdout.write(`${printed}\n`);
    } finally {
      progress?.close();
    }
  });
}
