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

/** Tracks by union-find; in memory are five bytes a place. */
export function createTracks(placeCount: number): TrackBuilder {
  const parent = Uint32Array.from({ length: placeCount }, (_, place) => place);
  const matched = new Uint8Array(placeCount);
  const trackOf = (place: number): number => {
    while (parent[place] !== place) place = parent[place] = parent[parent[place]];
    return place;
  };
  return {
    trackOf,
    isMatched: (place) => matched[place] === 1,
    add({ from, to }) {
      for (let m = 0; m < from.length; m++) {
        const [p, q] = [trackOf(from[m]), trackOf(to[m])];
        parent[Math.max(p, q)] = Math.min(p, q);
        matched[from[m]] = matched[to[m]] = 1;
      }
    },
  };
}
