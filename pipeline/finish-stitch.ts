import type { Rejection } from '../src/errors.ts';
import { buildReport, type PanoramaReport, type ReportedPanorama } from '../src/export/panorama-report.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import type { MatchGraph } from '../src/scene/match-graph.ts';
import type { CameraSolution } from '../src/stitching/solve-cameras.ts';
import { composePanorama } from './compose.ts';
import { writeHtmlReport } from './html.ts';
import { panoramaPaths, writeOutput } from './output.ts';
import type { StitchContext } from './stitch-context.ts';

export interface StitchResult {
  readonly report: PanoramaReport;
  /** Why there is no panorama, in words for people; null where there is one. */
  readonly failure: string | null;
}

/** From verified pairs to written panoramas and the report: the half that does not ask who found the matches. */
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
