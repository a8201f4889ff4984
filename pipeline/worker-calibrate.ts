import type { MatchSamples } from '../src/evaluation/match-calibration.ts';
import { estimateHomography } from '../src/geometry/estimate-homography.ts';
import { transformPoint } from '../src/math/matrix3.ts';
import { dropAmbiguous, rivalRatio, selectDefaults } from '../src/matching/select.ts';
import { type Described, shortlistPhotos } from '../src/matching/shortlist-photos.ts';
import { describePatches } from '../src/nn/descriptor.ts';
import type { WorkerResources } from './worker-resources.ts';

/** Keypoints of one rendering of a photograph. */
export interface RenderedKeypoints {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly size: Float32Array;
  /** 64×64 each. */
  readonly patches: Uint8Array;
}

export interface MatchSamplesInput {
  readonly first: RenderedKeypoints;
  readonly second: RenderedKeypoints;
  /** x1, y1, x2, y2 of true pairs. */
  readonly truth: Float64Array;
  readonly candidates: number;
  readonly seed: number;
}

/** A match is right within this distance, px. */
const rightWithin = 3;

/** The candidates of two renderings of one photograph that are not ambiguous, judged, and which of them are right. */
export async function matchSamples(
  { first, second, truth, candidates, seed }: MatchSamplesInput,
  resources: WorkerResources,
): Promise<MatchSamples> {
  const size = (places: RenderedKeypoints): { width: number; height: number } => ({
    width: 1 + Math.max(...places.x),
    height: 1 + Math.max(...places.y),
  });
  const estimate = estimateHomography(truth, { maxErrorPx: 5, size1: size(first), size2: size(second), seed });
  const described = async ({ patches, x: { length: count } }: typeof first): Promise<Described> => ({
    descriptors: await describePatches(await resources.descriptor(), patches, count),
    keypoints: { count },
  });
  const [a, b] = [await described(first), await described(second)];
  const shortlist = dropAmbiguous(
    await shortlistPhotos(a, b, candidates, await resources.shortlister()),
    first,
    second,
    selectDefaults,
  );
  const count = estimate === null ? 0 : shortlist.count;
  const score = await (await resources.judge()).score(first.patches, second.patches, { ...shortlist, count });
  const ratio = new Float32Array(count);
  const right = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const [a, b] = [shortlist.index1[i], shortlist.index2[i]];
    ratio[i] = rivalRatio(shortlist, i, first, second, selectDefaults.rivalSizes);
    const [x, y] = transformPoint(estimate!.image2FromImage1, first.x[a], first.y[a]);
    right[i] = Math.hypot(x - second.x[b], y - second.y[b]) <= rightWithin ? 1 : 0;
  }
  return { score, similarity: shortlist.similarity.slice(0, count), ratio, right };
}
