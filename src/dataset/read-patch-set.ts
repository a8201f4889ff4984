import { openPatchSet } from './open-patch-set.ts';
import { readPatches, type ReadPatchesOptions, type ReadPatchSet } from './read-patches.ts';

/**
 * Reads a whole set in the format of Brown and the UBC PhotoTour; see `openPatchSet` and `readPatches`.
 * @throws what these throw
 */
export async function readPatchSet(folder: string, options: ReadPatchesOptions = {}): Promise<ReadPatchSet> {
  const set = await openPatchSet(folder, options.signal);
  return readPatches(set, { first: 0, end: set.count }, options);
}
