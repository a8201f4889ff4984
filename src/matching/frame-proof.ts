import type { PhotoFeatures } from '../features/photo-features.ts';
import { maxErrorPx } from '../geometry/estimate-pair.ts';
import { transferErrors } from '../geometry/homography.ts';
import type { FoundGeometry } from '../geometry/pair-geometry.ts';
import type { PhotoSize } from '../geometry/plane-pairs.ts';
import { identity3 } from '../math/matrix3.ts';
import { unmistakablePairs, withSecondView } from './ambiguity.ts';
import { type NeighbourPairs, neighbourPairs } from './neighbour-pairs.ts';
import { rivals } from './select.ts';
import type { Shortlister } from './shortlist.ts';

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
  const [a, b] = [features1, features2];
  const [first, second] = [a, b].map((features) => ({ features, ...frame }));
  const nearest = await shortlister.shortlist(a.descriptors, a.keypoints.count, b.descriptors, b.keypoints.count, {
    k: 1,
    depth: 1 + rivals,
  });
  const withinPx = maxErrorPx('homography', frame);
  const unmistakable = unmistakablePairs(nearest, first, second);
  const agreeing = inPlace(unmistakable, withinPx).length;
  if (agreeing < Math.max(fewestAgreeing, leastAgreeing * unmistakable.index1.length)) return false;
  const pairs = neighbourPairs(nearest, first, second);
  const inliers = inPlace(pairs, withinPx);
  const seen: FoundGeometry = { ...shown, inliers };
  return withSecondView(seen, pairs, nearest, first, second, seed).verdict !== 'ambiguous';
}

/** What the frame shows. */
const shown = { kind: 'homography', matrix: identity3, scene: 'flat', verdict: 'ok', reason: 'the frame' } as const;

/** The pairs that have the same place in the frame. */
function inPlace({ points }: NeighbourPairs, withinPx: number): Uint32Array {
  const errors = transferErrors(identity3, points);
  return Uint32Array.from([...errors.keys()].filter((k) => errors[k] < withinPx));
}
