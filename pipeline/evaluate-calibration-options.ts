import { detectorNames } from '../src/features/detect.ts';
import { choice, commonOptions, integer, type OptionTable, text, textOr } from './options.ts';

/** Options of `tessera evaluate calibration`. */
export const evaluateCalibrationOptions = {
  model: textOr('judge: a shipped name or an ONNX file', 'name|file', '2ch'),
  descriptor: textOr('descriptor of the shortlist: a shipped name or an ONNX file', 'name|file', 'descriptor'),
  detector: choice('detector that the set was made with', detectorNames, 'dog'),
  candidates: integer('candidates a keypoint for the judge', 'k', 1, 16, 2),
  output: text('folder for the calibrations, `<network>.calibration.json` (default: beside the networks)', 'dir'),
  seed: integer('seed of every random choice', 'n', 0, 2 ** 31 - 1, 0),
  device: commonOptions.device,
  threads: commonOptions.threads,
  quiet: commonOptions.quiet,
} satisfies OptionTable;
