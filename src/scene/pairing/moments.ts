import type { Shot } from '../../image/shot.ts';
import type { PairCollector } from './pair-list.ts';

/**
 * Seconds at which photos were taken, on one clock: UTC where all photos with a time tell their zone, else what the
 * cameras' clocks showed. NaN where a photo tells no time.
 */
export function secondsOf(shots: readonly (Shot | null)[]): Float64Array {
  const times = shots.map((shot) => shot?.time ?? null);
  const isZoneKnown = times.every((time) => time === null || time.aheadOfUtc !== null);
  return Float64Array.from(times, (time) => {
    if (time === null) return NaN;
    return isZoneKnown ? time.clock - time.aheadOfUtc! : time.clock;
  });
}

/** Pairs photos that follow one another in time within `maxSeconds`; those of one time follow in the order given. */
export function addMoments(
  pairs: PairCollector,
  seconds: Float64Array,
  order: readonly number[],
  maxSeconds: number,
): void {
  const timed = order.filter((photo) => !Number.isNaN(seconds[photo])).sort((i, j) => seconds[i] - seconds[j]);
  for (let i = 1; i < timed.length; i++) {
    if (seconds[timed[i]] - seconds[timed[i - 1]] <= maxSeconds) pairs.add(timed[i - 1], timed[i], 'moment');
  }
}
