import { modelFiles, modelPath } from '../models/index.ts';
import type { PhotoInfo } from '../src/image/image.ts';
import { listPhotos } from '../src/image/list-photos.ts';
import type { MatchGraph } from '../src/scene/match-graph.ts';
import { finish, type StitchResult } from './finish-stitch.ts';
import { matchCalibrationFor } from './match-calibration.ts';
import { matchPairs, screenPairs } from './match-set.ts';
import type { StitchOptions } from './options.ts';
import { describePhotos, type PhotoSet, probePhotos } from './photo-set.ts';
import { separate, type StitchContext, type StitchHooks, withContext } from './stitch-context.ts';
import { stitchOutside } from './stitch-outside.ts';
import { fileHash } from './workspace.ts';

/**
 * Stitches photos into panoramas and writes them: does what `tessera stitch` does.
 * @param inputs photos, or folders of photos (read one level deep); with the option `matches` the one folder of what was matched
 * @returns the report; photos that cannot be used are rejected in it, and where the data allow no panorama `failure` says why
 * @throws UsageError for unknown options, values out of range and paths that do not exist; OutputError where the panorama
 * cannot be written; the signal's reason when aborted
 */
export async function stitch(
  inputs: string | readonly string[],
  given: StitchOptions & StitchHooks,
): Promise<StitchResult> {
  const { hooks, options } = separate(given);
  if (options.matches !== undefined) return stitchOutside(inputs, options.matches, hooks, options);
  const paths = await listPhotos(typeof inputs === 'string' ? [inputs] : inputs);
  return withContext(options, hooks, async (context) => {
    const { photos, rejected } = await readHeaders(paths, context);
    const set = await findKeypoints(photos, hooks, context);
    const graph = await matchSet(set, hooks, context);
    return finish(graph, [...rejected, ...set.rejected], context);
  });
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
