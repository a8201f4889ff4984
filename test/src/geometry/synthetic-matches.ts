import type { Matrix3 } from '../../../src/math/matrix3.ts';
import { transformPoint } from '../../../src/math/matrix3.ts';
import type { Random } from '../../../src/math/random.ts';

export interface SyntheticMatches {
  /** x1, y1, x2, y2 a match, in random order. */
  readonly points: Float64Array;
  /** 1 where the match is right. */
  readonly right: Uint8Array;
}

/** A homography that a hand-held camera could give: turned, tilted and shifted by up to `strength` of the size. */
export function randomHomography(random: Random, width: number, height: number, strength = 0.15): Matrix3 {
  const jitter = (): number => (2 * random.next() - 1) * strength;
  const c = [1 + jitter(), jitter(), jitter() * width, jitter(), 1 + jitter(), jitter() * height];
  return [c[0], c[1], c[2], c[3], c[4], c[5], jitter() / width, jitter() / height, 1];
}

/**
 * Matches of two photos of the same size: right ones with normal noise in both photos, wrong ones uniform in both.
 */
export function syntheticMatches(
  h: Matrix3,
  count: { readonly right: number; readonly wrong: number },
  noisePx: number,
  random: Random,
  size = { width: 1000, height: 750 },
): SyntheticMatches {
  const { width, height } = size;
  const points = new Float64Array(4 * (count.right + count.wrong));
  const right = new Uint8Array(count.right + count.wrong);
  for (let i = 0; i < count.right; i++) {
    let x = 0;
    let y = 0;
    let mapped: [number, number] = [-1, -1];
    while (!(mapped[0] >= 0 && mapped[0] < width && mapped[1] >= 0 && mapped[1] < height)) {
      x = random.next() * width;
      y = random.next() * height;
      mapped = transformPoint(h, x, y);
    }
    const noise = (): number => noisePx * random.normal();
    points.set([x + noise(), y + noise(), mapped[0] + noise(), mapped[1] + noise()], 4 * i);
    right[i] = 1;
  }
  for (let i = count.right; i < right.length; i++) {
    points.set([random.next() * width, random.next() * height, random.next() * width, random.next() * height], 4 * i);
  }
  shuffle(points, right, random);
  return { points, right };
}

/** Matches without any common geometry. */
export function unrelatedMatches(count: number, random: Random, size = { width: 1000, height: 750 }): Float64Array {
  return syntheticMatches([1, 0, 0, 0, 1, 0, 0, 0, 1], { right: 0, wrong: count }, 0, random, size).points;
}

function shuffle(points: Float64Array, right: Uint8Array, random: Random): void {
  for (let i = right.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const a = points.slice(4 * i, 4 * i + 4);
    points.copyWithin(4 * i, 4 * j, 4 * j + 4);
    points.set(a, 4 * j);
    [right[i], right[j]] = [right[j], right[i]];
  }
}

/** Mean distance of photo 1's corners mapped by two homographies, px. */
export function cornerError(a: Matrix3, b: Matrix3, width = 1000, height = 750): number {
  const corners = [
    [0, 0],
    [width - 1, 0],
    [0, height - 1],
    [width - 1, height - 1],
  ];
  let sum = 0;
  for (const [x, y] of corners) {
    const [ax, ay] = transformPoint(a, x, y);
    const [bx, by] = transformPoint(b, x, y);
    sum += Math.hypot(ax - bx, ay - by) / 4;
  }
  return sum;
}
