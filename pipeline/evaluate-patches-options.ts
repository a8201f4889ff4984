import { openSides } from '../src/features/patch-side.ts';
import { commonOptions, integer, type OptionTable, type Resolved, text, textOr } from './options.ts';

/** Options of `tessera evaluate patches`. */
export const evaluatePatchesOptions = {
  model: textOr(
    'networks to measure, separated by commas: shipped names, ONNX files (`branch.onnx+decision.onnx` for a siamese network in two) or the baselines sift, rootsift and ncc',
    'names|files',
    '2ch',
  ),
  output: text('write the curves (SVG, PNG) and evaluation.json into this folder', 'dir'),
  fitCalibration: text(
    'fit the pair probability to these pairs and store it here (`<network>.calibration.json` beside the network)',
    'file',
  ),
  patchSide: integer(
    'side of the patches for networks that take any, an even number; only patches kept as keypoints can be cut at another',
    'px',
    openSides.minSide,
    openSides.maxSide,
    64,
  ),
  photos: text('photos of a benchmark kept as keypoints (default: `../homography` beside it)', 'dir'),
  every: integer('take every n-th anchor or pair only: a quick look', 'n', 1, 1000, 1),
  device: commonOptions.device,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
  json: commonOptions.json,
} satisfies OptionTable;

export type EvaluatePatchesOptions = Resolved<typeof evaluatePatchesOptions>;
