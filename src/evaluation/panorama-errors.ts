import type { PanoramaReport, ReportImage } from '../export/panorama-report.ts';
import type { PairCorrespondences } from './correspondences.ts';
import { imageTransfer } from './report-transfer.ts';

export interface PhotoPairError {
  readonly photo1: string;
  readonly photo2: string;
  /** Median distance in % of the longer side of photo 2; infinite where the photos do not end in one panorama. */
  readonly errorPct: number;
}

/** How good the panoramas of one photo set are, seen from outside. */
export interface PanoramaErrors {
  /** Photos that belong to a panorama, and how many of them ended in the panorama of their group. */
  readonly belong: number;
  readonly used: number;
  readonly panoramas: number;
  /** Photos in a panorama that is not theirs: they belong to nothing, or to another group. File names. */
  readonly wronglyUsed: readonly string[];
  /** Photos in a second panorama of their own group. File names. */
  readonly splitOff: readonly string[];
  /** Empty without correspondences. */
  readonly pairs: readonly PhotoPairError[];
  /** Median and 90th percentile of the pair errors; infinite where that pair is; null without correspondences. */
  readonly medianPct: number | null;
  readonly p90Pct: number | null;
}

/**
 * Measures the final cameras of a report by correspondences found without Tessera, never by its own inliers.
 * @param correspondences of every photo pair that overlaps; null: errors are null
 * @param groups file names that belong to one panorama each; null: every photo belongs and none is in the wrong panorama
 */
export function measurePanoramas(
  report: PanoramaReport,
  correspondences: readonly PairCorrespondences[] | null,
  groups: readonly (readonly string[])[] | null,
): PanoramaErrors {
  const found = placePhotos(report);
  const pairs = (correspondences ?? []).map((pair) => ({
    photo1: pair.photo1,
    photo2: pair.photo2,
    errorPct: pairError(pair, found),
  }));
  const errors = Float64Array.from(pairs, (p) => p.errorPct).sort();
  return {
    ...(groups === null ? countAll(found, report) : countUsed(found, groups)),
    panoramas: report.panoramas.length,
    pairs,
    medianPct: correspondences === null ? null : percentile(errors, 50),
    p90Pct: correspondences === null ? null : percentile(errors, 90),
  };
}

/**
 * The value below which `percent` % of ascending values lie, interpolated linearly between neighbours (as numpy does);
 * infinite as soon as an infinite neighbour takes part, and where there are no values.
 */
export function percentile(ascending: Float64Array, percent: number): number {
  if (ascending.length === 0) return Infinity;
  const position = ((ascending.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const fraction = position - below;
  if (fraction === 0) return ascending[below];
  return ascending[below] * (1 - fraction) + ascending[below + 1] * fraction;
}

/** File name of a path, whichever separator it was written with. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

type PlacedPhotos = ReadonlyMap<string, { readonly panorama: number; readonly image: ReportImage }>;

function placePhotos(report: PanoramaReport): PlacedPhotos {
  return new Map(
    report.panoramas.flatMap((p, panorama) => p.images.map((image) => [fileName(image.path), { panorama, image }])),
  );
}

type PhotoCounts = Pick<PanoramaErrors, 'belong' | 'used' | 'wronglyUsed' | 'splitOff'>;

function countAll(found: PlacedPhotos, report: PanoramaReport): PhotoCounts {
  return { belong: found.size + report.rejected.length, used: found.size, wronglyUsed: [], splitOff: [] };
}

function pairError(pair: PairCorrespondences, found: PlacedPhotos): number {
  const photo1 = found.get(pair.photo1);
  const photo2 = found.get(pair.photo2);
  if (!photo1 || !photo2 || photo1.panorama !== photo2.panorama) return Infinity;
  const transfer = imageTransfer(photo1.image, photo2.image);
  const distances = new Float64Array(pair.count);
  for (let i = 0; i < pair.count; i++) {
    const [x, y] = transfer(pair.points[4 * i], pair.points[4 * i + 1]);
    const distance = Math.hypot(x - pair.points[4 * i + 2], y - pair.points[4 * i + 3]);
    distances[i] = Number.isNaN(distance) ? Infinity : distance;
  }
  return (100 * percentile(distances.sort(), 50)) / Math.max(photo2.image.width, photo2.image.height);
}

/** Each group owns one panorama: pairs of group and panorama are settled by how many photos they share, most first. */
function countUsed(found: PlacedPhotos, groups: readonly (readonly string[])[]): PhotoCounts {
  const groupOf = new Map(groups.flatMap((names, group) => names.map((name) => [name, group])));
  const shared = new Map<string, { group: number; panorama: number; photos: number }>();
  for (const [name, { panorama }] of found) {
    const group = groupOf.get(name);
    if (group === undefined) continue;
    const key = `${group} ${panorama}`;
    const entry = shared.get(key) ?? { group, panorama, photos: 0 };
    entry.photos++;
    shared.set(key, entry);
  }
  const panoramaOf = new Map<number, number>();
  const ownerOf = new Map<number, number>();
  let used = 0;
  for (const { group, panorama, photos } of [...shared.values()].sort((a, b) => b.photos - a.photos)) {
    if (!ownerOf.has(panorama)) {
      // A panorama belongs to the group with most photos in it, also where that group already has a larger one.
      ownerOf.set(panorama, group);
      if (!panoramaOf.has(group)) {
        panoramaOf.set(group, panorama);
        used += photos;
      }
    }
  }
  const wronglyUsed: string[] = [];
  const splitOff: string[] = [];
  for (const [name, { panorama }] of found) {
    const group = groupOf.get(name);
    if (group === undefined || ownerOf.get(panorama) !== group) wronglyUsed.push(name);
    else if (panoramaOf.get(group) !== panorama) splitOff.push(name);
  }
  return { belong: groupOf.size, used, wronglyUsed, splitOff };
}
