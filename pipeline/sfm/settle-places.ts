import { createPlaceSolver } from '../../src/scene/settle-places.ts';
import { createTracks, type Tracks } from '../../src/scene/tracks/tracks.ts';
import { mapAhead } from '../in-order.ts';
import { createFeatureReader, type DetectedSource } from './detect-photos.ts';
import { createLinkFile } from './link-file.ts';
import type { ComparedPair } from './match-pairs.ts';
import { type PlaceTable, readPairLinks } from './pair-links.ts';
import type { SfmWorkspace } from './workspace.ts';

/** Where the places of all photos are, after their matches were heard. */
export interface SettledPlaces extends PlaceTable {
  /** dx, dy each: from where its keypoint was detected to where it is, px of the upright photo. */
  readonly shifts: Float32Array;
  readonly tracks: Tracks;
}

/** The places of a photo that matches lead to: their numbers, ascending. */
export function matchedPlaces({ first, tracks }: SettledPlaces, photo: number): Uint32Array {
  const count = first[photo + 1] - first[photo];
  return Uint32Array.from({ length: count }, (_, p) => first[photo] + p).filter((place) => tracks.isMatched(place));
}

/** Sweeps over all links: places settle within a few, as most of those that a track joins are linked directly. */
const mostSweeps = 25;
/** px */
const settled = 0.003;

/**
 * Solves the places of all photos from the refinements of all pairs (DESIGN: each track once). Links between places lie in a file while it is
 * done; in memory are some fifty bytes a place.
 */
export async function settlePlaces(
  workspace: SfmWorkspace,
  photos: readonly DetectedSource[],
  pairs: readonly ComparedPair[],
): Promise<SettledPlaces> {
  const table = await readPlaces(workspace, photos);
  const tracks = createTracks(table.sizes.length);
  const solver = createPlaceSolver(table.sizes.length);
  const links = await createLinkFile(workspace.folder);
  try {
    const verified = pairs.filter(({ failure }) => failure === null);
    for await (const link of mapAhead(verified, 8, (pair) => readPairLinks(workspace, photos, pair, table))) {
      if (link === null) continue;
      tracks.add(link);
      await links.append(link.aligned);
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
  for (let k = 0; k < shifts.length; k++) table.at[k] += shifts[k];
  return { ...table, shifts, tracks };
}

/** Where keypoints were detected. */
async function readPlaces(workspace: SfmWorkspace, photos: readonly DetectedSource[]): Promise<PlaceTable> {
  const first = new Uint32Array(photos.length + 1);
  photos.forEach(({ places }, i) => (first[i + 1] = first[i] + places.count));
  const at = new Float32Array(2 * first[photos.length]);
  const sizes = new Float32Array(first[photos.length]);
  const angles = new Float32Array(first[photos.length]);
  let photo = 0;
  for await (const { keypoints } of mapAhead(photos, 2, createFeatureReader(workspace, 2))) {
    const { x, y, size, angle } = keypoints;
    photos[photo].places.keypointOf.forEach((i, p) => {
      at.set([x[i], y[i]], 2 * (first[photo] + p));
      sizes[first[photo] + p] = size[i];
      angles[first[photo] + p] = angle[i];
    });
    photo++;
  }
  return { first, at, sizes, angles };
}
