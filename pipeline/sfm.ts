import { UsageError } from '../src/errors.ts';
import { pairingDefaults, type PairingOptions } from '../src/scene/choose-pairs.ts';
import { createStopwatch, silentObserver } from './observer.ts';
import { writeOutput } from './output.ts';
import { chooseSfmPairs } from './sfm/choose-pairs.ts';
import { detectPhotos } from './sfm/detect-photos.ts';
import { matchPhotoPairs, type Shard } from './sfm/match-pairs.ts';
import { matchedSet } from './sfm/matched-set.ts';
import { mergeWorkspaces } from './sfm/merge-workspaces.ts';
import { openSfmWorkspace, resolveSfmOptions, type SfmHooks } from './sfm/open-workspace.ts';
import { summarise, type SfmSummary } from './sfm/summary.ts';
import { requireOutputs, writeOutputs } from './sfm/write-outputs.ts';
import type { ResolvedSfmOptions, SfmOptions } from './sfm-options.ts';

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
  const { onProgress, signal, ...plain } = given;
  const options = resolveSfmOptions(plain);
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  await requireOutputs(options);
  const stopwatch = createStopwatch();
  const workspace = await stopwatch.time('read', () => openSfmWorkspace(folder, given));
  try {
    if (options.merge !== undefined) {
      const added = await mergeWorkspaces(workspace.folder, options.merge.split(','), signal);
      (onProgress ?? silentObserver)({ type: 'message', level: 'info', text: `${added} entries taken over` });
    }
    const { photos, rejected } = await stopwatch.time('detect', () => detectPhotos(workspace));
    const pairs = await stopwatch.time('retrieve', () =>
      chooseSfmPairs(workspace, photos, pairingOf(options), options.pairs),
    );
    const compared = await stopwatch.time('score', () => matchPhotoPairs(workspace, photos, pairs, shard));
    const notes: string[] = [];
    if (shard === undefined && compared.some(({ failure }) => failure === null)) {
      const set = await stopwatch.time('settle', () => matchedSet(workspace, photos, compared));
      notes.push(...(await stopwatch.time('write', () => writeOutputs(set, folder, options, signal))));
    }
    const summary = summarise(photos, [...workspace.rejected, ...rejected], compared, stopwatch.seconds());
    const result = { ...summary, workspace: workspace.folder, notes };
    if (options.report !== undefined) await writeOutput(options.report, `${JSON.stringify(result, null, 2)}\n`);
    return result;
  } finally {
    await workspace.close();
  }
}

function pairingOf({ pairing, neighbours, overlap }: ResolvedSfmOptions): PairingOptions {
  return { ...pairingDefaults, mode: pairing, neighbours, window: overlap };
}

/** @throws UsageError where it is no "i/n" with 1 ≤ i ≤ n */
function parseShard(text: string): Shard {
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(text.trim())?.map(Number) ?? [];
  if (part >= 1 && part <= parts) return { part, parts };
  throw new UsageError(`option "shard": expected i/n with i from 1 to n, such as 2/8, received "${text}"`);
}
