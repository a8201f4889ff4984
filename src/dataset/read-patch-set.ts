import { readdir } from 'node:fs/promises';
import { DataError, UsageError } from '../errors.ts';
import { readAnchors } from './anchors.ts';
import { infoFile, readInfo, type PatchIds } from './brown/info.ts';
import { readKeypointColumns } from './brown/keypoints-file.ts';
import { brownSide, type DamagedMosaic, mosaicName, patchesPerMosaic, readMosaics } from './brown/mosaics.ts';
import { readSetFile } from './brown/set-file.ts';
import type { Anchors, PatchSet } from './patch-set.ts';

export interface ReadPatchSetOptions {
  readonly signal?: AbortSignal;
  /** Called after each mosaic. */
  readonly progress?: (done: number, total: number) => void;
}

/** A set as it was read. */
export interface ReadPatchSet extends PatchSet {
  /** Notes on files left out, each naming the file and why; their patches are not in the set. */
  readonly skipped: readonly string[];
  /** Of each patch of the files its number in the set, or −1 where its mosaic was left out. */
  readonly numberInSet: Int32Array;
}

const patchPixels = brownSide * brownSide;

/**
 * Reads patches in the format of Brown and the UBC PhotoTour (`patches0000.bmp` …: grey, 16×16 mosaics of 64×64 patches;
 * `info.txt`: "<point> <photo>" a patch), with what Tessera adds where it is there: `keypoints.csv`, `set.json` and
 * `anchors.csv`. Damaged mosaics are left out with their patches, which are renumbered. All arrays are on shared memory.
 * @throws UsageError where the folder cannot be read; DataError naming what is missing or not as expected, or where no
 *   patch is left; the signal's reason once aborted
 */
export async function readPatchSet(folder: string, options: ReadPatchSetOptions = {}): Promise<ReadPatchSet> {
  const { signal, progress } = options;
  await requireSet(folder);
  const [ids, facts] = await Promise.all([readInfo(folder, signal), readSetFile(folder)]);
  const total = ids.point.length;
  const [keypoints, anchors] = await Promise.all([
    readKeypointColumns(folder, total, signal),
    readAnchors(folder, total),
  ]);
  const all = allocate(folder, total);
  const damaged = await readMosaics(folder, total, all, signal, progress);
  const kept = keptPatches(total, damaged);
  if (kept.length === 0) {
    throw new DataError(
      `${folder}: none of the ${damaged.length} mosaics (${mosaicName(0)} …) can be read; the first: ${damaged[0].reason}. ` +
        'Copy or make the set again.',
    );
  }
  const numberInSet = new Int32Array(total).fill(-1);
  kept.forEach((patch, number) => (numberInSet[patch] = number));
  const floats = (values: Float32Array | undefined): Float32Array | null => {
    if (values === undefined) return null;
    const shared = new Float32Array(new SharedArrayBuffer(kept.length * Float32Array.BYTES_PER_ELEMENT));
    kept.forEach((patch, number) => (shared[number] = values[patch]));
    return shared;
  };
  return {
    folder,
    count: kept.length,
    side: brownSide,
    patches: closeUp(all, kept),
    ...keepIds(ids, kept),
    x: floats(keypoints?.x),
    y: floats(keypoints?.y),
    size: floats(keypoints?.size),
    angle: floats(keypoints?.angle),
    anchors: anchors && keepAnchors(anchors, numberInSet),
    patchScale: facts?.patchScale ?? null,
    photoNames: facts?.photoNames ?? null,
    skipped: damaged.map(({ mosaic, reason }) => {
      const first = mosaic * patchesPerMosaic;
      return `${reason}; patches ${first} to ${Math.min(total, first + patchesPerMosaic) - 1} are left out`;
    }),
    numberInSet,
  };
}

async function requireSet(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`expected a folder of patches but ${folder} cannot be read as a folder (${error.code})`);
  });
  if (names.includes(infoFile)) return;
  throw new DataError(
    `${folder} holds no set of patches: expected Brown's format (${mosaicName(0)} …, ${infoFile}); ` +
      'make one with "tessera dataset photos" or "tessera dataset sfm".',
  );
}

function allocate(folder: string, patches: number): Uint8Array {
  try {
    return new Uint8Array(new SharedArrayBuffer(patches * patchPixels));
  } catch {
    const gigabytes = ((patches * patchPixels) / 1e9).toFixed(1);
    throw new DataError(`${folder}: ${patches} patches take ${gigabytes} GB of memory, which is not there.`);
  }
}

/** Numbers in the files of the patches whose mosaics could be read. */
function keptPatches(total: number, damaged: readonly DamagedMosaic[]): Uint32Array {
  const lost = new Set(damaged.map(({ mosaic }) => mosaic));
  const all = Uint32Array.from({ length: total }, (_, patch) => patch);
  return lost.size === 0 ? all : all.filter((patch) => !lost.has(Math.floor(patch / patchesPerMosaic)));
}

/** Moves the kept patches together, within the same memory. */
function closeUp(patches: Uint8Array, kept: Uint32Array): Uint8Array {
  kept.forEach((patch, number) => {
    if (patch !== number) patches.copyWithin(number * patchPixels, patch * patchPixels, (patch + 1) * patchPixels);
  });
  return patches.subarray(0, kept.length * patchPixels);
}

function keepIds({ point, photo }: PatchIds, kept: Uint32Array): PatchIds {
  return { point: sharedFrom(kept, (patch) => point[patch]), photo: sharedFrom(kept, (patch) => photo[patch]) };
}

/** The anchors all of whose patches are there, renumbered. */
function keepAnchors({ count, patch1, true2, hard2 }: Anchors, numberInSet: Int32Array): Anchors {
  const perAnchor = count === 0 ? 0 : hard2.length / count;
  const isThere = (patch: number): boolean => numberInSet[patch] >= 0;
  const hardOf = (row: number): Uint32Array => hard2.subarray(row * perAnchor, (row + 1) * perAnchor);
  const rows = Uint32Array.from({ length: count }, (_, row) => row).filter(
    (row) => isThere(patch1[row]) && isThere(true2[row]) && hardOf(row).every(isThere),
  );
  const hard = new Uint32Array(rows.length * perAnchor);
  rows.forEach((row, at) => hard.set(hardOf(row), at * perAnchor));
  return {
    count: rows.length,
    patch1: sharedFrom(rows, (row) => numberInSet[patch1[row]]),
    true2: sharedFrom(rows, (row) => numberInSet[true2[row]]),
    hard2: sharedFrom(hard, (patch) => numberInSet[patch]),
  };
}

function sharedFrom(values: Uint32Array, valueOf: (value: number) => number): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(values.byteLength));
  for (let i = 0; i < values.length; i++) shared[i] = valueOf(values[i]);
  return shared;
}
