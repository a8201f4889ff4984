import { commonOptions, integer, photoOptions, type OptionTable, type Resolved, textOr } from './options.ts';

/** Options of `tessera dataset mine`. */
export const datasetMineOptions = {
  model: textOr(
    'descriptor network that says what looks alike: a shipped name or an ONNX file',
    'name|file',
    'descriptor',
  ),
  device: commonOptions.device,
  perAnchor: integer('nearest wrong patches kept of each anchor patch', 'n', 1, 100, 10),
  maxAnchors: integer(
    'most anchor patches; of more, these many at random, from all pairs of photos alike',
    'n',
    1,
    100_000_000,
    2_000_000,
  ),
  seed: photoOptions.seed,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;

export type DatasetMineOptions = Resolved<typeof datasetMineOptions>;
