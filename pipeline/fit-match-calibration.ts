import { basename } from 'node:path';
import { indexPatches, truePairsOf } from '../src/dataset/patch-index.ts';
import type { PatchSet } from '../src/dataset/patch-set.ts';
import { patchBytes } from '../src/dataset/read-patches.ts';
import { DataError } from '../src/errors.ts';
import {
  fitDescriptorCalibration,
  fitMatchCalibration,
  matchCalibrationError,
  type MatchSamples,
} from '../src/evaluation/match-calibration.ts';
import { concatenate } from '../src/math/concatenate.ts';
import { takeRows } from '../src/math/take-rows.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import type { MatchFit } from './calibration-file.ts';
import type { Observer } from './observer.ts';
import type { Pool } from './pool.ts';
import type { MatchSamplesInput, RenderedKeypoints } from './worker-calibrate.ts';

/** True pairs that two renderings need: fewer leave their homography in doubt. */
const leastTruePairs = 20;

/** What was fitted, and how honest it is. */
export interface FittedMatches {
  readonly judge: MatchFit;
  /** Of the shortlist without a judge. */
  readonly descriptor: MatchFit;
}

/**
 * Fits the match probability of a judge behind a descriptor on a set made of single photographs by one detector: all
 * pairs of renderings of one photograph, whose homography is known from their true pairs.
 * @throws DataError where the set has no places or no two renderings
 */
export async function fitMatches(
  set: PatchSet,
  candidates: number,
  seed: number,
  pool: Pool,
  observe: Observer,
): Promise<FittedMatches> {
  const inputs = renderingPairs(set, candidates, seed);
  if (inputs.length < 2) {
    throw new DataError(
      `${set.folder}: expected a set of renderings of single photographs with their places ("tessera dataset photos"), but no two photos of it share ${leastTruePairs} points`,
    );
  }
  const parts = await pool.map('matchSamples', inputs, (done) =>
    observe({ type: 'progress', stage: 'verify', done, total: inputs.length }),
  );
  const middle = Math.ceil(parts.length / 2);
  const halves = [parts.slice(0, middle), parts.slice(middle)].map(join);
  const all = join(parts);
  const fitBy = (fit: (samples: MatchSamples) => MatchCalibration): MatchFit => ({
    map: fit(all),
    fittedOn: basename(set.folder),
    candidates: all.right.length,
    heldOutEce: 100 * matchCalibrationError(fit(halves[0]), halves[1]),
  });
  return { judge: fitBy(fitMatchCalibration), descriptor: fitBy(fitDescriptorCalibration) };
}

function renderingPairs(set: PatchSet, candidates: number, seed: number): MatchSamplesInput[] {
  const index = indexPatches(set);
  const photos = index.photoStart.length - 1;
  const { x, y, size } = set;
  if (x === null || y === null || size === null) return [];
  const take = (patches: Uint32Array): RenderedKeypoints => {
    const pick = (values: Float32Array): Float32Array => Float32Array.from(patches, (patch) => values[patch]);
    return { x: pick(x), y: pick(y), size: pick(size), patches: takeRows(set.patches, patchBytes, patches) };
  };
  const inputs: MatchSamplesInput[] = [];
  for (let photo1 = 0; photo1 < photos; photo1++) {
    for (const [photo2, pairs] of truePairsOf(index, photo1)) {
      if (photo2 < photo1 || pairs.length / 2 < leastTruePairs) continue;
      const truth = new Float64Array(2 * pairs.length);
      pairs.forEach((patch, i) => truth.set([x[patch], y[patch]], 2 * i));
      const [first, second] = [photo1, photo2].map((photo) =>
        take(index.byPhoto.subarray(index.photoStart[photo], index.photoStart[photo + 1])),
      );
      inputs.push({ first, second, truth, candidates, seed });
    }
  }
  return inputs;
}

function join(parts: readonly MatchSamples[]): MatchSamples {
  const floats = (column: 'score' | 'similarity' | 'ratio'): Float32Array =>
    concatenate(
      Float32Array,
      parts.map((part) => part[column]),
    );
  return {
    score: floats('score'),
    similarity: floats('similarity'),
    ratio: floats('ratio'),
    right: concatenate(
      Uint8Array,
      parts.map(({ right }) => right),
    ),
  };
}
