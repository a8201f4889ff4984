import type { Matrix3 } from '../math/matrix3.ts';
import { type CarriedKeypoint, carryKeypoint, type PlacedKeypoints } from './carry-keypoint.ts';

/** Px in photo 2. */
const mostApart = 2.5;
const mostOctaves = 0.5;
const mostTurn = Math.PI / 6;

/** Keypoints of both photos that show one place. */
export interface TruePairs {
  readonly keypoint1: readonly number[];
  readonly keypoint2: readonly number[];
}

/**
 * The true pairs of two photos, by keypoint of photo 1: carried to photo 2, a keypoint lies within 2.5 px of its partner, has
 * its size within half an octave and its angle within 30°. One to one: of all that agree so far, each is the other's nearest.
 */
export function matchByHomography(
  keypoints1: PlacedKeypoints,
  keypoints2: PlacedKeypoints,
  image2FromImage1: Matrix3,
): TruePairs {
  const nearest1 = new Int32Array(keypoints1.count).fill(-1);
  const nearest2 = new Int32Array(keypoints2.count).fill(-1);
  const apart2 = new Float64Array(keypoints2.count).fill(Infinity);
  for (let i = 0; i < keypoints1.count; i++) {
    const carried = carryKeypoint(image2FromImage1, keypoints1, i);
    if (carried === null) continue;
    let least = Infinity;
    for (let j = 0; j < keypoints2.count; j++) {
      // Not Math.hypot: it takes ten times as long, and there are millions of pairs.
      const [dx, dy] = [keypoints2.x[j] - carried.x, keypoints2.y[j] - carried.y];
      const apart = Math.sqrt(dx * dx + dy * dy);
      if (!(apart < mostApart) || !agree(carried, keypoints2, j)) continue;
      if (apart < least) [least, nearest1[i]] = [apart, j];
      if (apart < apart2[j]) [apart2[j], nearest2[j]] = [apart, i];
    }
  }
  const keypoint1 = Array.from(nearest1.keys()).filter((i) => nearest1[i] >= 0 && nearest2[nearest1[i]] === i);
  return { keypoint1, keypoint2: keypoint1.map((i) => nearest1[i]) };
}

function agree(carried: CarriedKeypoint, { size, angle }: PlacedKeypoints, j: number): boolean {
  const octaves = Math.log2(size[j] / carried.size);
  const turn = Math.atan2(Math.sin(angle[j] - carried.angle), Math.cos(angle[j] - carried.angle));
  return Math.abs(octaves) < mostOctaves && Math.abs(turn) < mostTurn;
}
