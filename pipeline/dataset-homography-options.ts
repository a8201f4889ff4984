import { detectorNames } from '../src/features/detect.ts';
import { choice, commonOptions, integer, photoOptions, type OptionTable, type Resolved, text } from './options.ts';

/** Options of `tessera dataset homography`. */
export const datasetHomographyOptions = {
  output: text('the benchmark: a new or empty folder', 'dir'),
  only: text('names of the sequences to use, separated by commas; `*` stands for any letters', 'names'),
  detector: choice('keypoint detector', detectorNames, 'dog'),
  maxKeypoints: integer('most keypoints a photo', 'n', 50, 50_000, 4000),
  anchors: integer('most anchors a photo pair; of more true pairs, these many at random', 'n', 1, 50_000, 560),
  seed: photoOptions.seed,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;

export type DatasetHomographyOptions = Resolved<typeof datasetHomographyOptions>;
