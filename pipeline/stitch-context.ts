import { modelFiles, modelPath } from '../models/index.ts';
import { UsageError } from '../src/errors.ts';
import { outputFormat } from '../src/image/output-limits.ts';
import type { CustomScorer } from './match-set.ts';
import { createStopwatch, type Observer, silentObserver } from './observer.ts';
import { resolveStitchOptions, type ResolvedStitchOptions, type StitchOptions } from './options.ts';
import { requireWritableFolders } from './output.ts';
import type { CustomDetector } from './photo-set.ts';
import { createPool, type Pool } from './pool.ts';
import { reportDevice } from './report-device.ts';
import { defaultWorkspaceFolder, noWorkspace, openWorkspace, type Workspace } from './workspace.ts';

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

/** What every step of the story works with. */
export interface StitchContext {
  readonly options: ResolvedStitchOptions & { readonly output: string };
  readonly pool: Pool;
  readonly workspace: Workspace;
  readonly observe: Observer;
  readonly stopwatch: ReturnType<typeof createStopwatch>;
  readonly signal?: AbortSignal;
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
