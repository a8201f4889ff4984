import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PhotoFeatures } from '../../src/features/photo-features.ts';
import { orderPair } from '../../src/matching/canonical-order.ts';
import { createPlaceSolver, type PlaceLinks } from '../../src/scene/settle-places.ts';
import { mapAhead } from '../in-order.ts';
import type { DetectedSource } from './detect-photos.ts';
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
    const report = (): void => workspace.observe({ type: 'progress', stage: 'settle', done, total: mostSweeps });
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
  { store }: SfmWorkspace,
  photos: readonly DetectedSource[],
  first: Uint32Array,
  places: Float32Array,
  sizes: Float32Array,
): Promise<void> {
  let photo = 0;
  const read = ({ key }: DetectedSource): Promise<PhotoFeatures | undefined> => store.get('features', key);
  for await (const features of mapAhead(photos, 2, read)) {
    const { name, places: merged } = photos[photo];
    if (features === undefined) {
      throw new Error(`the workspace has lost the keypoints of ${name}: run again to find them`);
    }
    const { x, y, size } = features.keypoints;
    merged.keypointOf.forEach((i, p) => {
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

interface LinkFile {
  append(links: PlaceLinks): Promise<void>;
  read(): AsyncGenerator<PlaceLinks, void, undefined>;
  close(): Promise<void>;
}

/** Four-byte numbers a link: from, to, affinity, offset, size. */
const numbersPerLink = 9;

/** A file of blocks of links, each an array after the other, gone when closed; those that killed runs left are removed. */
async function createLinkFile(folder: string): Promise<LinkFile> {
  const place = join(folder, 'links');
  await mkdir(place, { recursive: true });
  for (const name of await readdir(place)) await rm(join(place, name), { force: true });
  const path = join(place, `${randomUUID()}.tmp`);
  const file: FileHandle = await open(path, 'wx+');
  const counts: number[] = [];
  return {
    async append({ from, to, affinity, offset, size }) {
      if (from.length === 0) return;
      const bytes = [from, to, affinity, offset, size].map(
        (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      );
      await file.appendFile(Buffer.concat(bytes));
      counts.push(from.length);
    },
    async *read() {
      let position = 0;
      for (const count of counts) {
        const buffer = new ArrayBuffer(4 * numbersPerLink * count);
        await file.read(new Uint8Array(buffer), 0, buffer.byteLength, position);
        position += buffer.byteLength;
        const floats = (start: number, width: number): Float32Array =>
          new Float32Array(buffer, 4 * start * count, width * count);
        yield {
          from: new Uint32Array(buffer, 0, count),
          to: new Uint32Array(buffer, 4 * count, count),
          affinity: floats(2, 4),
          offset: floats(6, 2),
          size: floats(8, 1),
        };
      }
    },
    async close() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
