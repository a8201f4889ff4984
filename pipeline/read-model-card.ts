import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cardNotes } from '../models/card-notes.ts';
import { modelFiles, networks, type NetworkName } from '../models/index.ts';
import { packageRoot } from '../src/package-root.ts';
import { calibrationPath, hashFiles, readCalibration } from './calibration-file.ts';
import type { ModelCard, WeightsFile } from './model-card.ts';
import { readModelResults } from './model-results.ts';
import { readTrainingHistory } from './training-history.ts';

/**
 * Gathers what the card of a shipped network is made of.
 * @throws UsageError or DataError naming a file of `models` that is not as expected
 */
export async function readModelCard(name: NetworkName): Promise<ModelCard> {
  const files = modelFiles(name);
  const sha256 = await hashFiles(files);
  const calibration = await readCalibration(calibrationPath(files[0]));
  return {
    network: networks[name],
    notes: cardNotes[name],
    files: await Promise.all(files.map(weightsFile)),
    sha256,
    history: await readTrainingHistory(files[0]),
    results: await readModelResults(join(packageRoot().folder, 'models/results.json')),
    calibration: calibration?.sha256 === sha256 ? calibration : null,
  };
}

async function weightsFile(path: string): Promise<WeightsFile> {
  const content = await readFile(path);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { name: basename(path), bytes: content.length, sha256 };
}
