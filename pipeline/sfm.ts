import { writeOutput } from './output.ts';
import { matchPairs, parseShard } from './sfm/match-folder.ts';
import { mergeWorkspaces } from './sfm/merge-workspaces.ts';
import { openSfmWorkspace, resolveSfmOptions, type SfmHooks } from './sfm/open-workspace.ts';
import { summarise, type SfmSummary } from './sfm/summary.ts';
import { requireOutputs, writeOutputs } from './sfm/write-outputs.ts';
import type { SfmOptions } from './sfm-options.ts';

/** What `sfm` found and wrote. */
export interface SfmResult extends SfmSummary {
  /** The folder that holds what was computed. */
  readonly workspace: string;
  /** What a user should know of what was written. */
  readonly notes: readonly string[];
}

/**
 * Matches the photos of a folder for a structure-from-motion program: does what `tessera sfm` does. What was computed is kept in a
 * workspace; after an interruption the same call goes on where it was.
 * @throws UsageError for unknown options, values out of range and paths that do not exist; DataError for fewer than two photos that can be
 * read; OutputError where a file cannot be written; the signal's reason when aborted
 */
export async function sfm(folder: string, given: SfmOptions & SfmHooks = {}): Promise<SfmResult> {
  const options = resolveSfmOptions(given);
  const { signal } = given;
  if (options.shard !== undefined) parseShard(options.shard);
  await requireOutputs(options);
  const workspace = await openSfmWorkspace(folder, given);
  try {
    if (options.merge !== undefined) {
      const added = await mergeWorkspaces(workspace.folder, splitPaths(options.merge), signal);
      workspace.observe({ type: 'message', level: 'info', text: `${added} results taken over` });
    }
    const { pairing, neighbours = null, overlap, pairs: pairFile, shard } = options;
    const found = await matchPairs(workspace, { mode: pairing, neighbours, window: overlap, pairFile, shard });
    const notes: string[] = [];
    if (shard === undefined && found.pairs.some(({ failure }) => failure === null)) {
      const set = await found.set();
      notes.push(...(await workspace.stopwatch.time('write', () => writeOutputs(set, folder, options, signal))));
    }
    const summary = summarise(found, workspace.stopwatch.seconds());
    const result = { ...summary, workspace: workspace.folder, notes };
    if (options.report !== undefined) await writeOutput(options.report, `${JSON.stringify(result, null, 2)}\n`);
    return result;
  } finally {
    await workspace.close();
  }
}

function splitPaths(list: string): string[] {
  return list
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}
