import { requirePatchSide } from '../src/features/patch-side.ts';
import { commonOptions, integer, type OptionTable, type Resolved, text } from './options.ts';

/** Options of `measure-models.ts`. */
export const measureModelsOptions = {
  oxford: text('benchmark (a): keypoints of SIFT on the Oxford sequences', 'dir'),
  ownDetector: text('benchmark (b): the same by `tessera dataset homography`', 'dir'),
  pose: text('benchmark (c): pairs of patches in Brown’s format', 'dir'),
  photos: text('photos of the benchmarks kept as keypoints (default: `../homography` beside each)', 'dir'),
  results: text('the results, to which is added (default: models/results.json)', 'file'),
  only: text('names of networks and baselines to measure, separated by commas (default: all that are found)', 'names'),
  label: text('tells these weights apart from the latest of their network, as `bootstrap`', 'name'),
  otherSides: text('further sides at which networks that take any are measured on (a), separated by commas', 'px'),
  every: integer('take every n-th anchor or pair only; figures of more pairs stay', 'n', 1, 1000, 1),
  device: commonOptions.device,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;

export type MeasureModelsOptions = Resolved<typeof measureModelsOptions>;

/**
 * The sides of `otherSides`.
 * @throws UsageError for what is no such list
 */
export function parseSides(list: string | undefined): number[] {
  if (list === undefined) return [];
  const sides = list.split(',').map(Number);
  sides.forEach(requirePatchSide);
  return sides;
}
