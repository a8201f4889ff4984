import { basename, resolve } from 'node:path';
import { modelFiles } from '../models/index.ts';
import { readPatchBenchmark } from '../src/dataset/read-patch-benchmark.ts';
import { DataError, UsageError } from '../src/errors.ts';
import { expectedCalibrationError, type ReliabilityBin } from '../src/evaluation/expected-calibration-error.ts';
import {
  countScoredPairs,
  type OrderedScores,
  patchFigures,
  type PatchFigures,
  scoreBenchmark,
} from '../src/evaluation/measure-patches.ts';
import { calibrationSamples, fitPairCalibration, pairReliability } from '../src/evaluation/pair-calibration.ts';
import type { PatchBenchmark } from '../src/evaluation/patch-benchmark.ts';
import {
  classicalMethods,
  isSymmetric,
  methodOf,
  runsNetwork,
  type PatchMethod,
} from '../src/evaluation/patch-method.ts';
import { precisionRecallCurve, rocCurve } from '../src/evaluation/verification.ts';
import type { PrecisionRecallCurve, RocCurve } from '../src/evaluation/verification.ts';
import { requirePatchSide } from '../src/features/patch-side.ts';
import {
  calibrationPath,
  hashFiles,
  readCalibration,
  writeCalibration,
  type CalibrationFile,
} from './calibration-file.ts';
import type { EvaluatePatchesOptions } from './evaluate-patches-options.ts';
import type { Observer } from './observer.ts';
import { countScorings, createPatchScorer } from './patch-scorer.ts';
import { createPool, type Pool, withoutNetworks } from './pool.ts';

/** What one network came to on one benchmark. Scores of both orders are averaged unless it says otherwise. */
export interface PatchEvaluation {
  readonly model: string;
  readonly truePairs: number;
  readonly wrongPairs: number;
  /** True pairs ranked among hard wrong ones; 0 without any. */
  readonly ranked: number;
  readonly figures: PatchFigures;
  /** Of f(a, b) and f(b, a) alone; null where the order cannot matter. */
  readonly orders: readonly [PatchFigures, PatchFigures] | null;
  readonly roc: RocCurve;
  readonly precisionRecall: PrecisionRecallCurve;
  /** Null for a network without a fitted pair probability. */
  readonly reliability: { readonly bins: readonly ReliabilityBin[]; readonly ece: number } | null;
}

interface NamedMethod {
  readonly name: string;
  readonly method: PatchMethod;
  /** Its model files; none for a baseline. */
  readonly files: readonly string[];
}

/**
 * Measures networks and baselines on the pairs of a folder.
 * @throws UsageError where the folder, a model or an option is not what was expected; DataError where the folder's content
 *   is not; the signal's reason once aborted
 */
export async function evaluatePatches(
  folder: string,
  options: EvaluatePatchesOptions,
  observe: Observer,
  signal?: AbortSignal,
): Promise<PatchEvaluation[]> {
  const { patchSide: side, every, photos, device, threads } = options;
  requirePatchSide(side);
  const pool = createPool(threads, { ...withoutNetworks, device }, signal);
  try {
    const methods = await findMethods(options.model, side, pool);
    if (options.fitCalibration !== undefined && (methods.length > 1 || methods[0].files.length === 0)) {
      throw new UsageError('--fit-calibration fits one network: name one with --model, and no baseline');
    }
    const benchmark = await readPatchBenchmark(folder, {
      side,
      every,
      photos,
      signal,
      progress: (done, total) => observe({ type: 'progress', stage: 'patches', done, total }),
      note: (text) => observe({ type: 'message', level: 'warning', text }),
    });
    const evaluations: PatchEvaluation[] = [];
    const onScored = progressOf(methods, benchmark, observe);
    for (const named of methods) {
      await reportDevice(named.method, side, pool, device, observe);
      const scorer = createPatchScorer(named.method, side, pool, onScored);
      const scores = await scoreBenchmark(benchmark, scorer, isSymmetric(named.method));
      requireScores(named.name, scores);
      const calibration =
        options.fitCalibration === undefined
          ? await findCalibration(named, observe)
          : await fitCalibration(named, scores, folder, options.fitCalibration);
      evaluations.push(evaluate(named.name, benchmark, scores, calibration));
    }
    return evaluations;
  } finally {
    await pool.close();
  }
}

function requireScores(model: string, { averaged: { truePairs, wrongPairs, ranking } }: OrderedScores): void {
  for (const scores of [truePairs, wrongPairs, ranking?.truePairs, ranking?.hardPairs]) {
    const bad = scores?.findIndex((score) => Number.isNaN(score)) ?? -1;
    if (bad >= 0) throw new DataError(`${model} gave pair ${bad} a score that is not a number: are its weights whole?`);
  }
}

function evaluate(
  model: string,
  { truePairs, wrongPairs, ranking }: PatchBenchmark,
  { averaged, orders }: OrderedScores,
  calibration: CalibrationFile['pair'],
): PatchEvaluation {
  const bins = calibration === null ? null : pairReliability(calibration.map, calibrationSamples(averaged));
  return {
    model,
    truePairs: truePairs.count,
    wrongPairs: wrongPairs.count,
    ranked: ranking?.truePairs.count ?? 0,
    figures: patchFigures(averaged),
    orders: orders === null ? null : [patchFigures(orders[0]), patchFigures(orders[1])],
    roc: rocCurve(averaged.truePairs, averaged.wrongPairs),
    precisionRecall: precisionRecallCurve(averaged.truePairs, averaged.wrongPairs),
    reliability: bins === null ? null : { bins, ece: expectedCalibrationError(bins) },
  };
}

/** The methods that a list of names, files and baselines asks for. */
async function findMethods(list: string, side: number, pool: Pool): Promise<NamedMethod[]> {
  const names = list.split(',').map((name) => name.trim());
  const methods: NamedMethod[] = [];
  for (const name of names) {
    if (Object.hasOwn(classicalMethods, name)) {
      methods.push({ name, method: classicalMethods[name as keyof typeof classicalMethods], files: [] });
      continue;
    }
    const files = modelFiles(name);
    const [model, decision] = await pool.map('inspectPatchModel', files);
    methods.push({ name, method: methodOf(model, decision ?? null, side), files });
  }
  return methods;
}

/** Counts what is scored over all methods. */
function progressOf(
  methods: readonly NamedMethod[],
  benchmark: PatchBenchmark,
  observe: Observer,
): (more: number) => void {
  const pairs = countScoredPairs(benchmark, true);
  const total = methods.reduce((sum, { method }) => sum + countScorings(method, benchmark.count, pairs), 0);
  let done = 0;
  return (more) => observe({ type: 'progress', stage: 'verify', done: (done += more), total });
}

/** Says where a device that was asked for could not be used. */
async function reportDevice(
  method: PatchMethod,
  side: number,
  pool: Pool,
  device: EvaluatePatchesOptions['device'],
  observe: Observer,
): Promise<void> {
  if (device === 'cpu' || !runsNetwork(method)) return;
  const { provider, fallbackReason } = await pool.run('describePatchDevice', { method, side });
  if (device === 'auto') {
    if (provider !== 'cpu') observe({ type: 'message', level: 'info', text: `scoring on ${provider}` });
  } else if (fallbackReason !== null) {
    observe({
      type: 'message',
      level: 'warning',
      text: `${device} cannot be used, scoring on the CPU: ${fallbackReason}`,
    });
  }
}

/** The pair calibration stored beside a network, if it is of these weights. */
async function findCalibration({ files }: NamedMethod, observe: Observer): Promise<CalibrationFile['pair']> {
  if (files.length === 0) return null;
  const file = calibrationPath(files[0]);
  const stored = await readCalibration(file);
  if (stored === null) return null;
  if (stored.sha256 === (await hashFiles(files))) return stored.pair;
  observe({
    type: 'message',
    level: 'warning',
    text: `${file} was fitted to other weights, so there is no ECE: fit it again`,
  });
  return null;
}

/** Fits the pair probability and stores it; match calibrations of the same weights stay. */
async function fitCalibration(
  { files }: NamedMethod,
  { averaged }: OrderedScores,
  folder: string,
  output: string,
): Promise<CalibrationFile['pair']> {
  const { calibration, heldOut } = fitPairCalibration(calibrationSamples(averaged));
  const sha256 = await hashFiles(files);
  const before = await readCalibration(output);
  const pair = {
    map: calibration,
    // Without its path: the file is for other machines too.
    fittedOn: basename(resolve(folder)),
    truePairs: averaged.truePairs.length,
    heldOutEce: { logistic: 100 * heldOut.logistic, table: 100 * heldOut.table },
  };
  await writeCalibration(output, { version: 1, sha256, pair, match: before?.sha256 === sha256 ? before.match : {} });
  return pair;
}
