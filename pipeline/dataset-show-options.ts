import { commonOptions, integer, photoOptions, type OptionTable, type Resolved, text } from './options.ts';

/** Options of `tessera dataset show`. */
export const datasetShowOptions = {
  output: text('a picture of right pairs, by its extension PNG, JPEG, WebP or TIFF', 'file'),
  columns: integer('right pairs in a row of the picture', 'n', 1, 100, 8),
  rows: integer('rows of the picture', 'n', 1, 200, 16),
  seed: photoOptions.seed,
  quiet: commonOptions.quiet,
  json: commonOptions.json,
} satisfies OptionTable;

export type DatasetShowOptions = Resolved<typeof datasetShowOptions>;
