import { renderHtmlReport } from '../src/export/html-report.ts';
import { readReportPictures } from '../src/export/html-pictures.ts';
import type { PanoramaReport } from '../src/export/panorama-report.ts';
import type { MatchGraph } from '../src/scene/match-graph.ts';
import { writeOutput } from './output.ts';

/** Writes the page that shows a finished run. */
export async function writeHtmlReport(
  path: string,
  graph: MatchGraph,
  report: PanoramaReport,
  signal?: AbortSignal,
): Promise<void> {
  const pictures = await readReportPictures(report, signal);
  const drawings = graph.pairs.map(({ a, b, points }) => ({
    a: graph.photos[a].path,
    b: graph.photos[b].path,
    points,
  }));
  await writeOutput(path, renderHtmlReport(report, { ...pictures, drawings }));
}
