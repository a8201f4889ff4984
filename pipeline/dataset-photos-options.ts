import { datasetOptions } from './dataset-options.ts';
import { choice, integer, number, type OptionTable, type Resolved } from './options.ts';

/** Options of `tessera dataset photos`. */
export const datasetPhotosOptions = {
  ...datasetOptions,
  views: integer('renderings of a photo from elsewhere, beside one nearly as it is', 'n', 1, 20, 3),
  maxKeypoints: integer('most keypoints a rendering and detector', 'n', 50, 50_000, 1000),
  detectMegapixels: number('photos are rendered and searched for keypoints at this size', 'MP', 0.05, 8, 1.2),
  part: choice('which photos: all, or those of one side of the split', ['all', 'train', 'held-out'], 'all'),
  holdOut: number('share of the photos that is held out of training, chosen by their names', 'share', 0, 1, 0.1),
  holdOutSeed: integer(
    'seed of that choice, apart from `seed`, which may differ from set to set',
    'n',
    0,
    2 ** 31 - 1,
    0,
  ),
} satisfies OptionTable;

export type DatasetPhotosOptions = Resolved<typeof datasetPhotosOptions>;
