import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { modelFiles, modelPath, networkFor } from '../models/index.ts';
import { readPatchSet } from '../src/dataset/read-patch-set.ts';
import { calibrationPath, hashFiles, type MatchFit, readCalibration, writeCalibration } from './calibration-file.ts';
import type { evaluateCalibrationOptions } from './evaluate-calibration-options.ts';
import { fitMatches } from './fit-match-calibration.ts';
import type { Observer } from './observer.ts';
import type { Resolved } from './options.ts';
import { makeOutputFolder } from './output.ts';
import { createPool } from './pool.ts';

/** Fits the match probability of a judge, and of the descriptor alone, and stores both. Resolves to that of the judge. */
export async function evaluateCalibration(
  folder: string,
  options: Resolved<typeof evaluateCalibrationOptions>,
  observe: Observer,
  signal: AbortSignal,
): Promise<MatchFit> {
  networkFor(options.model, 'pair');
  networkFor(options.descriptor, 'descriptor');
  const [judgePath, decisionPath] = modelFiles(options.model);
  if (options.output !== undefined) await makeOutputFolder(options.output);
  const set = await readPatchSet(folder, { signal });
  const sessionThreads = Math.max(1, Math.floor(availableParallelism() / options.threads));
  const descriptorPath = modelPath(options.descriptor);
  const settings = { device: options.device, sessionThreads, judgePath, decisionPath, descriptorPath };
  const pool = createPool(options.threads, settings, signal);
  try {
    const fitted = await fitMatches(set, options.candidates, options.seed, pool, observe);
    const store = (files: readonly string[], fit: MatchFit): Promise<void> =>
      storeCalibration(files, options.output, options.detector, fit);
    await store(modelFiles(options.model), fitted.judge);
    await store([descriptorPath], fitted.descriptor);
    return fitted.judge;
  } finally {
    await pool.close();
  }
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
