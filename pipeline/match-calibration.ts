import { modelFiles, modelPath } from '../models/index.ts';
import type { MatchCalibration } from '../src/matching/select.ts';
import { calibrationPath, hashFiles, readCalibration } from './calibration-file.ts';
import type { Observer } from './observer.ts';

/**
 * What a judge's scores mean behind the shortlist at a detector's keypoints: as stored beside the network. A network that was
 * not calibrated is said to be so; then the probability of its matches comes from the descriptors alone, and it
 * rejects nothing.
 */
export async function matchCalibrationFor(
  model: string,
  detector: string,
  observe: Observer,
): Promise<MatchCalibration> {
  const files = modelFiles(model);
  const stored = await readCalibration(calibrationPath(files[0]));
  const fitsWeights = stored !== null && stored.sha256 === (await hashFiles(files));
  if (fitsWeights && Object.hasOwn(stored.match, detector)) return stored.match[detector].map;
  const why =
    stored === null
      ? 'has no calibration'
      : fitsWeights
        ? `is not calibrated for ${detector}`
        : 'has a calibration of other weights';
  observe({
    type: 'message',
    level: 'warning',
    text: `${model} ${why}, so it rejects no match: fit one with "tessera evaluate calibration"`,
  });
  return descriptorCalibrationFor('descriptor', detector);
}

/**
 * What the similarity of descriptors means at a detector's keypoints, without a judge. For a detector or a descriptor that was not calibrated
 * that of the shipped descriptor is taken.
 */
export async function descriptorCalibrationFor(descriptor: string, detector: string): Promise<MatchCalibration> {
  const own = await readCalibration(calibrationPath(modelPath(descriptor)));
  const shipped = await readCalibration(calibrationPath(modelPath('descriptor')));
  const known = { ...shipped?.match, ...own?.match };
  return (known[detector] ?? Object.values(known)[0]).map;
}
