import { sharedUint32 } from './shared-columns.ts';

/** Which patches belong to each point and to each photo of a set, on shared memory so that threads need no copy. */
export interface PatchIndex {
  /** Patches in the order of their points; point number p's are `[pointStart[p], pointStart[p + 1])`. */
  readonly byPoint: Uint32Array;
  readonly pointStart: Uint32Array;
  /** Number of each patch's point: 0 … points − 1, in the order of the ids. */
  readonly pointOf: Uint32Array;
  /** Patches in the order of their photos, and photo numbers, likewise. */
  readonly byPhoto: Uint32Array;
  readonly photoStart: Uint32Array;
  readonly photoOf: Uint32Array;
  /** Patches whose point has another patch: those that can stand in a true pair. */
  readonly anchors: Uint32Array;
}

/** Groups the patches of a set by the ids of their points and of their photos. */
export function indexPatches(set: { readonly point: Uint32Array; readonly photo: Uint32Array }): PatchIndex {
  const points = groupBy(set.point);
  const photos = groupBy(set.photo);
  const isAnchor = (patch: number): boolean => {
    const point = points.groupOf[patch];
    return points.start[point + 1] - points.start[point] > 1;
  };
  const patches = Uint32Array.from({ length: set.point.length }, (_, patch) => patch);
  return {
    byPoint: points.members,
    pointStart: points.start,
    pointOf: points.groupOf,
    byPhoto: photos.members,
    photoStart: photos.start,
    photoOf: photos.groupOf,
    anchors: shared(patches.filter(isAnchor)),
  };
}

/**
 * The true pairs of a photo with each other photo, by the other's number: patch of the photo, patch of the other, one pair
 * after the other.
 */
export function truePairsOf(index: PatchIndex, photo: number): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let i = index.photoStart[photo]; i < index.photoStart[photo + 1]; i++) {
    const patch = index.byPhoto[i];
    const point = index.pointOf[patch];
    for (let j = index.pointStart[point]; j < index.pointStart[point + 1]; j++) {
      const other = index.byPoint[j];
      const photo2 = index.photoOf[other];
      if (photo2 === photo) continue;
      const pairs = found.get(photo2) ?? [];
      pairs.push(patch, other);
      found.set(photo2, pairs);
    }
  }
  return found;
}

interface Groups {
  readonly members: Uint32Array;
  readonly start: Uint32Array;
  readonly groupOf: Uint32Array;
}

function groupBy(ids: Uint32Array): Groups {
  const distinct = ids.slice().sort();
  let groups = 0;
  for (let i = 0; i < distinct.length; i++)
    if (i === 0 || distinct[i] !== distinct[i - 1]) distinct[groups++] = distinct[i];
  const known = distinct.subarray(0, groups);
  const groupOf = shared(ids.map((id) => rankOf(known, id)));
  const start = shared(new Uint32Array(groups + 1));
  for (const group of groupOf) start[group + 1]++;
  for (let group = 0; group < groups; group++) start[group + 1] += start[group];
  const next = start.slice();
  const members = shared(new Uint32Array(ids.length));
  for (let i = 0; i < ids.length; i++) members[next[groupOf[i]]++] = i;
  return { members, start, groupOf };
}

function rankOf(sorted: Uint32Array, id: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shared(values: Uint32Array): Uint32Array {
  const copy = sharedUint32(values.length);
  copy.set(values);
  return copy;
}
