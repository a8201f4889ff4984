import {
  matchPhotos,
  type MatchPhotosOptions,
  type PhotoMatches,
  type PhotoOfPair,
} from '../src/matching/match-photos.ts';
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
