import type { PhotoOfPair } from '../../../src/matching/match-photos.ts';
import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { transformPoint } from '../../../src/math/matrix3.ts';
import { createRandom } from '../../../src/math/random.ts';
import { featuresOf, noisyLook, randomLook, type Spot } from './synthetic-features.ts';

const size = { width: 1000, height: 750 };
/** From one window to the next, px of a photo that sees the wall from the front. */
export const windowStep = [120, 140] as const;
const [across, down] = windowStep;

export interface Wall {
  /** Places of each window that look as those of any other. */
  readonly window: number;
  /** Places that look like no other. */
  readonly unique: number;
}

/** Seven by five windows, and what else there is. */
export function wallOf({ window, unique }: Wall, seed: number): Spot[] {
  const random = createRandom(seed);
  const parts = Array.from({ length: window }, () => ({
    x: 10 + (across - 20) * random.next(),
    y: 10 + (down - 20) * random.next(),
    look: randomLook(random),
  }));
  const windows = Array.from({ length: 35 }, (_, k) =>
    parts.map(({ x, y, look }) => ({
      x: 80 + x + across * (k % 7),
      y: 20 + y + down * Math.floor(k / 7),
      look,
    })),
  );
  const others = Array.from({ length: unique }, () => ({
    x: 80 + 840 * random.next(),
    y: 20 + 700 * random.next(),
    look: randomLook(random),
  }));
  return [...windows.flat(), ...others];
}

/**
 * What a photo shows of the places by a view of their wall.
 * @param blur by which each look differs from what it is
 */
export function photoOf(places: readonly Spot[], view: Matrix3, seed: number, blur = 0.3): PhotoOfPair {
  const random = createRandom(seed);
  const spots = places.flatMap(({ x, y, look }): Spot[] => {
    const [u, v] = transformPoint(view, x, y);
    const isSeen = u > 0 && v > 0 && u < size.width && v < size.height;
    const noise = (): number => 0.4 * random.normal();
    return isSeen ? [{ x: u + noise(), y: v + noise(), look: noisyLook(look, blur, random) }] : [];
  });
  return { ...size, features: featuresOf(spots) };
}
