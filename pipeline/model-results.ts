import { z } from 'zod';
import { readJsonFile } from '../src/read-json-file.ts';
import { modelBenchmarkNames, type ModelBenchmark } from './model-benchmarks.ts';
import { writeOutput } from './output.ts';

const share = z.number().min(0).max(100);
const figureSchema = z.object({
  benchmark: z.enum(modelBenchmarkNames as [ModelBenchmark, ...ModelBenchmark[]]),
  /** Side of the patches. */
  side: z.number(),
  /** Every n-th anchor or pair was taken. */
  every: z.number(),
  truePairs: z.number(),
  wrongPairs: z.number(),
  /** True pairs of `rank1`. */
  ranked: z.number(),
  /** Shares 0 … 100, the scores of both orders averaged. */
  fpr95: share,
  rank1: share.nullable(),
  rocAuc: share,
  /** Expected calibration error of the pair probability, 0 … 100; null where none was fitted. */
  ece: share.nullable(),
  /** SHA-256 of the calibration that `ece` is of. */
  calibrationSha256: z.string().nullable(),
});
/** What one network came to on one benchmark. */
export type ModelFigure = z.infer<typeof figureSchema>;

const rowSchema = z.object({
  name: z.string(),
  /** The definition; null for a baseline. */
  network: z.string().nullable(),
  /** Tells weights of one network apart, as `bootstrap`; null for the latest. */
  label: z.string().nullable(),
  /** Names of the files that were measured, as `--model` takes them; null for a baseline. */
  files: z.string().nullable(),
  /** Of the files, one after the other. */
  sha256: z.string().nullable(),
  /** Pairs seen in training; null where the file does not say. */
  pairsSeen: z.number().nullable(),
  figures: z.array(figureSchema),
});
export type ModelRow = z.infer<typeof rowSchema>;

const resultsSchema = z.object({
  version: z.literal(1),
  /** How the benchmarks were made, where their folders say. */
  benchmarks: z.partialRecord(
    z.enum(modelBenchmarkNames as [ModelBenchmark, ...ModelBenchmark[]]),
    z.record(z.string(), z.unknown()),
  ),
  rows: z.array(rowSchema),
});
/** The content of `models/results.json`. */
export type ModelResults = z.infer<typeof resultsSchema>;

export const noResults: ModelResults = { version: 1, benchmarks: {}, rows: [] };

/**
 * Reads the results; none where there is no such file.
 * @throws DataError naming the file and the field that is not as expected
 */
export async function readModelResults(file: string): Promise<ModelResults> {
  return (await readJsonFile(file, resultsSchema, 'restore it, or remove it and measure again')) ?? noResults;
}

/** @throws OutputError naming the file that could not be written */
export function writeModelResults(file: string, results: ModelResults): Promise<void> {
  return writeOutput(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** A row's figure of the same benchmark and side, of the same weights, on at least as many pairs. */
export function knownFigure(
  results: ModelResults,
  { name, sha256 }: Pick<ModelRow, 'name' | 'sha256'>,
  { benchmark, side, every }: Pick<ModelFigure, 'benchmark' | 'side' | 'every'>,
): ModelFigure | null {
  const row = results.rows.find((other) => other.name === name && other.sha256 === sha256);
  const known = row?.figures.find((figure) => figure.benchmark === benchmark && figure.side === side);
  return known !== undefined && known.every <= every ? known : null;
}

/**
 * The results with one more figure. What was measured of other weights under the same name goes. Where a file does not say how
 * many pairs its weights saw, the results may, by hand.
 */
export function withFigure(results: ModelResults, row: Omit<ModelRow, 'figures'>, figure: ModelFigure): ModelResults {
  const before = results.rows.find(({ name }) => name === row.name);
  const same = before?.sha256 === row.sha256 ? before : null;
  const figures = [
    ...(same?.figures ?? []).filter(({ benchmark, side }) => benchmark !== figure.benchmark || side !== figure.side),
    figure,
  ];
  const merged = { ...row, pairsSeen: row.pairsSeen ?? same?.pairsSeen ?? null, figures };
  return {
    ...results,
    rows: before ? results.rows.map((other) => (other === before ? merged : other)) : [...results.rows, merged],
  };
}
