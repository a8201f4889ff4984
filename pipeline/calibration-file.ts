import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { pairCalibrationSchema } from '../src/evaluation/pair-calibration.ts';
import { readJsonFile } from '../src/read-json-file.ts';
import { writeOutput } from './output.ts';

const matchCalibrationSchema = z.object({
  bias: z.number(),
  score: z.number(),
  similarity: z.number(),
  ratio: z.number(),
  minScore: z.number(),
});

const matchFitSchema = z.object({
  map: matchCalibrationSchema,
  fittedOn: z.string(),
  candidates: z.number(),
  /** Expected calibration error on half of the photos when fitted on the others, 0 … 100. */
  heldOutEce: z.number(),
});
/** A match probability, and how it was fitted. */
export type MatchFit = z.infer<typeof matchFitSchema>;

/** What a network's scores mean, stored beside it as `<network>.calibration.json`. */
const calibrationFileSchema = z.object({
  version: z.literal(1),
  /** SHA-256 of the model file (of both, one after the other, for a siamese network in two): other weights, other scores. */
  sha256: z.string(),
  /** The pair probability, and how it was fitted; null where it was not. */
  pair: z
    .object({
      map: pairCalibrationSchema,
      fittedOn: z.string(),
      truePairs: z.number(),
      /** Expected calibration error of both kinds of map on held-out pairs, 0 … 100. */
      heldOutEce: z.object({ logistic: z.number(), table: z.number() }),
    })
    .nullable(),
  /** The match probability behind the shortlist, for each detector. */
  match: z.record(z.string(), matchFitSchema),
});
export type CalibrationFile = z.infer<typeof calibrationFileSchema>;

/** Where the calibration of a model file lies. */
export function calibrationPath(modelFile: string): string {
  return `${modelFile.replace(/\.onnx$/i, '')}.calibration.json`;
}

/** SHA-256 of files, one after the other. */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex');
}

/**
 * Reads a calibration; null where there is no such file.
 * @throws DataError naming the file that is not as `writeCalibration` writes it
 */
export function readCalibration(file: string): Promise<CalibrationFile | null> {
  return readJsonFile(file, calibrationFileSchema, 'fit the calibration again');
}

/** @throws OutputError naming the file that could not be written */
export function writeCalibration(file: string, calibration: CalibrationFile): Promise<void> {
  return writeOutput(file, `${JSON.stringify(calibration, null, 2)}\n`);
}
