import type { Matrix3 } from '../math/matrix3.ts';
import { pointsAt } from './points-at.ts';
import type { TwoViewGeometry } from './two-view-geometry.ts';
import { verifyPair, type VerifyOptions } from './verify.ts';

/** Matches of a photo pair that agree with one homography. */
export interface Layer {
  /** x2 ~ H x1, px. */
  readonly image2FromImage1: Matrix3;
  /** Indices into the matches, ascending. */
  readonly inliers: Uint32Array;
  readonly medianErrorPx: number;
}

export interface LayerOptions {
  /** Layers looked for beside the first. */
  readonly most: number;
  /** A layer has at least this share of the first one's inliers, */
  readonly leastShare: number;
  /** and at least so many. */
  readonly leastInliers: number;
}

export const layerDefaults: LayerOptions = { most: 2, leastShare: 0.5, leastInliers: 20 };

/**
 * The further homographies among the matches that the first one leaves over. A hand-held camera moves while it turns: the
 * ground in front of it and the distance follow different homographies, and which one most matches lie on is chance. Only
 * all photos together tell which of them is the rotation.
 * @param points x1, y1, x2, y2 a match, best first
 * @param first what `verifyPair` said of all of them
 */
export function furtherLayers(
  points: Float64Array,
  first: Extract<TwoViewGeometry, { kind: 'homography' }>,
  verify: VerifyOptions,
  options: LayerOptions = layerDefaults,
): Layer[] {
  const least = Math.max(options.leastInliers, options.leastShare * first.inliers.length);
  const layers: Layer[] = [];
  let left = without(
    Array.from({ length: points.length / 4 }, (_, i) => i),
    first.inliers,
  );
  while (layers.length < options.most && left.length >= least) {
    // The share of inliers among all matches was asked of the first layer: the rest is known to disagree with it.
    const geometry = verifyPair(pointsAt(points, left), {
      ...verify,
      probabilities: verify.probabilities && left.map((i) => verify.probabilities![i]),
      inlierShare: 0,
    });
    if (geometry.kind === 'none' || geometry.inliers.length < least) break;
    const { image2FromImage1, medianErrorPx } = geometry;
    const inliers = geometry.inliers.map((i) => left[i]);
    layers.push({ image2FromImage1, inliers, medianErrorPx });
    left = without(left, inliers);
  }
  return layers;
}

function without(indices: readonly number[], removed: Uint32Array): number[] {
  const gone = new Set(removed);
  return indices.filter((i) => !gone.has(i));
}
