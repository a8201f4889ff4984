import type { PhotoFeatures } from '../features/photo-features.ts';
import { maxErrorPx } from '../geometry/estimate-pair.ts';
import { transferErrors } from '../geometry/homography.ts';
import type { FoundGeometry } from '../geometry/pair-geometry.ts';
import type { PhotoSize } from '../geometry/plane-pairs.ts';
import { below } from '../math/below.ts';
import { identity3 } from '../math/matrix3.ts';
import { unmistakablePairs, withSecondView } from './ambiguity.ts';
import type { Shortlister } from './shortlist.ts';
import { shortlistPhotos } from './shortlist-photos.ts';

/** Share of the unmistakable pairs that lie where the frame has them: of photos that share nothing up to a third, of one wall seen from both sides 0.67. */
const leastAgreeing = 0.5;
const fewestAgreeing = 15;

/**
 * Whether two photos of what repeats itself are really of the same, by what they look like in the frame of a homography: whatever cannot be taken for
 * something else lies where the frame has it, and the photos do not look alike nearly as much when one of them is moved.
 * @param features1 in px of the frame
 * @param seed decides the samples
 */
export async function isProvenInFrame(
  features1: PhotoFeatures,
  features2: PhotoFeatures,
  frame: PhotoSize,
  seed: number,
  shortlister: Shortlister,
): Promise<boolean> {
  const [first, second] = [features1, features2].map((features) => ({ features, ...frame }));
  const nearest = await shortlistPhotos(features1, features2, 1, shortlister);
  const unmistakable = unmistakablePairs(nearest, first, second);
  const { index1, points } = unmistakable;
  const inPlace = Uint32Array.from(below(transferErrors(identity3, points), maxErrorPx('homography', frame)));
  if (inPlace.length < Math.max(fewestAgreeing, leastAgreeing * index1.length)) return false;
  const seen: FoundGeometry = { ...shown, inliers: inPlace };
  return withSecondView(seen, unmistakable, nearest, first, second, seed).verdict !== 'ambiguous';
}

/** What the frame shows. */
const shown = { kind: 'homography', matrix: identity3, scene: 'flat', verdict: 'ok', reason: 'the frame' } as const;
