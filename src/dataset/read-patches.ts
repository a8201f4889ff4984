import { DataError } from '../errors.ts';
import { brownSide, type DamagedMosaic, mosaicName, patchesPerMosaic, readMosaics } from './brown/mosaics.ts';
import { keepPatches } from './keep-patches.ts';
import type { PatchRange, PatchSet, UnreadPatchSet } from './patch-set.ts';
import { largestSharedBytes, sharedUint8 } from './shared-columns.ts';

export interface ReadPatchesOptions {
  readonly signal?: AbortSignal;
  /** Called after each mosaic. */
  readonly progress?: (done: number, total: number) => void;
  /** Shared memory to write the patches to, of at least their size; new memory without. */
  readonly into?: Uint8Array;
}

/** A set as it was read. */
export interface ReadPatchSet extends PatchSet {
  /** Notes on files left out, each naming the file and why; their patches are not in the set. */
  readonly skipped: readonly string[];
  /** Of each patch of the files its number in the set, or −1 where its mosaic was left out or not asked for. */
  readonly numberInSet: Int32Array;
}

/** Bytes of a patch in memory. */
export const patchBytes = brownSide * brownSide;

/** Most patches of one set in memory: an array cannot be larger. A whole number of mosaics. */
export const mostPatches = largestSharedBytes / patchBytes;

/**
 * Reads patches of a set (`patches0000.bmp` …: grey, 16×16 mosaics of 64×64 patches) as a set of their own: points may lose
 * partners, and mined anchors that reach beyond the range are left out. So are damaged mosaics with their patches.
 * @param range begins with a mosaic
 * @throws DataError where no patch is left, or where there is no memory for so many; the signal's reason once aborted
 */
export async function readPatches(
  set: UnreadPatchSet,
  range: PatchRange,
  { signal, progress, into }: ReadPatchesOptions = {},
): Promise<ReadPatchSet> {
  const all = (into ?? allocatePatches(set.folder, range.end - range.first)).subarray(
    0,
    (range.end - range.first) * patchBytes,
  );
  const damaged = await readMosaics(set.folder, range, all, signal, progress);
  const kept = keptPatches(range, damaged);
  if (kept.length === 0) {
    throw new DataError(
      `${set.folder}: none of the ${damaged.length} mosaics (${mosaicName(range.first / patchesPerMosaic)} …) can be read; ` +
        `the first: ${damaged[0].reason}. Copy or make the set again.`,
    );
  }
  const { set: left, numberNow } = keepPatches(set, kept);
  return {
    ...left,
    patches: closeUp(all, range.first, kept),
    skipped: damaged.map(({ mosaic, reason }) => {
      const first = mosaic * patchesPerMosaic;
      return `${reason}; patches ${first} to ${Math.min(set.count, first + patchesPerMosaic) - 1} are left out`;
    }),
    numberInSet: numberNow,
  };
}

/**
 * Shared memory for so many patches.
 * @throws DataError naming the folder they are of, where there is none
 */
export function allocatePatches(folder: string, patches: number): Uint8Array {
  const gigabytes = ((patches * patchBytes) / 1e9).toFixed(1);
  if (patches > mostPatches) {
    throw new DataError(
      `${folder}: ${patches} patches take ${gigabytes} GB; only "tessera train" reads sets of more than ` +
        `${mostPatches} patches (4.3 GB). Make several sets instead, of fewer photos each.`,
    );
  }
  try {
    return sharedUint8(patches * patchBytes);
  } catch {
    throw new DataError(
      `${folder}: ${patches} patches take ${gigabytes} GB of memory, which is not there. ` +
        'Make several sets instead, of fewer photos each, or train with less --memory.',
    );
  }
}

/** Numbers of the patches of the range whose mosaics could be read. */
function keptPatches({ first, end }: PatchRange, damaged: readonly DamagedMosaic[]): Uint32Array {
  const lost = new Set(damaged.map(({ mosaic }) => mosaic));
  const kept = new Uint32Array(end - first);
  let count = 0;
  for (let patch = first; patch < end; patch++)
    if (!lost.has(Math.floor(patch / patchesPerMosaic))) kept[count++] = patch;
  return kept.subarray(0, count);
}

/** Moves the kept patches together, within the same memory that begins with patch `first`. */
function closeUp(patches: Uint8Array, first: number, kept: Uint32Array): Uint8Array {
  for (let number = 0; number < kept.length; number++) {
    const from = kept[number] - first;
    if (from !== number) patches.copyWithin(number * patchBytes, from * patchBytes, (from + 1) * patchBytes);
  }
  return patches.subarray(0, kept.length * patchBytes);
}
