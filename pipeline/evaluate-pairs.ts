import { join } from 'node:path';
import { type PairTruth, readPairTruths } from '../src/dataset/pair-truths.ts';
import { expectedCalibrationError, reliability } from '../src/evaluation/expected-calibration-error.ts';
import { measurePair, type MeasuredPair } from '../src/evaluation/measure-pair.ts';
import { areaUnderCurve } from '../src/evaluation/pair-errors.ts';
import type { MatchesFile } from '../src/export/matches-file.ts';
import { median } from '../src/math/median.ts';
import type { EvaluatePairsOptions } from './evaluate-pairs-options.ts';
import { createMatcher, type Matcher, type PairRequest } from './matcher.ts';
import type { Observer } from './observer.ts';
import { makeOutputFolder, writeOutput } from './output.ts';

/** What matching the pairs of a set came to. */
export interface EvaluatedPairs {
  readonly name: string;
  readonly pairs: number;
  /** Whether errors are px of a homography or degrees of a pose. */
  readonly unit: 'px' | '°';
  /** By threshold, %. */
  readonly auc: Readonly<Record<number, number>>;
  /** The same of our own MAGSAC++ on the matches alone. */
  readonly aucMagsac: Readonly<Record<number, number>>;
  /** Pairs below the largest threshold. */
  readonly succeeded: number;
  /** Mean number of matches, and of inliers, a pair. */
  readonly matches: number;
  readonly inliers: number;
  /** Share of right ones among the inliers of pairs that succeeded, %. */
  readonly precision: number;
  /** Expected calibration error of the matches' probabilities, %; of homographies, whose truth tells the place. */
  readonly ece: number | null;
  readonly medianSeconds: number;
}

const thresholds = { homography: [1, 3, 5, 10], pose: [5, 10, 20] } as const;

interface Outcome {
  readonly pair: PairTruth;
  readonly measured: MeasuredPair;
  readonly probability: Float64Array;
  readonly seconds: number;
}

/**
 * Matches every pair of a folder whose truth is known, with nothing kept from earlier runs, and measures the geometry and the matches.
 * @throws UsageError where the folder is none of those expected; DataError naming a file that is not as expected; the signal's reason once
 * aborted
 */
export async function evaluatePairs(
  folder: string,
  options: EvaluatePairsOptions,
  observe: Observer,
  signal?: AbortSignal,
): Promise<EvaluatedPairs[]> {
  const { only, output, geometry, ...matching } = options;
  const pairs = await readPairTruths(folder, only);
  if (output !== undefined) await makeOutputFolder(output);
  // Its own progress, of two photos at a time, would drown that of the pairs.
  const onProgress: Observer = (event) => event.type === 'message' && observe(event);
  const matcher = await createMatcher({ ...matching, cache: false, signal, onProgress });
  try {
    const outcomes: Outcome[] = [];
    for (const pair of pairs) {
      observe({ type: 'progress', stage: 'score', done: outcomes.length, total: pairs.length });
      const { outcome, file } = await matchPair(matcher, pair, requestFor(pair, geometry), options.seed);
      outcomes.push(outcome);
      if (output !== undefined) {
        await writeOutput(join(output, `${pair.name}.json`), `${JSON.stringify(file)}\n`);
      }
    }
    observe({ type: 'progress', stage: 'score', done: pairs.length, total: pairs.length });
    return summarise(outcomes);
  } finally {
    await matcher.close();
  }
}

function requestFor({ truth }: PairTruth, geometry: EvaluatePairsOptions['geometry']): PairRequest {
  const cameras = truth.kind === 'pose' ? { camera1: truth.camera1, camera2: truth.camera2 } : {};
  if (geometry !== 'truth') return { ...cameras, geometry };
  return { ...cameras, geometry: truth.kind === 'homography' ? 'homography' : 'auto' };
}

async function matchPair(
  matcher: Matcher,
  pair: PairTruth,
  request: PairRequest,
  seed: number,
): Promise<{ outcome: Outcome; file: MatchesFile }> {
  const start = performance.now();
  const file = await matcher.match(pair.path1, pair.path2, request);
  const seconds = (performance.now() - start) / 1000;
  const probability = Float64Array.from(file.matches, (row) => row[4]);
  return { outcome: { pair, measured: measurePair(pair, file, seed), probability, seconds }, file };
}

function summarise(outcomes: readonly Outcome[]): EvaluatedPairs[] {
  const names = [...new Set(outcomes.map(({ pair }) => pair.set))];
  const sets = names.map((name) =>
    summariseSet(
      name,
      outcomes.filter(({ pair }) => pair.set === name),
    ),
  );
  const poses = outcomes.filter(({ pair }) => pair.truth.kind === 'pose');
  return poses.length > 0 ? [...sets, summariseSet('all', poses)] : sets;
}

function summariseSet(name: string, outcomes: readonly Outcome[]): EvaluatedPairs {
  const { kind } = outcomes[0].pair.truth;
  const measured = outcomes.map((outcome) => outcome.measured);
  const most = Math.max(...thresholds[kind]);
  const succeeded = measured.filter(({ error }) => error < most);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const areas = (errors: readonly number[]): Record<number, number> =>
    Object.fromEntries(thresholds[kind].map((threshold) => [threshold, areaUnderCurve(errors, threshold)]));
  return {
    name,
    pairs: outcomes.length,
    unit: kind === 'pose' ? '°' : 'px',
    auc: areas(measured.map(({ error }) => error)),
    aucMagsac: areas(measured.map(({ errorMagsac }) => errorMagsac)),
    succeeded: succeeded.length,
    matches: sum(measured.map(({ matches }) => matches)) / outcomes.length,
    inliers: sum(measured.map(({ inliers }) => inliers)) / outcomes.length,
    precision:
      (100 * sum(succeeded.map(({ rightInliers }) => rightInliers))) / sum(succeeded.map(({ inliers }) => inliers)),
    ece: kind === 'pose' ? null : calibrationError(outcomes),
    medianSeconds: median(outcomes.map(({ seconds }) => seconds)),
  };
}

function calibrationError(outcomes: readonly Outcome[]): number {
  const probability = Float64Array.from(outcomes.flatMap((outcome) => [...outcome.probability]));
  const right = Uint8Array.from(outcomes.flatMap(({ measured }) => [...measured.right]));
  const weight = new Float64Array(probability.length).fill(1);
  return 100 * expectedCalibrationError(reliability({ probability, right, weight }));
}
