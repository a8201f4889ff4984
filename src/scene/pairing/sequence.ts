import type { Neighbours } from '../../matching/shortlist.ts';
import { naturalOrder } from '../../natural-order.ts';
import type { PairCollector } from './pair-list.ts';

/** Indices of the photos by name in natural order: `frame_9` before `frame_10`. */
export function orderByName(names: readonly string[]): number[] {
  return Array.from(names.keys()).sort((i, j) => naturalOrder(names[i], names[j]) || i - j);
}

/**
 * Pairs each photo with the `window` photos that follow; if `quadratic`, also with those 2, 4, 8 … 2^window places
 * further on, as COLMAP's sequential matcher does (Schönberger & Frahm, CVPR 2016): a slow stretch of a video does not
 * end the chain.
 */
export function addSequence(
  pairs: PairCollector,
  order: readonly number[],
  { window, quadratic }: { readonly window: number; readonly quadratic: boolean },
): void {
  for (let i = 0; i < order.length; i++) {
    const end = Math.min(order.length - 1, i + window);
    for (let j = i + 1; j <= end; j++) pairs.add(order[i], order[j], 'sequence');
    if (!quadratic) continue;
    for (let power = 1; power <= window && i + 2 ** power < order.length; power++) {
      pairs.add(order[i], order[i + 2 ** power], 'sequence');
    }
  }
}

/**
 * Closes loops: every `every`-th photo is paired with the `count` photos that look most like it and that the sequence
 * lies more than `window` places away from.
 * @param neighbours the most similar photos of each, those of the window among them
 * @param mayPair whether two photos can show the same at all
 */
export function addLoops(
  pairs: PairCollector,
  order: readonly number[],
  neighbours: Neighbours,
  { window, every, count }: { readonly window: number; readonly every: number; readonly count: number },
  mayPair: (a: number, b: number) => boolean,
): void {
  const { depth, index } = neighbours;
  const place = new Uint32Array(order.length);
  order.forEach((photo, i) => (place[photo] = i));
  for (let i = 0; i < order.length; i += every) {
    const photo = order[i];
    const alike = Array.from(index.subarray(photo * depth, (photo + 1) * depth));
    alike
      .filter((other) => Math.abs(place[other] - i) > window && mayPair(photo, other))
      .slice(0, count)
      .forEach((other) => pairs.add(photo, other, 'loop'));
  }
}
