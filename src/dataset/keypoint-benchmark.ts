import { join } from 'node:path';
import { DataError } from '../errors.ts';
import type { PatchBenchmark, PatchPairs } from '../evaluation/patch-benchmark.ts';
import { cutPatches } from '../features/patches.ts';
import { buildPyramid } from '../image/pyramid.ts';
import { readPhoto } from '../image/read-photo.ts';
import { readTable, type Table } from './csv-table.ts';

export interface KeypointBenchmarkOptions {
  /** Pixels of a side of the patches; they are cut at it, not resampled. */
  readonly side: number;
  /** Take every n-th anchor: a quick look at all sequences. */
  readonly every: number;
  /** Folder with `<sequence>/<k>.jpg`. */
  readonly photos: string;
  readonly signal?: AbortSignal;
  /** Called after each photo. */
  readonly progress?: (done: number, total: number) => void;
}

/** A keypoint of image 1 with its partner and wrong ones of image k: rows of the two keypoint files. */
interface Anchor {
  readonly image1: string;
  readonly image2: string;
  readonly row1: number;
  /** True partner, random wrong one, then the hard wrong ones. */
  readonly rows2: readonly number[];
}

/** Side of a patch in sizes of the files' keypoints. */
export const keypointPatchScale = 6;

export const anchorsTable = 'anchors.csv';
export const anchorColumns = ['sequence', 'image', 'keypoint1', 'true2', 'random2', 'hard2'];

/** Name of the keypoint file of an image (`<sequence>.<k>`). */
export const keypointsTable = (image: string): string => `${image}.keypoints.csv`;
export const keypointColumns = ['x', 'y', 'size', 'angle'];

/**
 * Reads a benchmark kept as keypoints: `anchors.csv` (columns sequence, image, keypoint1, true2, random2, hard2: 0-based
 * rows of the keypoint files, those of hard2 separated by spaces) and `<sequence>.<k>.keypoints.csv` (columns x, y, size in
 * pixels, angle in degrees). The patches are cut from the photos with k = 6.
 * @throws DataError naming the file that is missing or not as expected, and PhotoError
 */
export async function readKeypointBenchmark(
  folder: string,
  { side, every, photos, signal, progress }: KeypointBenchmarkOptions,
): Promise<PatchBenchmark> {
  const anchors = readAnchors(await readTable(join(folder, anchorsTable), anchorColumns), every);
  const hardPerAnchor = anchors[0].rows2.length - 2;
  const used = usedRows(anchors);
  const count = [...used.values()].reduce((sum, { rows }) => sum + rows.size, 0);
  const patches = new Uint8Array(new SharedArrayBuffer(count * side * side));
  let done = 0;
  for (const [image, { first, rows }] of used) {
    signal?.throwIfAborted();
    const cut = await cutRows(folder, photos, image, [...rows.keys()], side, signal);
    patches.set(cut, first * side * side);
    progress?.(++done, used.size);
  }
  const patchOf = (image: string, row: number): number => {
    const { first, rows } = used.get(image)!;
    return first + rows.get(row)!;
  };
  const pairs = (place: number): PatchPairs => pairsOf(anchors, [place], patchOf);
  const truePairs = pairs(0);
  const hardPlaces = Array.from({ length: hardPerAnchor }, (_, i) => i + 2);
  return {
    folder,
    count,
    side,
    patches,
    truePairs,
    wrongPairs: pairs(1),
    ranking:
      hardPerAnchor === 0 ? null : { truePairs, hardPairs: pairsOf(anchors, hardPlaces, patchOf), hardPerAnchor },
  };
}

function readAnchors({ file, rows }: Table, every: number): Anchor[] {
  const anchors = rows
    .filter((_, i) => i % every === 0)
    .map(({ line, fields: [sequence, image, keypoint1, true2, random2, hard2] }) => {
      const hard = hard2.trim() === '' ? [] : hard2.trim().split(/ +/);
      const [row1, ...rows2] = [keypoint1, true2, random2, ...hard].map(Number);
      if (![row1, ...rows2].every((row) => Number.isInteger(row) && row >= 0)) {
        throw new DataError(`${file}, line ${line}: expected 0-based row numbers of the keypoint files.`);
      }
      return { image1: `${sequence}.1`, image2: `${sequence}.${image}`, row1, rows2, line };
    });
  if (anchors.length === 0) throw new DataError(`${file}: expected at least one anchor, but there is none.`);
  const uneven = anchors.find(({ rows2 }) => rows2.length !== anchors[0].rows2.length);
  if (uneven) {
    throw new DataError(
      `${file}, line ${uneven.line}: expected ${anchors[0].rows2.length - 2} hard wrong keypoints, as many as in the first row, but there are ${uneven.rows2.length - 2}.`,
    );
  }
  return anchors;
}

/** Of each image the rows that are used, each with its place among the image's patches, and the index of its first patch. */
function usedRows(anchors: readonly Anchor[]): Map<string, { first: number; rows: Map<number, number> }> {
  const rowsOf = new Map<string, Map<number, number>>();
  const use = (image: string, row: number): void => {
    const rows = rowsOf.get(image) ?? new Map<number, number>();
    rowsOf.set(image, rows);
    if (!rows.has(row)) rows.set(row, rows.size);
  };
  for (const { image1, image2, row1, rows2 } of anchors) {
    use(image1, row1);
    for (const row of rows2) use(image2, row);
  }
  let first = 0;
  return new Map(
    [...rowsOf].map(([image, rows]) => {
      const entry = { first, rows };
      first += rows.size;
      return [image, entry];
    }),
  );
}

function pairsOf(
  anchors: readonly Anchor[],
  places: readonly number[],
  patchOf: (image: string, row: number) => number,
): PatchPairs {
  const index1 = anchors.flatMap(({ image1, row1 }) => places.map(() => patchOf(image1, row1)));
  const index2 = anchors.flatMap(({ image2, rows2 }) => places.map((place) => patchOf(image2, rows2[place])));
  return { count: index1.length, index1: Uint32Array.from(index1), index2: Uint32Array.from(index2) };
}

/** Patches of the given rows of an image's keypoint file, in their order. */
async function cutRows(
  folder: string,
  photos: string,
  image: string,
  rows: readonly number[],
  side: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { file, rows: all } = await readTable(join(folder, keypointsTable(image)), keypointColumns);
  const keypoints = rows.map((row) => {
    if (row >= all.length) {
      throw new DataError(`${file}: ${anchorsTable} names row ${row}, but there are only ${all.length}.`);
    }
    const values = all[row].fields.map((field) => (field.trim() === '' ? NaN : Number(field)));
    if (!values.every(Number.isFinite)) throw new DataError(`${file}, line ${all[row].line}: expected four numbers.`);
    return values;
  });
  const column = (i: number): Float32Array => Float32Array.from(keypoints, (values) => values[i]);
  const angle = column(3).map((degrees) => (degrees * Math.PI) / 180);
  // Sequence names may hold dots; the image's number is what follows the last.
  const dot = image.lastIndexOf('.');
  const photo = join(photos, image.slice(0, dot), `${image.slice(dot + 1)}.jpg`);
  const { image: grey } = await readPhoto(photo, { channels: 1, depth: 8, signal });
  const places = { count: rows.length, x: column(0), y: column(1), size: column(2), angle };
  return cutPatches(buildPyramid(grey), places, { side, k: keypointPatchScale });
}
