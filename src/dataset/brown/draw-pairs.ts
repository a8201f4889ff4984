import { createRandom } from '../../math/random.ts';
import { indexPatches } from '../patch-index.ts';
import type { PatchIds } from './info.ts';
import type { VerificationPairs } from './pairs-file.ts';

/**
 * Draws pairs to verify, as many right as wrong ones, in random order. A right pair is two patches of one point in two
 * photos, no point twice; a wrong pair is two patches of different points, each of a patch that has a partner.
 * @param most right pairs at most
 */
export function drawPairs(ids: PatchIds, most: number, seed: number): VerificationPairs {
  const { byPoint, pointStart, pointOf, photoOf, anchors } = indexPatches(ids);
  const random = createRandom(seed);
  const pairs: (readonly [number, number])[] = [];
  for (const point of shuffled(pointStart.length - 1, random)) {
    if (pairs.length === most) break;
    const patches = byPoint.subarray(pointStart[point], pointStart[point + 1]);
    const patch1 = patches[random.integer(patches.length)];
    const others = patches.filter((patch) => photoOf[patch] !== photoOf[patch1]);
    if (others.length > 0) pairs.push([patch1, others[random.integer(others.length)]]);
  }
  const right = pairs.length;
  // Where all patches show one point there are none: give up instead of drawing for ever.
  for (let tries = 0; pairs.length < 2 * right && tries < 100 * right; tries++) {
    const [patch1, patch2] = [anchors[random.integer(anchors.length)], anchors[random.integer(anchors.length)]];
    if (pointOf[patch1] !== pointOf[patch2]) pairs.push([patch1, patch2]);
  }
  const order = shuffled(pairs.length, random);
  const column = (side: 0 | 1): Uint32Array => order.map((at) => pairs[at][side]);
  const [patch1, patch2] = [column(0), column(1)];
  const pointsOf = (patches: Uint32Array): Uint32Array => patches.map((patch) => ids.point[patch]);
  return { count: order.length, patch1, point1: pointsOf(patch1), patch2, point2: pointsOf(patch2) };
}

/** 0 … n − 1 in random order. */
function shuffled(n: number, random: ReturnType<typeof createRandom>): Uint32Array {
  const values = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}
