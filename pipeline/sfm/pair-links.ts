import type { FoundGeometry } from '../../src/geometry/pair-geometry.ts';
import { orderPair } from '../../src/matching/canonical-order.ts';
import { takeRows } from '../../src/math/take-rows.ts';
import type { PlaceLinks } from '../../src/scene/settle-places.ts';
import type { DetectedSource } from './detect-photos.ts';
import { type ComparedPair, isSecond, readOutcome } from './match-pairs.ts';
import type { SfmWorkspace } from './workspace.ts';

/** The places of all photos, numbered through: place p of photo i is number `first[i] + p`. */
export interface PlaceTable {
  readonly first: Uint32Array;
  /** x, y each, px of the upright photo. */
  readonly at: Float32Array;
  /** Keypoint's size (px of the upright photo) and angle each. */
  readonly sizes: Float32Array;
  readonly angles: Float32Array;
}

/** What a verified pair says of places. */
export interface PairLinks {
  /** Inliers: places of the photo that comes first in canonical order, and of the other. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Those that were aligned. */
  readonly aligned: PlaceLinks;
  readonly geometry: FoundGeometry;
}

/** Reads what a verified pair says of places; null of one without a geometry. */
export async function readPairLinks(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  { a, b }: ComparedPair,
  { first, sizes }: Pick<PlaceTable, 'first' | 'sizes'>,
): Promise<PairLinks | null> {
  const [one, two] = orderPair(a, b, isSecond(photos[a], photos[b]));
  const { index1, index2, refinement, geometry } = await readOutcome(workspace, photos[a], photos[b]);
  if (geometry.kind === 'none') return null;
  const placesOf = (photo: number, matches: Uint32Array, index: Uint32Array): Uint32Array =>
    matches.map((m) => first[photo] + photos[photo].places.placeOf[index[m]]);
  const { inliers } = geometry;
  const { offset2, affinity } = refinement ?? {
    offset2: new Float32Array(2 * index1.length),
    affinity: new Float32Array(),
  };
  const moved = inliers.filter((m) => offset2[2 * m] !== 0 || offset2[2 * m + 1] !== 0);
  const to = placesOf(two, moved, index2);
  return {
    from: placesOf(one, inliers, index1),
    to: placesOf(two, inliers, index2),
    aligned: {
      from: placesOf(one, moved, index1),
      to,
      affinity: takeRows(affinity, 4, moved),
      offset: takeRows(offset2, 2, moved),
      size: Float32Array.from(to, (place) => sizes[place]),
    },
    geometry,
  };
}
