import type { Neighbours } from '../src/matching/shortlist.ts';
import type { PhotoDescriptors } from '../src/retrieval/describe-photos.ts';
import { nearestPhotos } from '../src/retrieval/nearest-photos.ts';

/** The most similar photos of each photo. */
export function findNearestPhotos({
  photos,
  depth,
  threads,
}: {
  readonly photos: PhotoDescriptors;
  readonly depth: number;
  readonly threads: number;
}): Promise<Neighbours> {
  return nearestPhotos(photos, depth, { threads });
}
