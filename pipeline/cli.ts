#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { DataError, OutputError, PhotoError, UsageError } from '../src/errors.ts';
import { packageRoot } from '../src/package-root.ts';
import { addOptions, givenOptions } from './cli-options.ts';
import { addDatasetCommands } from './dataset-commands.ts';
import { addEvaluateCalibrationCommand } from './evaluate-calibration-command.ts';
import { addEvaluatePairsCommand } from './evaluate-pairs-command.ts';
import { addEvaluatePatchesCommand } from './evaluate-patches-command.ts';
import { evaluatePanoramasCommand } from './evaluate.ts';
import { addMatchCommand } from './match-command.ts';
import { createConsoleObserver } from './observer.ts';
import { evaluateOptions, stitchOptions, type StitchOptions } from './options.ts';
import { addSfmCommand } from './sfm-command.ts';
import { summarise } from './stitch-summary.ts';
import { addTrainCommand } from './train-command.ts';

/** Exit codes scripts rely on. */
const exitCodes = { done: 0, data: 1, usage: 2, interrupted: 130 } as const;

/** Runs the command line; resolves to the exit code. Each command loads what it needs when it runs, so that starting, and help, take no longer than they must. */
async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = new Command('tessera')
    .description('Match photographs taken from far apart and stitch them.')
    .version(packageRoot().version)
    .exitOverride()
    .showHelpAfterError('(tessera --help lists the commands, tessera <command> --help its options)');
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).exitOverride();

  const stitchCommand = command('stitch', 'stitch photos into panoramas').argument(
    '<photos...>',
    'photos or folders of photos',
  );
  addOptions(stitchCommand, stitchOptions);
  stitchCommand.action(async (photos: string[]) => {
    exitCode = await runStitch(photos, givenOptions(stitchCommand) as StitchOptions, signal);
  });

  addMatchCommand(program, signal, (found) => {
    exitCode = found ? exitCodes.done : exitCodes.data;
  });

  addSfmCommand(program, signal, (found) => {
    exitCode = found ? exitCodes.done : exitCodes.data;
  });

  const evaluate = command('evaluate', 'measure on photo sets whose truth is known');
  const panoramas = evaluate
    .command('panoramas')
    .description('stitch every set in a folder and measure the cameras')
    .argument('<dir>', 'folder of photo sets')
    .exitOverride();
  addOptions(panoramas, evaluateOptions);
  panoramas.action(async (dir: string) => {
    exitCode = await evaluatePanoramasCommand(dir, givenOptions(panoramas), signal);
  });

  addEvaluatePairsCommand(evaluate, signal);
  addEvaluatePatchesCommand(evaluate, signal);
  addEvaluateCalibrationCommand(evaluate, signal);
  addDatasetCommands(program, signal);
  addTrainCommand(program, signal);

  const doctorCommand = command('doctor', 'show versions, cores, models and which execution providers really run')
    .option('--json', 'print the result as JSON')
    .action(async () => {
      const { doctor, renderDoctorReport } = await import('./doctor.ts');
      const report = await doctor();
      const { json } = doctorCommand.opts<{ json?: boolean }>();
      process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderDoctorReport(report));
    });

  await program.parseAsync(argv);
  return exitCode;
}

async function runStitch(photos: readonly string[], options: StitchOptions, signal: AbortSignal): Promise<number> {
  const { stitch } = await import('./stitch.ts');
  const progress = options.quiet ? null : createConsoleObserver();
  try {
    const result = await stitch(photos, { ...options, signal, onProgress: progress?.observe });
    progress?.close();
    process.stdout.write(options.json ? `${JSON.stringify(result.report, null, 2)}\n` : summarise(result));
    if (result.failure !== null) process.stderr.write(`tessera: ${result.failure}\n`);
    return result.failure === null ? exitCodes.done : exitCodes.data;
  } finally {
    progress?.close();
  }
}

/** What is printed for an error, and the exit code. Anything unexpected keeps its stack: it is a defect of Tessera. */
function reportError(error: unknown, interrupted: boolean): number {
  if (interrupted) {
    process.stderr.write('tessera: interrupted; nothing was left half-written\n');
    return exitCodes.interrupted;
  }
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof UsageError) {
    process.stderr.write(`tessera: ${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof DataError || error instanceof PhotoError || error instanceof OutputError) {
    process.stderr.write(`tessera: ${error.message}\n`);
    return exitCodes.data;
  }
  process.stderr.write(`tessera: unexpected error, please report it\n${(error as Error)?.stack ?? String(error)}\n`);
  return exitCodes.data;
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second time somebody is impatient.
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    interruption.abort();
  });
}
// A reader that closed the pipe (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
});

process.exitCode = await main(process.argv, interruption.signal).catch((error: unknown) =>
  reportError(error, interruption.signal.aborted),
);
