import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, UsageError } from '../src/errors.ts';
import { parseCorrespondences, parseExpectedPanoramas } from '../src/evaluation/correspondences.ts';
import type { ExpectedPanoramas, PairCorrespondences } from '../src/evaluation/correspondences.ts';
import { measurePanoramas } from '../src/evaluation/panorama-errors.ts';
import type { PanoramaErrors } from '../src/evaluation/panorama-errors.ts';
import { buildReport, parseReport } from '../src/export/panorama-report.ts';
import type { PanoramaReport } from '../src/export/panorama-report.ts';
import { alignColumns } from './align-columns.ts';
import { makeOutputFolder } from './output.ts';
import type { StitchSet } from './stitch-child.ts';

export interface EvaluatePanoramasOptions {
  /** Stitches one set; see `createChildStitcher`. */
  readonly stitchSet: StitchSet;
  /** Folder with `expect.json` and a `<set>.csv` for each set; without it the errors are null. */
  readonly correspondences?: string;
  /** Names of the sets to run; all when absent. */
  readonly only?: readonly string[];
  /** Folder that keeps each set's panorama and report; when absent they are removed again. */
  readonly output?: string;
  readonly signal?: AbortSignal;
  /** Called with a line for people before and after each set. */
  readonly progress?: (line: string) => void;
}

/** What stitching one set came to; errors as in `PanoramaErrors`, infinite or null. */
export interface EvaluatedSet extends PanoramaErrors {
  readonly name: string;
  readonly photos: number;
  readonly seconds: number;
  /** Null where neither the system nor a report tells. */
  readonly peakMiB: number | null;
  /** Why there is no panorama; null where there is one. */
  readonly failure: string | null;
}

/**
 * Stitches every set (sub-folder) of `dir`, one after the other, and measures the final cameras by independent
 * correspondences. A set that cannot be stitched gives a row, not an end.
 * @throws UsageError where `dir`, `correspondences` or a name in `only` is not what was expected; the signal's reason once aborted.
 */
export async function evaluatePanoramas(dir: string, options: EvaluatePanoramasOptions): Promise<EvaluatedSet[]> {
  const names = await listSets(dir, options.only);
  const expected = options.correspondences === undefined ? null : await readExpected(options.correspondences);
  const folder = options.output ?? (await mkdtemp(join(tmpdir(), 'tessera-evaluate-')));
  const sets: EvaluatedSet[] = [];
  try {
    await makeOutputFolder(folder);
    for (const name of names) {
      options.signal?.throwIfAborted();
      options.progress?.(`${name} (${sets.length + 1} of ${names.length}) …`);
      const pairs =
        options.correspondences === undefined ? null : await readCorrespondences(options.correspondences, name);
      const set = await evaluateSet(name, join(dir, name), folder, pairs, expected?.[name] ?? null, options);
      options.progress?.(summaryLine(set));
      sets.push(set);
    }
  } finally {
    if (options.output === undefined) await rm(folder, { recursive: true, force: true });
  }
  return sets;
}

/** What `--json` prints: infinite errors are null. */
export function evaluationJson(sets: readonly EvaluatedSet[]): {
  sets: Record<string, Record<string, number | null>>;
} {
  const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
  return {
    sets: Object.fromEntries(
      sets.map((set) => [
        set.name,
        {
          photos: set.photos,
          belong: set.belong,
          used: set.used,
          panoramas: set.panoramas,
          medianPct: finite(set.medianPct),
          p90Pct: finite(set.p90Pct),
          seconds: Number(set.seconds.toFixed(2)),
          peakMiB: set.peakMiB === null ? null : Math.round(set.peakMiB),
        },
      ]),
    ),
  };
}

/** The table for people: one line a set, then totals and what went wrong. */
export function evaluationTable(sets: readonly EvaluatedSet[]): string {
  const head = ['set', 'photos', 'used', 'panoramas', 'median %', '90 % below', 'seconds', 'peak MiB'];
  const rows = sets.map((set) => [
    set.name,
    String(set.photos),
    `${set.used}/${set.belong}`,
    String(set.panoramas),
    percentText(set.medianPct),
    percentText(set.p90Pct),
    set.seconds.toFixed(1),
    set.peakMiB === null ? '–' : set.peakMiB.toFixed(0),
  ]);
  const complete = sets.filter((set) => set.used === set.belong && set.wronglyUsed.length === 0).length;
  const seconds = sets.reduce((sum, set) => sum + set.seconds, 0);
  return [
    ...alignColumns([head, ...rows]),
    `every photo that belongs, and no other: ${complete} of ${sets.length} sets; ${seconds.toFixed(0)} s together`,
    ...sets.flatMap(complaints),
  ].join('\n');
}

async function listSets(dir: string, only: readonly string[] | undefined): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => {
    throw new UsageError(`expected a folder of photo sets, but ${dir} cannot be read as a folder`);
  });
  const names = entries.filter((e) => e.isDirectory() && !e.name.startsWith('.')).map((e) => e.name);
  if (names.length === 0) {
    throw new UsageError(`expected one sub-folder a photo set in ${dir}, but it has none`);
  }
  const unknown = (only ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`no set named ${unknown.join(', ')} in ${dir}; there are ${names.sort().join(', ')}`);
  }
  return (only === undefined ? names : names.filter((name) => only.includes(name))).sort();
}

async function readExpected(folder: string): Promise<ExpectedPanoramas> {
  const file = join(folder, 'expect.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`expected ${file}, which says which photos belong together, but it cannot be read`);
  });
  return parseExpectedPanoramas(parseJson(text, file), file);
}

async function readCorrespondences(folder: string, set: string): Promise<PairCorrespondences[] | null> {
  const file = join(folder, `${set}.csv`);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : parseCorrespondences(text, file);
}

async function evaluateSet(
  name: string,
  photosFolder: string,
  folder: string,
  pairs: PairCorrespondences[] | null,
  groups: readonly (readonly string[])[] | null,
  options: EvaluatePanoramasOptions,
): Promise<EvaluatedSet> {
  const reportPath = join(folder, `${name}.json`);
  // A report of an earlier run must not speak for a run that crashes.
  await rm(reportPath, { force: true });
  const run = await options.stitchSet(photosFolder, join(folder, `${name}.jpg`), reportPath, options.signal);
  const { report, problem } = await readReport(reportPath);
  const errors = measurePanoramas(report ?? nothing, pairs, groups);
  const peaks = [run.peakMiB, report?.peakMemoryMiB].filter((mib) => mib !== null && mib !== undefined);
  return {
    ...errors,
    name,
    // Without a report only those are known that were expected.
    photos: report === null ? errors.belong : countPhotos(report),
    seconds: run.seconds,
    peakMiB: peaks.length === 0 ? null : Math.max(...peaks),
    failure: run.exitCode === 0 ? problem : `exit code ${run.exitCode ?? 'none, killed'}: ${run.lastLine}`,
  };
}

/** The report of a run that wrote none. */
const nothing: PanoramaReport = buildReport({ photos: [], panoramas: [], rejected: [], seconds: {}, peakMemoryMiB: 0 });

function countPhotos(report: PanoramaReport): number {
  return report.panoramas.reduce((sum, panorama) => sum + panorama.images.length, report.rejected.length);
}

async function readReport(file: string): Promise<{ report: PanoramaReport | null; problem: string | null }> {
  try {
    return { report: parseReport(parseJson(await readFile(file, 'utf8'), file)), problem: null };
  } catch (error) {
    // A set without a sound report gives a row that says so.
    return { report: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function summaryLine(set: EvaluatedSet): string {
  const memory = set.peakMiB === null ? '' : `, ${set.peakMiB.toFixed(0)} MiB`;
  const outcome = set.failure ?? `${set.used} of ${set.belong} photos, median ${percentText(set.medianPct)} %`;
  return `${set.name}: ${outcome}, ${set.seconds.toFixed(1)} s${memory}`;
}

function complaints(set: EvaluatedSet): string[] {
  const lines: string[] = [];
  if (set.failure !== null) lines.push(`${set.name}: ${set.failure}`);
  if (set.wronglyUsed.length > 0) lines.push(`${set.name}: in a panorama not theirs: ${set.wronglyUsed.join(', ')}`);
  if (set.splitOff.length > 0) lines.push(`${set.name}: split off: ${set.splitOff.join(', ')}`);
  return lines;
}

function percentText(value: number | null): string {
  if (value === null) return '–';
  return Number.isFinite(value) ? value.toFixed(3) : '∞';
}
