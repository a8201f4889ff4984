import { datasetOptions } from './dataset-options.ts';
import { integer, number, type OptionTable, type Resolved, text } from './options.ts';

/** Options of `tessera dataset sfm`. */
export const datasetSfmOptions = {
  ...datasetOptions,
  modelDir: text(
    'the reconstruction: a folder with cameras, images and points3D, binary or text, as COLMAP writes it',
    'dir',
  ),
  maxKeypoints: integer('most keypoints a photo and detector', 'n', 50, 50_000, 4000),
  detectMegapixels: number('photos are searched for keypoints, and patches cut, at this size', 'MP', 0.05, 8, 1.5),
} satisfies OptionTable;

export type DatasetSfmOptions = Resolved<typeof datasetSfmOptions>;
