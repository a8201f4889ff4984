import type { Random } from '../../math/random.ts';

/** Which keypoints of a view go into a set. */
export interface SelectedPatches {
  /** Ascending. */
  readonly keypoint: Uint32Array;
  /** Number of the place each shows, from 0 within the photograph. */
  readonly point: Uint32Array;
}

/**
 * Numbers the places of one photograph and chooses the keypoints of its views: those with a partner, and as many of the
 * others, by chance, each a place of its own: a shortlist meets those too.
 * @param usable of each view and keypoint 1 where its whole patch shows the photograph; the first view's is all of it
 * @param partners of each further view: of each keypoint of the first its partner there, or −1
 * @returns for each view; and how many places there are
 */
export function selectViewPatches(
  usable: readonly Uint8Array[],
  partners: readonly Int32Array[],
  random: Random,
): { views: SelectedPatches[]; points: number } {
  const pointOf = usable.map((view) => new Int32Array(view.length).fill(-1));
  const [base, ...others] = pointOf;
  let points = 0;
  partners.forEach((partnerOf, view) =>
    partnerOf.forEach((partner, i) => {
      if (partner < 0 || usable[0][i] === 0 || usable[view + 1][partner] === 0) return;
      if (base[i] < 0) base[i] = points++;
      others[view][partner] = base[i];
    }),
  );
  pointOf.forEach((ofView, view) => {
    const rest = [...ofView.keys()].filter((i) => ofView[i] < 0 && usable[view][i] === 1);
    const matched = ofView.reduce((sum, point) => sum + (point < 0 ? 0 : 1), 0);
    for (let drawn = 0; drawn < Math.min(matched, rest.length); drawn++) {
      const other = drawn + random.integer(rest.length - drawn);
      [rest[drawn], rest[other]] = [rest[other], rest[drawn]];
      ofView[rest[drawn]] = points++;
    }
  });
  const views = pointOf.map((ofView) => {
    const keypoint = Uint32Array.from([...ofView.keys()].filter((i) => ofView[i] >= 0));
    return { keypoint, point: keypoint.map((i) => ofView[i]) };
  });
  return { views, points };
}
