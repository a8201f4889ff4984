import { type DetectorName, detectorNames } from '../src/features/detect.ts';
import { UsageError } from '../src/errors.ts';
import { commonOptions, integer, matchingOptions, number, type OptionTable, type Resolved, textOr } from './options.ts';

/** Options of `tessera dataset sfm`. */
export const datasetSfmOptions = {
  detectors: textOr(`keypoint detectors, separated by commas: ${detectorNames.join(', ')}`, 'names', 'akaze'),
  maxKeypoints: integer('most keypoints a photo and detector', 'n', 50, 50_000, 4000),
  detectMegapixels: number('photos are searched for keypoints, and patches cut, at this size', 'MP', 0.05, 8, 1.5),
  seed: matchingOptions.seed,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;

export type DatasetSfmOptions = Resolved<typeof datasetSfmOptions>;

/**
 * The detectors of a comma-separated list.
 * @throws UsageError naming one that is not known or stands twice
 */
export function parseDetectors(list: string): DetectorName[] {
  const names = list.split(',').map((name) => name.trim());
  for (const [i, name] of names.entries()) {
    if (!(detectorNames as readonly string[]).includes(name)) {
      throw new UsageError(`option "detectors": expected some of ${detectorNames.join(', ')} but received "${name}"`);
    }
    if (names.indexOf(name) !== i) throw new UsageError(`option "detectors": ${name} stands twice`);
  }
  return names as DetectorName[];
}
