import type { Keypoints } from '../features/keypoints.ts';
import type { Matches } from './matches.ts';
import type { Neighbours, Shortlist } from './shortlist.ts';

/**
 * What a judge's scores mean behind a descriptor's shortlist: the probability that a match is right is
 * `1 / (1 + exp(−(bias + score·s + similarity·c + ratio·r)))` with the raw score s, the descriptors' dot product c and
 * the ratio r of the distances to the partner and to its best rival. Stored with the model.
 */
export interface MatchCalibration {
  readonly bias: number;
  readonly score: number;
  readonly similarity: number;
  readonly ratio: number;
  /** Candidates the judge scores lower are thrown out: it rejects well, whatever it ranks. */
  readonly minScore: number;
}

export interface SelectOptions {
  readonly calibration: MatchCalibration;
  /** A match whose rival's descriptor distance is not clearly larger (distance > maxRatio · rival's) is ambiguous. */
  readonly maxRatio: number;
  /** Keypoints closer than this many sizes to the partner show the same place, and are no rivals. */
  readonly rivalSizes: number;
}

export const selectDefaults: Omit<SelectOptions, 'calibration'> = { maxRatio: 0.9, rivalSizes: 2 };

type Places = Pick<Keypoints, 'x' | 'y' | 'size'>;

/**
 * The candidates that are not ambiguous: the others would not survive `selectMatches` whatever the judge said of them, and
 * the judge's time is what matching costs.
 */
export function dropAmbiguous(
  candidates: Shortlist,
  keypoints1: Places,
  keypoints2: Places,
  options: Omit<SelectOptions, 'calibration'>,
): Shortlist {
  const kept: number[] = [];
  for (let i = 0; i < candidates.count; i++) {
    if (rivalRatio(candidates, i, keypoints1, keypoints2, options.rivalSizes) <= options.maxRatio) kept.push(i);
  }
  return {
    ...candidates,
    count: kept.length,
    index1: Uint32Array.from(kept, (i) => candidates.index1[i]),
    index2: Uint32Array.from(kept, (i) => candidates.index2[i]),
    similarity: Float32Array.from(kept, (i) => candidates.similarity[i]),
  };
}

/**
 * Chooses matches among judged candidates: what the judge rejects goes, then what is ambiguous (a keypoint elsewhere in
 * either photo looks nearly as alike), then what is not the most probable pair of both its keypoints. Best first.
 * @param scores raw score of the judge, one a candidate
 * @param keypoints1 of photo 1, in the photos' canonical order
 */
export function selectMatches(
  candidates: Shortlist,
  scores: Float32Array,
  keypoints1: Places,
  keypoints2: Places,
  options: SelectOptions,
): Matches {
  const probability = new Float32Array(candidates.count);
  const kept: number[] = [];
  for (let i = 0; i < candidates.count; i++) {
    if (scores[i] < options.calibration.minScore) continue;
    const ratio = rivalRatio(candidates, i, keypoints1, keypoints2, options.rivalSizes);
    if (ratio > options.maxRatio) continue;
    probability[i] = matchProbability(options.calibration, scores[i], candidates.similarity[i], ratio);
    kept.push(i);
  }
  kept.sort((a, b) => probability[b] - probability[a] || a - b);
  return takeMatches(candidates, scores, probability, firstOfBoth(candidates, kept));
}

/** The probability that a match is right, by the judge's calibration. */
export function matchProbability(
  calibration: MatchCalibration,
  score: number,
  similarity: number,
  ratio: number,
): number {
  const { bias, score: s, similarity: c, ratio: r } = calibration;
  return 1 / (1 + Math.exp(-(bias + s * score + c * similarity + r * ratio)));
}

/**
 * Descriptor distance of candidate i over the smallest distance of either of its keypoints to a keypoint elsewhere than
 * the partner: 1 or more where a rival is at least as near; 0 where there is none to compare with.
 */
export function rivalRatio(
  candidates: Shortlist,
  i: number,
  keypoints1: Places,
  keypoints2: Places,
  rivalSizes: number,
): number {
  const { index1, index2, similarity, neighbours1, neighbours2 } = candidates;
  const rival = Math.max(
    rivalSimilarity(neighbours1, index1[i], index2[i], keypoints2, rivalSizes),
    rivalSimilarity(neighbours2, index2[i], index1[i], keypoints1, rivalSizes),
  );
  // Unit vectors: |a − b|² = 2 − 2 a·b.
  return Math.sqrt(Math.max(0, 1 - similarity[i]) / Math.max(1e-12, 1 - rival));
}

/**
 * Similarity of the best neighbour of `keypoint` that lies elsewhere than `partner`. Where all that were kept lie there,
 * the last one's bounds it; where the photo has no others, nothing is a rival.
 */
function rivalSimilarity(
  { depth, index, similarity }: Neighbours,
  keypoint: number,
  partner: number,
  places: Places,
  rivalSizes: number,
): number {
  const first = keypoint * depth;
  const radius = rivalSizes * places.size[partner];
  for (let rank = first; rank < first + depth; rank++) {
    const j = index[rank];
    const dx = places.x[j] - places.x[partner];
    const dy = places.y[j] - places.y[partner];
    if (dx * dx + dy * dy > radius * radius) return similarity[rank];
  }
  return depth < places.x.length ? similarity[first + depth - 1] : -Infinity;
}

/** Of candidates in order of preference, those that come first for both their keypoints. */
function firstOfBoth({ index1, index2 }: Shortlist, ordered: readonly number[]): number[] {
  const best1 = new Map<number, number>();
  const best2 = new Map<number, number>();
  for (const i of ordered) {
    if (!best1.has(index1[i])) best1.set(index1[i], i);
    if (!best2.has(index2[i])) best2.set(index2[i], i);
  }
  return ordered.filter((i) => best1.get(index1[i]) === i && best2.get(index2[i]) === i);
}

function takeMatches(
  { index1, index2 }: Shortlist,
  scores: Float32Array,
  probability: Float32Array,
  order: readonly number[],
): Matches {
  return {
    count: order.length,
    index1: Uint32Array.from(order, (i) => index1[i]),
    index2: Uint32Array.from(order, (i) => index2[i]),
    score: Float32Array.from(order, (i) => scores[i]),
    probability: Float32Array.from(order, (i) => probability[i]),
    offset2: new Float32Array(2 * order.length),
  };
}
