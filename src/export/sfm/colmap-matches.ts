/**
 * Matches as COLMAP lays them out: two keypoints (from 0) a row, that of the image with the smaller id first.
 * @param chosen indices of the matches that are wanted; all where it is left out
 */
export function matchRows(matches: Uint32Array, isSwapped: boolean, chosen?: Uint32Array): Uint32Array {
  const count = chosen?.length ?? matches.length / 2;
  const rows = new Uint32Array(2 * count);
  for (let k = 0; k < count; k++) {
    const m = chosen === undefined ? k : chosen[k];
    rows[2 * k] = matches[isSwapped ? 2 * m + 1 : 2 * m];
    rows[2 * k + 1] = matches[isSwapped ? 2 * m : 2 * m + 1];
  }
  return rows;
}

/**
 * Raw and verified matches of a pair in one list without repeated keypoints, in the order of the raw ones. Guided
 * matching in COLMAP verifies matches that are not among the raw ones: they come last, and raw ones that contradict them
 * are dropped.
 */
export function joinMatches(
  raw: Uint32Array,
  verified: Uint32Array,
): { readonly matches: Uint32Array; readonly inliers: Uint32Array } {
  const partner = new Map<number, number>();
  const takenOfB = new Set<number>();
  for (let k = 0; k < verified.length; k += 2) {
    const [i, j] = [verified[k], verified[k + 1]];
    if (partner.has(i) || takenOfB.has(j)) continue;
    partner.set(i, j);
    takenOfB.add(j);
  }
  const unseen = new Set(partner.keys());
  const takenOfA = new Set<number>();
  const matches: number[] = [];
  const inliers: number[] = [];
  for (let k = 0; k < raw.length; k += 2) {
    const [i, j] = [raw[k], raw[k + 1]];
    if (partner.has(i)) {
      if (partner.get(i) !== j || !unseen.delete(i)) continue;
      inliers.push(matches.length / 2);
    } else {
      if (takenOfA.has(i) || takenOfB.has(j)) continue;
      takenOfA.add(i);
      takenOfB.add(j);
    }
    matches.push(i, j);
  }
  for (const i of unseen) {
    inliers.push(matches.length / 2);
    matches.push(i, partner.get(i)!);
  }
  return { matches: Uint32Array.from(matches), inliers: Uint32Array.from(inliers) };
}
