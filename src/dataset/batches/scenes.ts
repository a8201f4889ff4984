import type { PatchIndex } from '../patch-index.ts';

/** A set's photos: how its points join them, and what they are called, by photo id; null where nobody knows. */
export interface ScenePhotos {
  readonly index: PatchIndex;
  readonly photo: Uint32Array;
  readonly photoNames: readonly string[] | null;
}

/**
 * Finds which photos may show the same places under different points: those joined by a point they share, whatever
 * the way, and those of one name, in any set, which are renderings of one photograph.
 * @returns for each set the scene of each photo number; scenes are numbered through all sets
 */
export function findScenes(sets: readonly ScenePhotos[]): Uint32Array[] {
  const parent: number[] = [];
  const root = (node: number): number => {
    while (parent[node] !== node) node = parent[node] = parent[parent[node]];
    return node;
  };
  const join = (a: number, b: number): void => {
    const [low, high] = [root(a), root(b)].sort((x, y) => x - y);
    parent[high] = low;
  };
  const named = new Map<string, number>();
  const nodesOf = sets.map(({ index, photo, photoNames }) => {
    const { byPoint, pointStart, photoOf, byPhoto, photoStart } = index;
    const first = parent.length;
    const photos = photoStart.length - 1;
    for (let i = 0; i < photos; i++) parent.push(first + i);
    for (let point = 0; point + 1 < pointStart.length; point++) {
      for (let i = pointStart[point] + 1; i < pointStart[point + 1]; i++) {
        join(first + photoOf[byPoint[i - 1]], first + photoOf[byPoint[i]]);
      }
    }
    for (let i = 0; i < photos && photoNames !== null; i++) {
      const name = photoNames[photo[byPhoto[photoStart[i]]]];
      if (name === undefined) continue;
      const same = named.get(name) ?? first + i;
      named.set(name, same);
      join(same, first + i);
    }
    return Array.from({ length: photos }, (_, i) => first + i);
  });
  return nodesOf.map((nodes) => Uint32Array.from(nodes, root));
}
