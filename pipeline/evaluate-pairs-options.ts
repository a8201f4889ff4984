import { geometryRequests } from '../src/geometry/pair-geometry.ts';
import { pairMatchingOptions } from './match-options.ts';
import { choice, commonOptions, text, type OptionTable, type Resolved } from './options.ts';

/** Options of `tessera evaluate pairs`. */
export const evaluatePairsOptions = {
  only: text('names of the folders to measure, separated by commas; `*` stands for any letters', 'names'),
  output: text('keep the matches of each pair here, `<name>.json`', 'dir'),
  geometry: choice(
    'geometry to find, as of `tessera match`; `truth`: a homography where the truth is one, else `auto`',
    ['truth', ...geometryRequests],
    'truth',
  ),
  ...pairMatchingOptions,
  model: commonOptions.model,
  device: commonOptions.device,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
  json: commonOptions.json,
} satisfies OptionTable;

export type EvaluatePairsOptions = Resolved<typeof evaluatePairsOptions>;
