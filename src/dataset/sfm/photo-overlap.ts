import type { SfmModel } from './model.ts';

/** Which photos of a reconstruction see the same. */
export interface PhotoOverlap {
  /** Per photo the photos that share most points with it, most first. */
  readonly neighbours: readonly (readonly number[])[];
  /** Photo pairs that may show the same places: neighbours, and photos with a neighbour in common. */
  readonly pairs: readonly (readonly [number, number])[];
}

/** Photos that share fewer points hardly overlap. */
const leastShared = 15;

const mostNeighbours = 12;

/**
 * The pairs reach beyond those that the reconstruction matched: two photos may show the same places from so far apart
 * that its features found nothing in common, and those pairs are the ones to learn from.
 */
export function findOverlap(model: SfmModel): PhotoOverlap {
  const count = model.photos.length;
  const shared = countShared(model);
  const near = model.photos.map((_, i) =>
    Array.from({ length: count }, (_, j) => j)
      .filter((j) => shared[i * count + j] >= leastShared)
      .sort((p, q) => shared[i * count + q] - shared[i * count + p] || p - q),
  );
  const pairs = new Set<number>();
  near.forEach((others, via) => {
    const around = [via, ...others];
    for (const i of around) for (const j of around) if (i < j) pairs.add(i * count + j);
  });
  return {
    neighbours: near.map((others) => others.slice(0, mostNeighbours)),
    pairs: [...pairs].sort((p, q) => p - q).map((pair) => [Math.floor(pair / count), pair % count] as const),
  };
}

/** count × count: points seen in both photos; 0 on the diagonal. */
function countShared({ photos, points }: SfmModel): Uint32Array {
  const seenIn: number[][] = Array.from({ length: points.count }, () => []);
  photos.forEach(({ observations }, photo) => {
    for (const point of observations.point) if (seenIn[point].at(-1) !== photo) seenIn[point].push(photo);
  });
  const shared = new Uint32Array(photos.length * photos.length);
  for (const seen of seenIn) {
    for (const i of seen) for (const j of seen) if (i !== j) shared[i * photos.length + j]++;
  }
  return shared;
}
