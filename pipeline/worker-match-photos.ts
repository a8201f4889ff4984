import {
  matchPhotos,
  type MatchPhotosOptions,
  type PhotoMatches,
  type PhotoOfPair,
} from '../src/matching/match-photos.ts';
import type { PhotoFeatures } from '../src/features/photo-features.ts';
import { estimatePair, type EstimatePairOptions } from '../src/geometry/estimate-pair.ts';
import type { PairSizes } from '../src/geometry/evidence.ts';
import type { PairGeometry } from '../src/geometry/pair-geometry.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import { planeOfViews, type ViewPlane } from '../src/matching/view-planes.ts';
import type { WorkerResources } from './worker-resources.ts';

export interface MatchTwoPhotosInput extends MatchPhotosOptions {
  /** In canonical order. */
  readonly first: PhotoOfPair;
  readonly second: PhotoOfPair;
}

/** Everything between the features of two photos and their matches and geometry. */
export async function matchTwoPhotos(
  { first, second, ...options }: MatchTwoPhotosInput,
  resources: WorkerResources,
): Promise<PhotoMatches> {
  const tools = { shortlister: await resources.shortlister(), judge: resources.judge };
  return matchPhotos(first, second, options, tools);
}

export interface EstimateGeometryInput extends EstimatePairOptions {
  /** x1, y1, x2, y2 a match, best first. */
  readonly points: Float64Array;
}

/** The geometry of matches that were found before. */
export function estimateGeometry({ points, ...options }: EstimateGeometryInput): PairGeometry {
  return estimatePair(points, options);
}

export interface PlanesOfViewInput {
  /** A view of photo 1, and all of photo 2. */
  readonly view1: PhotoFeatures;
  readonly views2: readonly PhotoFeatures[];
  readonly sizes: PairSizes;
  readonly calibration: MatchCalibration;
  readonly seed: number;
}

/** The planes that a view of photo 1 shares with views of photo 2. */
export async function planesOfView(
  { view1, views2, sizes, ...options }: PlanesOfViewInput,
  resources: WorkerResources,
): Promise<ViewPlane[]> {
  const shortlister = await resources.viewShortlister();
  const planes: ViewPlane[] = [];
  for (const view2 of views2) {
    const plane = await planeOfViews(view1, view2, sizes, options, shortlister);
    if (plane !== null) planes.push(plane);
  }
  return planes;
}
