import type { Rejection } from '../../src/errors.ts';
import type { MatchedPhotos } from './match-folder.ts';

/** What came of a run. */
export interface SfmSummary {
  readonly photos: number;
  readonly rejected: readonly Rejection[];
  readonly pairs: {
    readonly compared: number;
    readonly verified: number;
    /** How many pairs show no geometry, by the reason. */
    readonly failed: Readonly<Record<string, number>>;
  };
  /** Inliers of the verified pairs together. */
  readonly inliers: number;
  /** Names of photos that no pair connects to others. */
  readonly unconnected: readonly string[];
  readonly seconds: Readonly<Record<string, number>>;
}

export function summarise(
  { photos, rejected, pairs }: Omit<MatchedPhotos, 'set'>,
  seconds: Readonly<Record<string, number>>,
): SfmSummary {
  const verified = pairs.filter(({ failure }) => failure === null);
  const failed: Record<string, number> = {};
  for (const { failure } of pairs) if (failure !== null) failed[failure] = (failed[failure] ?? 0) + 1;
  const connected = new Set(verified.flatMap(({ a, b }) => [a, b]));
  return {
    photos: photos.length,
    rejected,
    pairs: { compared: pairs.length, verified: verified.length, failed },
    inliers: verified.reduce((sum, { inliers }) => sum + inliers, 0),
    unconnected: photos.filter((_, i) => !connected.has(i)),
    seconds,
  };
}

/** The summary in words. */
export function summaryText({ photos, rejected, pairs, inliers, unconnected }: SfmSummary): string {
  const lines = [
    `${photos} photos, ${pairs.compared} pairs compared, ${pairs.verified} verified with ${inliers} matches`,
    ...Object.entries(pairs.failed).map(([reason, count]) => `${count} pairs without geometry: ${reason}`),
    ...rejected.map(({ path, reason, suggestion }) => `left out: ${path} ${reason}. ${suggestion}`),
  ];
  if (unconnected.length > 0) lines.push(`no pair connects: ${unconnected.join(', ')}`);
  return lines.join('\n') + '\n';
}
