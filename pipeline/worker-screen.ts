import { type ScreenPhoto, screenDefaults, screenPair, type ScreenResult } from '../src/matching/screen.ts';
import type { WorkerResources } from './worker-resources.ts';

export type { ScreenResult } from '../src/matching/screen.ts';

/** Screens some photo pairs. */
export async function screenPairs(
  {
    photos,
    pairs,
    seed,
  }: {
    /** What the pairs need, in canonical order within a pair. */
    readonly photos: readonly ScreenPhoto[];
    /** Indices into `photos`. */
    readonly pairs: readonly (readonly [number, number])[];
    readonly seed: number;
  },
  resources: WorkerResources,
): Promise<ScreenResult[]> {
  const shortlister = await resources.shortlister();
  const results: ScreenResult[] = [];
  for (const [first, second] of pairs) {
    results.push(await screenPair(shortlister, photos[first], photos[second], { ...screenDefaults, seed }));
  }
  return results;
}
