import type { Anchors, UnreadPatchSet } from './patch-set.ts';
import { sharedFloat32, sharedInt32, sharedUint32 } from './shared-columns.ts';

/** Some patches of a set, as a set of their own. */
export interface KeptPatches {
  readonly set: UnreadPatchSet;
  /** Of each patch of the set before its number now, or −1 where it was left out. */
  readonly numberNow: Int32Array;
}

/**
 * Leaves patches of a set out and renumbers the others. Points may lose partners; mined anchors that miss a patch go.
 * @param kept numbers of the patches that stay, ascending
 */
export function keepPatches(set: UnreadPatchSet, kept: Uint32Array): KeptPatches {
  const numberNow = sharedInt32(set.count).fill(-1);
  for (let number = 0; number < kept.length; number++) numberNow[kept[number]] = number;
  if (kept.length === set.count) return { set, numberNow };
  const floats = (values: Float32Array | null): Float32Array | null =>
    values && gather(values, kept, sharedFloat32(kept.length));
  return {
    set: {
      ...set,
      count: kept.length,
      point: gather(set.point, kept, sharedUint32(kept.length)),
      photo: gather(set.photo, kept, sharedUint32(kept.length)),
      x: floats(set.x),
      y: floats(set.y),
      size: floats(set.size),
      angle: floats(set.angle),
      anchors: set.anchors && keepAnchors(set.anchors, numberNow),
    },
    numberNow,
  };
}

/** The anchors all of whose patches are there, renumbered. */
function keepAnchors({ count, patch1, true2, hard2 }: Anchors, numberNow: Int32Array): Anchors {
  const perAnchor = count === 0 ? 0 : hard2.length / count;
  const isThere = (row: number): boolean => {
    if (numberNow[patch1[row]] < 0 || numberNow[true2[row]] < 0) return false;
    for (let i = row * perAnchor; i < (row + 1) * perAnchor; i++) if (numberNow[hard2[i]] < 0) return false;
    return true;
  };
  const whole = new Uint32Array(count);
  let rows = 0;
  for (let row = 0; row < count; row++) if (isThere(row)) whole[rows++] = row;
  const [kept1, kept2, keptHard] = [sharedUint32(rows), sharedUint32(rows), sharedUint32(rows * perAnchor)];
  for (let to = 0; to < rows; to++) {
    const row = whole[to];
    kept1[to] = numberNow[patch1[row]];
    kept2[to] = numberNow[true2[row]];
    for (let i = 0; i < perAnchor; i++) keptHard[to * perAnchor + i] = numberNow[hard2[row * perAnchor + i]];
  }
  return { count: rows, patch1: kept1, true2: kept2, hard2: keptHard };
}

function gather<T extends Uint32Array | Float32Array>(values: T, at: Uint32Array, into: T): T {
  for (let i = 0; i < at.length; i++) into[i] = values[at[i]];
  return into;
}
