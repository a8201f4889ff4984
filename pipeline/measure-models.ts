import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { z } from 'zod';
import { TesseraError, UsageError } from '../src/errors.ts';
import { readJsonFile } from '../src/read-json-file.ts';
import { addOptions, givenOptions } from './cli-options.ts';
import { evaluatePatchesOptions } from './evaluate-patches-options.ts';
import { evaluatePatches, type PatchEvaluation } from './evaluate-patches.ts';
import { measureModelsOptions, parseSides, type MeasureModelsOptions } from './measure-models-options.ts';
import { modelBenchmarkNames, type ModelBenchmark } from './model-benchmarks.ts';
import {
  knownFigure,
  readModelResults,
  withFigure,
  writeModelResults,
  type ModelFigure,
  type ModelResults,
} from './model-results.ts';
import { findModelSubjects, type ModelSubject } from './model-subjects.ts';
import { createConsoleObserver, silentObserver, type Observer } from './observer.ts';
import { resolveOptions } from './options.ts';

/** The folder's networks are trained for patches of this side, or are measured at it first. */
const ownSide = 64;
/** Where other sides, and the calibration, are measured. */
const mainBenchmark: ModelBenchmark = 'oxford';

const benchmarkSchema = z.object({ made: z.record(z.string(), z.unknown()) });

interface Measurement {
  readonly benchmark: ModelBenchmark;
  readonly folder: string;
  readonly side: number;
}

/**
 * Measures the networks of a folder, and the baselines, on the benchmarks that are named, and adds the figures to the
 * results. What is known of the same weights is not measured again; the results are written after each figure, so that a run that
 * is cut off goes on where it was.
 * @throws UsageError for options that cannot be, and where a benchmark is not the one that the results are of
 */
export async function measureModels(
  folder: string,
  options: MeasureModelsOptions & { readonly results: string },
  observe: Observer = silentObserver,
): Promise<ModelResults> {
  const { results: file, every } = options;
  const otherSides = parseSides(options.otherSides);
  const only = options.only?.split(',').map((name) => name.trim());
  const subjects = await findModelSubjects(folder, { only, label: options.label ?? null });
  const measurements = modelBenchmarkNames.flatMap((benchmark) => {
    const benchmarkFolder = options[benchmark];
    return benchmarkFolder === undefined ? [] : [{ benchmark, folder: benchmarkFolder, side: ownSide }];
  });
  if (measurements.length === 0) {
    throw new UsageError('expected a benchmark to measure on: name some of --oxford, --own-detector and --pose');
  }
  let results = await withBenchmarks(file, await readModelResults(file), measurements);
  for (const subject of subjects) {
    for (const measurement of [...measurements, ...atOtherSides(subject, measurements, otherSides)]) {
      const known = knownFigure(results, subject.row, { ...measurement, every });
      if (known !== null && !isStale(known, subject)) continue;
      const at = measurement.side === ownSide ? '' : ` at ${measurement.side} px`;
      observe({ type: 'message', level: 'info', text: `${subject.row.name} on ${measurement.benchmark}${at}` });
      const figure = await measure(subject, measurement, options, observe);
      results = withFigure(results, subject.row, figure);
      await writeModelResults(file, results);
    }
  }
  return results;
}

function atOtherSides(
  { takesAnySide }: ModelSubject,
  measurements: readonly Measurement[],
  sides: readonly number[],
): Measurement[] {
  const main = measurements.find(({ benchmark }) => benchmark === mainBenchmark);
  if (!takesAnySide || main === undefined) return [];
  return sides.filter((side) => side !== ownSide).map((side) => ({ ...main, side }));
}

/** The calibration was fitted, or fitted anew, after the figure was taken. */
function isStale({ benchmark, calibrationSha256 }: ModelFigure, subject: ModelSubject): boolean {
  return benchmark === mainBenchmark && calibrationSha256 !== subject.calibrationSha256;
}

async function measure(
  { model, calibrationSha256 }: ModelSubject,
  { benchmark, folder, side }: Measurement,
  { photos, every, device, threads }: MeasureModelsOptions,
  observe: Observer,
): Promise<ModelFigure> {
  const given = { model, patchSide: side, photos, every, device, threads };
  const [evaluation] = await evaluatePatches(folder, resolveOptions(evaluatePatchesOptions, given), observe);
  return { benchmark, side, every, ...figuresOf(evaluation), calibrationSha256 };
}

function figuresOf({ truePairs, wrongPairs, ranked, figures, reliability }: PatchEvaluation) {
  return {
    truePairs,
    wrongPairs,
    ranked,
    fpr95: percent(figures.fpr95),
    rank1: figures.rank1 === null ? null : percent(figures.rank1),
    rocAuc: percent(figures.rocAuc),
    ece: reliability === null ? null : percent(reliability.ece),
  };
}

function percent(share: number): number {
  return Number((100 * share).toFixed(4));
}

/** The results with how the benchmarks were made, which must be as before: a table compares figures of the same pairs. */
async function withBenchmarks(
  file: string,
  results: ModelResults,
  measurements: readonly Measurement[],
): Promise<ModelResults> {
  const benchmarks = { ...results.benchmarks };
  for (const { benchmark, folder } of measurements) {
    const made = await howMade(folder);
    if (made === null) continue;
    const before = benchmarks[benchmark];
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(made)) {
      throw new UsageError(
        `${folder} was made by ${JSON.stringify(made)}, but the figures in ${file} are of a benchmark made by ` +
          `${JSON.stringify(before)}: name that one, or measure into a new file`,
      );
    }
    benchmarks[benchmark] = made;
  }
  return { ...results, benchmarks };
}

/** What `tessera dataset homography` says of a benchmark; null for one that it did not make. */
async function howMade(folder: string): Promise<Record<string, unknown> | null> {
  const facts = await readJsonFile(join(folder, 'benchmark.json'), benchmarkSchema, 'make the benchmark again');
  if (facts === null) return null;
  // Another version makes the same benchmark, or its figures differ anyway.
  return Object.fromEntries(Object.entries(facts.made).filter(([key]) => key !== 'tessera'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const command = new Command('measure-models')
    .description('measure the networks of a folder and add the figures to models/results.json')
    .argument('<folder>', 'trained networks: <network>.onnx, as `tessera train` writes them');
  addOptions(command, measureModelsOptions);
  command.action(async (folder: string) => {
    const options = resolveOptions(measureModelsOptions, givenOptions(command));
    const progress = options.quiet ? null : createConsoleObserver();
    const results = options.results ?? fileURLToPath(new URL('../../models/results.json', import.meta.url));
    try {
      await measureModels(resolve(folder), { ...options, results }, progress?.observe);
    } finally {
      progress?.close();
    }
  });
  await command.parseAsync().catch((error: unknown) => {
    if (!(error instanceof TesseraError)) throw error;
    process.stderr.write(`measure-models: ${error.message}\n`);
    process.exitCode = 1;
  });
}
