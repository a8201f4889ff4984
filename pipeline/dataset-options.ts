import { UsageError } from '../src/errors.ts';
import { type DetectorName, detectorNames, detectorTraits } from '../src/features/detect.ts';
import { commonOptions, integer, photoOptions, type OptionTable, text, textOr } from './options.ts';

/** Options of every command that makes a set of patches. */
export const datasetOptions = {
  output: text('the set: a new or empty folder', 'dir'),
  detectors: textOr(`keypoint detectors, separated by commas: ${detectorNames.join(', ')}`, 'names', 'dog'),
  pairs: integer('most right pairs in the file of pairs to verify, with as many wrong ones', 'n', 0, 1_000_000, 10_000),
  seed: photoOptions.seed,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;

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

/** Pixels that photos are searched at: as many as asked for and all of the detectors can take. */
export function detectionPixels(megapixels: number, detectors: readonly DetectorName[]): number {
  return Math.min(megapixels * 1e6, ...detectors.map((detector) => detectorTraits[detector].maxPixels));
}

/** @throws UsageError where no folder was named */
export function requireOutput(output: string | undefined): string {
  if (output === undefined) throw new UsageError('expected a folder for the set: name it with -o');
  return output;
}
