import { modelFiles, modelPath } from '../models/index.ts';
import { type Rejection, UsageError } from '../src/errors.ts';
import { buildReport, type PanoramaReport, type ReportedPanorama } from '../src/export/panorama-report.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import { listPhotos } from '../src/image/list-photos.ts';
import { outputFormat } from '../src/image/output-limits.ts';
import type { MatchGraph } from '../src/scene/match-graph.ts';
import type { CameraSolution } from '../src/stitching/solve-cameras.ts';
import { composePanorama } from './compose.ts';
import { writeHtmlReport } from './html.ts';
import { matchCalibrationFor } from './match-calibration.ts';
import { matchPairs, screenPairs, type CustomScorer } from './match-set.ts';
import { createStopwatch, type Observer, silentObserver } from './observer.ts';
import { resolveStitchOptions, type ResolvedStitchOptions, type StitchOptions } from './options.ts';
import { panoramaPaths, requireWritableFolders, writeOutput } from './output.ts';
import { type CustomDetector, describePhotos, type PhotoSet, probePhotos } from './photo-set.ts';
import { createPool, type Pool } from './pool.ts';
import { reportDevice } from './report-device.ts';
import { defaultWorkspaceFolder, fileHash, noWorkspace, openWorkspace, type Workspace } from './workspace.ts';

/** What a caller can hand in beside the options: parts of its own, and ways to watch and to stop. */
export interface StitchHooks {
  readonly onProgress?: Observer;
  /** Ends the work promptly; the promise rejects with the signal's reason and nothing is left half-written. */
  readonly signal?: AbortSignal;
  /** A detector of the caller's own, in place of `detector`. */
  readonly detect?: CustomDetector;
  /** A judge of the caller's own, in place of `model`. */
  readonly scorePairs?: CustomScorer;
}

export interface StitchResult {
  readonly report: PanoramaReport;
  /** Why there is no panorama, in words for people; null where there is one. */
  readonly failure: string | null;
}

/** What every step of the story works with. */
export interface StitchContext {
  readonly options: ResolvedStitchOptions & { readonly output: string };
  readonly pool: Pool;
  readonly workspace: Workspace;
  readonly observe: Observer;
  readonly stopwatch: ReturnType<typeof createStopwatch>;
  readonly signal?: AbortSignal;
}

/**
 * Stitches photos into panoramas and writes them: does what `tessera stitch` does.
 * @param inputs photos, or folders of photos (read one level deep)
 * @returns the report; photos that cannot be used are rejected in it, and where the data allow no panorama `failure` says why
 * @throws UsageError for unknown options, values out of range and paths that do not exist; OutputError where the panorama
 * cannot be written; the signal's reason when aborted
 */
export async function stitch(
  inputs: string | readonly string[],
  given: StitchOptions & StitchHooks,
): Promise<StitchResult> {
  const { hooks, options } = separate(given);
  const paths = await listPhotos(typeof inputs === 'string' ? [inputs] : inputs);
  return withContext(options, hooks, async (context) => {
    const { photos, rejected } = await readHeaders(paths, context);
    const set = await findKeypoints(photos, hooks, context);
    const graph = await matchSet(set, hooks, context);
    return finish(graph, [...rejected, ...set.rejected], context);
  });
}

/** From verified pairs to written panoramas and the report: the half that `stitchMatches` shares. */
export async function finish(
  graph: MatchGraph,
  rejected: readonly Rejection[],
  context: StitchContext,
): Promise<StitchResult> {
  const solution = await solve(graph, context);
  const panoramas = await compose(graph, solution, context);
  const all = [
    ...rejected,
    ...solution.rejected.map(({ photo, ...why }) => ({ path: graph.photos[photo].path, ...why })),
  ];
  const report = buildReport({
    photos: graph.photos,
    panoramas,
    rejected: all,
    seconds: context.stopwatch.seconds(),
    // Linux and Windows count kibibytes, and Node makes macOS the same.
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
  });
  await writeReports(graph, report, context);
  await context.workspace.trim();
  return { report, failure: panoramas.length > 0 ? null : explainFailure(graph.photos, all) };
}

/** Opens what the story needs and closes it again, however it ends. */
export async function withContext<T>(
  options: StitchContext['options'],
  hooks: StitchHooks,
  story: (context: StitchContext) => Promise<T>,
): Promise<T> {
  const observe = hooks.onProgress ?? silentObserver;
  const warn = (text: string): void => observe({ type: 'message', level: 'warning', text });
  hooks.signal?.throwIfAborted();
  // Wrong names are usage errors, to be told before any work.
  outputFormat(options.output);
  await requireWritableFolders([options.output, options.report, options.html]);
  const [judgePath, decisionPath] = modelFiles(options.model);
  const settings = {
    device: options.device,
    sessionThreads: 1,
    judgePath,
    decisionPath,
    descriptorPath: modelPath('descriptor'),
  };
  const pool = createPool(options.threads, settings, hooks.signal);
  try {
    const workspace = options.cache
      ? await openWorkspace(options.workspace ?? defaultWorkspaceFolder(), options.cacheGigabytes * 1e9, warn)
      : noWorkspace;
    await reportDevice(pool, options.device, observe);
    return await story({ options, pool, workspace, observe, stopwatch: createStopwatch(), signal: hooks.signal });
  } catch (error) {
    // Terminated workers report their own end; what the caller asked for is the reason.
    hooks.signal?.throwIfAborted();
    throw error;
  } finally {
    await pool.close();
  }
}

/** Splits functions and signals from the options that the table checks. */
export function separate(given: StitchOptions & StitchHooks): {
  hooks: StitchHooks;
  options: StitchContext['options'];
} {
  const { onProgress, signal, detect, scorePairs, ...plain } = given;
  const options = resolveStitchOptions(plain);
  if (options.output === undefined) {
    throw new UsageError('expected a file for the panorama: -o pano.jpg (option "output")');
  }
  return { hooks: { onProgress, signal, detect, scorePairs }, options: { ...options, output: options.output } };
}

function readHeaders(paths: readonly string[], { options, observe, signal, stopwatch }: StitchContext) {
  return stopwatch.time('read', () => probePhotos(paths, options.maxInputPixels * 1e6, { observe, signal }));
}

async function findKeypoints(
  photos: readonly PhotoInfo[],
  hooks: StitchHooks,
  context: StitchContext,
): Promise<PhotoSet> {
  const { options, stopwatch } = context;
  const settings = {
    detector: options.detector,
    customDetector: hooks.detect,
    maxKeypoints: options.maxKeypoints,
    detectPixels: options.detectMegapixels * 1e6,
    limitPixels: options.maxInputPixels * 1e6,
    descriptorHash: await fileHash(modelPath('descriptor')),
  };
  return stopwatch.time('detect', () => describePhotos(photos, settings, context));
}

async function matchSet(set: PhotoSet, hooks: StitchHooks, context: StitchContext): Promise<MatchGraph> {
  const { options, observe, stopwatch } = context;
  const settings = {
    candidates: options.candidates,
    calibration: await matchCalibrationFor(options.model, options.detector, observe),
    customScorer: hooks.scorePairs,
    seed: options.seed,
    judgeHash: (await Promise.all(modelFiles(options.model).map(fileHash))).join(' '),
  };
  const screened = await stopwatch.time('screen', () => screenPairs(set, options.seed, context));
  return stopwatch.time('score', () => matchPairs(set, screened, settings, context));
}

async function solve(graph: MatchGraph, { pool, observe, options, stopwatch }: StitchContext): Promise<CameraSolution> {
  observe({ type: 'progress', stage: 'cameras', done: 0, total: 1 });
  const solution = await stopwatch.time('cameras', () => pool.run('solveCameras', { graph, seed: options.seed }));
  observe({ type: 'progress', stage: 'cameras', done: 1, total: 1 });
  return solution;
}

async function compose(
  graph: MatchGraph,
  { panoramas }: CameraSolution,
  context: StitchContext,
): Promise<ReportedPanorama[]> {
  const paths = panoramaPaths(context.options.output, panoramas.length);
  const reported: ReportedPanorama[] = [];
  for (const [i, panorama] of panoramas.entries()) {
    const pairs = panorama.pairs.map(({ pair, inliers, medianErrorPx }) => {
      const { a, b } = graph.pairs[pair];
      return { a, b, inliers, medianErrorPx };
    });
    const composed = await composePanorama(panorama.cameras, graph.photos, paths[i], context);
    reported.push({ output: paths[i], pairs, ...composed });
  }
  return reported;
}

async function writeReports(graph: MatchGraph, report: PanoramaReport, context: StitchContext): Promise<void> {
  const { options } = context;
  if (options.report !== undefined) await writeOutput(options.report, `${JSON.stringify(report, null, 2)}\n`);
  if (options.html !== undefined) await writeHtmlReport(options.html, graph, report, context.signal);
}

function explainFailure(photos: readonly PhotoInfo[], rejected: readonly Rejection[]): string {
  const reasons = rejected.map(({ path, reason, suggestion }) => `\n  ${path}: ${reason}. ${suggestion}`).join('');
  // Photos that could be used are among the rejected too: they overlap with nothing.
  const given = new Set([...photos, ...rejected].map(({ path }) => path)).size;
  if (given < 2)
    return `a panorama needs at least two photos, received ${given}${photos.length === given ? '' : reasons}`;
  if (photos.length < 2) return `fewer than two photos can be used${reasons}`;
  return `no two photos overlap enough to be stitched${reasons}`;
}
