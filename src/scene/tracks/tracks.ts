import { createUnionFind } from '../../math/union-find.ts';

/** Which places of photos show the same point of the scene, as matches say: one track each. */
export interface Tracks {
  /** Names the track of a place: the lowest place in it. */
  trackOf(place: number): number;
  /** Whether matches lead to the place at all. */
  isMatched(place: number): boolean;
}

export interface TrackBuilder extends Tracks {
  /** Takes matches between places in: row m joins `from[m]` and `to[m]`. */
  add(matches: { readonly from: ArrayLike<number>; readonly to: ArrayLike<number> }): void;
}

/** Tracks of places; in memory are five bytes a place. */
export function createTracks(placeCount: number): TrackBuilder {
  const { rootOf, join } = createUnionFind(placeCount);
  const matched = new Uint8Array(placeCount);
  return {
    trackOf: rootOf,
    isMatched: (place) => matched[place] === 1,
    add({ from, to }) {
      for (let m = 0; m < from.length; m++) {
        join(from[m], to[m]);
        matched[from[m]] = matched[to[m]] = 1;
      }
    },
  };
}
