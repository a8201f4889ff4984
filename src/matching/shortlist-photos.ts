import type { PhotoFeatures } from '../features/photo-features.ts';
import type { Shortlist, Shortlister } from './shortlist.ts';

/** A photo's keypoints, described. */
export interface Described extends Pick<PhotoFeatures, 'descriptors'> {
  readonly keypoints: { readonly count: number };
}

/** Neighbours to look at beyond the candidates, to tell how unique a candidate is. */
const rivals = 4;

/**
 * The candidates of the keypoints of two photos, and beside them the neighbours that tell how unique each is.
 * @param candidates a keypoint
 */
export function shortlistPhotos(
  { descriptors: descriptors1, keypoints: { count: count1 } }: Described,
  { descriptors: descriptors2, keypoints: { count: count2 } }: Described,
  candidates: number,
  shortlister: Shortlister,
): Promise<Shortlist> {
  const options = { k: candidates, depth: candidates + rivals };
  return shortlister.shortlist(descriptors1, count1, descriptors2, count2, options);
}
