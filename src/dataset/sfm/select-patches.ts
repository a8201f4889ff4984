import { createRandom } from '../../math/random.ts';
import type { KeypointOf } from './tracks.ts';

/** A keypoint whose patch goes into the set, and the number of the place it shows. */
export interface SelectedKeypoint extends KeypointOf {
  readonly point: number;
}

/**
 * The keypoints of a set: those of the tracks, which share a point, and in each view as many of the others, each a point
 * of its own: a shortlist meets those too. Ordered by view, then by keypoint.
 * @param counts keypoints of each view
 * @param doubtful keypoints that may show a place of some track: left out
 */
export function selectPatches(
  counts: readonly number[],
  tracks: readonly (readonly KeypointOf[])[],
  doubtful: readonly KeypointOf[],
  seed: number,
): SelectedKeypoint[] {
  const matched: SelectedKeypoint[][] = counts.map(() => []);
  tracks.forEach((track, point) => {
    for (const keypoint of track) matched[keypoint.view].push({ ...keypoint, point });
  });
  const taken = counts.map((count) => new Uint8Array(count));
  for (const { view, keypoint } of [...matched.flat(), ...doubtful]) taken[view][keypoint] = 1;
  const random = createRandom(seed);
  let nextPoint = tracks.length;
  return counts.flatMap((count, view) => {
    const others = shuffled(
      Array.from({ length: count }, (_, i) => i).filter((i) => taken[view][i] === 0),
      random,
    );
    const distractors = others
      .slice(0, matched[view].length)
      .sort((a, b) => a - b)
      .map((keypoint) => ({ view, keypoint, point: nextPoint++ }));
    return [...matched[view], ...distractors].sort((a, b) => a.keypoint - b.keypoint);
  });
}

function shuffled(values: number[], random: ReturnType<typeof createRandom>): number[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}
