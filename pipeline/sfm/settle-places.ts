import { orderPair } from '../../src/matching/canonical-order.ts';
import { createPlaceSolver, type PlaceLinks } from '../../src/scene/settle-places.ts';
import { mapAhead } from '../in-order.ts';
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import { createLinkFile } from './link-file.ts';
import { type ComparedPair, isSecond, readOutcome } from './match-pairs.ts';
import type { SfmWorkspace } from './workspace.ts';

/** Where the places of all photos are, after their matches were heard. */
export interface SettledPlaces {
  /** dx, dy a place of a photo: from its keypoint, px of the upright photo. */
  of(photo: number): Float32Array;
  /** x, y a place of a photo, px of the upright photo. */
  keypointPlaces(photo: number): Float32Array;
}

/** Sweeps over all links: places settle within a few, as most of those that a track joins are linked directly. */
const mostSweeps = 25;
/** px */
const settled = 0.003;

/**
 * Solves the places of all photos from the refinements of all pairs (DESIGN: each track once). Links between places lie in a file while it is
 * done; in memory are some thirty bytes a place.
 */
export async function settlePlaces(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
): Promise<SettledPlaces> {
  const first = new Uint32Array(photos.length + 1);
  photos.forEach(({ places }, i) => (first[i + 1] = first[i] + places.count));
  const places = new Float32Array(2 * first[photos.length]);
  const sizes = new Float32Array(first[photos.length]);
  await readPlaces(workspace, photos, first, places, sizes);
  const solver = createPlaceSolver(sizes.length);
  const links = await createLinkFile(workspace.folder);
  try {
    const verified = pairs.filter(({ failure }) => failure === null);
    for await (const link of mapAhead(verified, 8, (pair) => linksOf(workspace, photos, pair, first, sizes))) {
      await links.append(link);
    }
    let done = 0;
    const total = photos.length;
    const report = (): void =>
      workspace.observe({ type: 'progress', stage: 'settle', done: Math.floor((total * done) / mostSweeps), total });
    for (report(); done < mostSweeps;) {
      workspace.signal?.throwIfAborted();
      for await (const link of links.read()) solver.add(link);
      done = solver.endSweep() < settled ? mostSweeps : done + 1;
      report();
    }
  } finally {
    await links.close();
  }
  const { shifts } = solver;
  for (let k = 0; k < places.length; k++) places[k] += shifts[k];
  const rangeOf = (values: Float32Array, photo: number): Float32Array =>
    values.subarray(2 * first[photo], 2 * first[photo + 1]);
  return {
    of: (photo) => rangeOf(shifts, photo),
    keypointPlaces: (photo) => rangeOf(places, photo),
  };
}

async function readPlaces(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  first: Uint32Array,
  places: Float32Array,
  sizes: Float32Array,
): Promise<void> {
  let photo = 0;
  for await (const { keypoints } of mapAhead(photos, 2, createFeatureReader(workspace, 2))) {
    const { x, y, size } = keypoints;
    photos[photo].places.keypointOf.forEach((i, p) => {
      places.set([x[i], y[i]], 2 * (first[photo] + p));
      sizes[first[photo] + p] = size[i];
    });
    photo++;
  }
}

/** The inliers of a pair that were aligned. */
async function linksOf(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  { a, b }: ComparedPair,
  first: Uint32Array,
  sizes: Float32Array,
): Promise<PlaceLinks> {
  const swapped = isSecond(photos[a], photos[b]);
  const [one, two] = orderPair(a, b, swapped);
  const { index1, index2, refinement, geometry } = await readOutcome(workspace, photos[a], photos[b]);
  const inliers = geometry.kind === 'none' || refinement === null ? new Uint32Array() : geometry.inliers;
  const aligned = inliers.filter((m) => refinement!.offset2[2 * m] !== 0 || refinement!.offset2[2 * m + 1] !== 0);
  const rows = (values: Float32Array, width: number): Float32Array => {
    const taken = new Float32Array(width * aligned.length);
    aligned.forEach((m, row) => taken.set(values.subarray(width * m, width * (m + 1)), width * row));
    return taken;
  };
  const to = aligned.map((m) => first[two] + photos[two].places.placeOf[index2[m]]);
  return {
    from: aligned.map((m) => first[one] + photos[one].places.placeOf[index1[m]]),
    to,
    affinity: refinement === null ? new Float32Array() : rows(refinement.affinity, 4),
    offset: refinement === null ? new Float32Array() : rows(refinement.offset2, 2),
    size: Float32Array.from(to, (place) => sizes[place]),
  };
}
