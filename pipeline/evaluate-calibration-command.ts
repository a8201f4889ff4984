import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { modelFiles, modelPath, networkFor } from '../models/index.ts';
import { readPatchSet } from '../src/dataset/read-patch-set.ts';
import { detectorNames } from '../src/features/detect.ts';
import { calibrationPath, hashFiles, type MatchFit, readCalibration, writeCalibration } from './calibration-file.ts';
import { addOptions, givenOptions } from './cli-options.ts';
import { fitMatches } from './fit-match-calibration.ts';
import { createConsoleObserver, silentObserver } from './observer.ts';
import { choice, commonOptions, integer, type OptionTable, resolveOptions, text, textOr } from './options.ts';
import { makeOutputFolder } from './output.ts';
import { createPool } from './pool.ts';

/** Options of `tessera evaluate calibration`. */
const evaluateCalibrationOptions = {
  model: textOr('judge: a shipped name or an ONNX file', 'name|file', '2ch'),
  descriptor: textOr('descriptor of the shortlist: a shipped name or an ONNX file', 'name|file', 'descriptor'),
  detector: choice('detector that the set was made with', detectorNames, 'dog'),
  candidates: integer('candidates a keypoint for the judge', 'k', 1, 16, 2),
  output: text('folder for the calibrations, `<network>.calibration.json` (default: beside the networks)', 'dir'),
  seed: integer('seed of every random choice', 'n', 0, 2 ** 31 - 1, 0),
  device: commonOptions.device,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;

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
    networkFor(options.model, 'pair');
    networkFor(options.descriptor, 'descriptor');
    const [judgePath, decisionPath] = modelFiles(options.model);
    if (options.output !== undefined) await makeOutputFolder(options.output);
    const set = await readPatchSet(folder, { signal });
    const progress = options.quiet ? null : createConsoleObserver();
    const sessionThreads = Math.max(1, Math.floor(availableParallelism() / options.threads));
    const descriptorPath = modelPath(options.descriptor);
    const settings = { device: options.device, sessionThreads, judgePath, decisionPath, descriptorPath };
    const pool = createPool(options.threads, settings, signal);
    try {
      const observe = progress?.observe ?? silentObserver;
      const fitted = await fitMatches(set, options.candidates, options.seed, pool, observe);
      const store = (files: readonly string[], fit: MatchFit): Promise<void> =>
        storeCalibration(files, options.output, options.detector, fit);
      await store(modelFiles(options.model), fitted.judge);
      await store([descriptorPath], fitted.descriptor);
      progress?.close();
      process.stdout.write(
        `${options.detector}: ${fitted.judge.candidates} candidates, ECE on held-out photos ${fitted.judge.heldOutEce.toFixed(1)} %\n`,
      );
    } finally {
      progress?.close();
      await pool.close();
    }
  });
}

/** Keeps what else the file says of the same weights. */
async function storeCalibration(
  files: readonly string[],
  folder: string | undefined,
  detector: string,
  fit: MatchFit,
): Promise<void> {
  const beside = calibrationPath(files[0]);
  const file = folder === undefined ? beside : join(folder, basename(beside));
  const sha256 = await hashFiles(files);
  const before = await readCalibration(file);
  const known = before?.sha256 === sha256 ? before : null;
  await writeCalibration(file, {
    version: 1,
    sha256,
    pair: known?.pair ?? null,
    match: { ...known?.match, [detector]: fit },
  });
}
