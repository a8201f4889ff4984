import type { Command } from 'commander';
import { addOptions, givenOptions } from './cli-options.ts';
import { evaluateCalibrationOptions } from './evaluate-calibration-options.ts';
import { createConsoleObserver, silentObserver } from './observer.ts';
import { resolveOptions } from './options.ts';

/** Adds `tessera evaluate calibration <set>`: fits the match probability of a judge and prints how honest it is. */
export function addEvaluateCalibrationCommand(evaluate: Command, signal: AbortSignal): void {
  const command = evaluate
    .command('calibration')
    .description('fit the match probability of a judge behind the shortlist, and store it')
    .argument('<set>', 'patches of single photographs (`tessera dataset photos`), of one detector, not trained on')
    .exitOverride();
  addOptions(command, evaluateCalibrationOptions);
  command.action(async (folder: string) => {
    const options = resolveOptions(evaluateCalibrationOptions, givenOptions(command));
    const { evaluateCalibration } = await import('./evaluate-calibration.ts');
    const progress = options.quiet ? null : createConsoleObserver();
    try {
      const fit = await evaluateCalibration(folder, options, progress?.observe ?? silentObserver, signal);
      progress?.close();
      const error = `ECE on held-out photos ${fit.heldOutEce.toFixed(1)} %`;
      process.stdout.write(`${options.detector}: ${fit.candidates} candidates, ${error}\n`);
    } finally {
      progress?.close();
    }
  });
}
