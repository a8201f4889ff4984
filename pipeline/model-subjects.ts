import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { definitionNames, definitions } from '../models/definitions.ts';
import { UsageError } from '../src/errors.ts';
import { classicalMethods } from '../src/evaluation/patch-method.ts';
import type { NetworkDefinition } from '../src/nn/network/definition.ts';
import { calibrationPath, hashFiles, readCalibration } from './calibration-file.ts';
import type { ModelRow } from './model-results.ts';
import { readTrainingHistory } from './training-history.ts';

/** Something to measure. */
export interface ModelSubject {
  readonly row: Omit<ModelRow, 'figures'>;
  /** As `evaluate patches --model` takes it. */
  readonly model: string;
  /** Null for a network whose pair probability was not fitted to these weights. */
  readonly calibrationSha256: string | null;
  readonly takesAnySide: boolean;
}

export interface SubjectOptions {
  /** Names of networks and baselines; undefined: all. */
  readonly only?: readonly string[];
  /** What tells these weights apart from the latest; null: they are the latest. */
  readonly label: string | null;
}

/**
 * What there is to measure in a folder of trained networks: the baselines, which need no file, and every network that
 * `tessera train` left there.
 * @throws UsageError naming a network that is asked for and not there
 */
export async function findModelSubjects(folder: string, { only, label }: SubjectOptions): Promise<ModelSubject[]> {
  const baselines = Object.keys(classicalMethods).filter((name) => only?.includes(name) ?? true);
  const names = definitionNames.filter((name) => only?.includes(name) ?? true);
  const unknown = only?.find((name) => ![...baselines, ...names].includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `expected names of networks or baselines (${Object.keys(classicalMethods).join(', ')}, ${definitionNames.join(', ')}) but received "${unknown}"`,
    );
  }
  const subjects = baselines.map(baselineSubject);
  for (const name of names) {
    const files = measuredFiles(folder, name);
    if (files !== null) subjects.push(await networkSubject(definitions[name], files, label));
    else if (only) throw new UsageError(`${folder} holds no ${name}.onnx: name the folder that it was trained into`);
  }
  return subjects;
}

function baselineSubject(name: string): ModelSubject {
  const row = { name, network: null, label: null, files: null, sha256: null, pairsSeen: null };
  return { row, model: name, calibrationSha256: null, takesAnySide: false };
}

async function networkSubject(
  definition: NetworkDefinition,
  files: readonly string[],
  label: string | null,
): Promise<ModelSubject> {
  const sha256 = await hashFiles(files);
  const stages = await readTrainingHistory(files[0]);
  const calibration = await readCalibration(calibrationPath(files[0]));
  const pair = calibration?.sha256 === sha256 ? calibration.pair : null;
  return {
    row: {
      name: label === null ? definition.name : `${definition.name} (${label})`,
      network: definition.name,
      label,
      files: files.map((file) => basename(file)).join('+'),
      sha256,
      pairsSeen: stages.length === 0 ? null : stages.reduce((sum, { pairs }) => sum + pairs, 0),
    },
    model: files.join('+'),
    calibrationSha256: pair === null ? null : createHash('sha256').update(JSON.stringify(pair.map)).digest('hex'),
    takesAnySide: !('side' in definition.input),
  };
}

/**
 * The files of a network in a folder; null where it is not there. A siamese network in two files is measured many times
 * faster: each patch passes through the branch once, however many pairs it is in.
 */
function measuredFiles(folder: string, name: string): string[] | null {
  const parts = [`${name}-branch.onnx`, `${name}-decision.onnx`].map((file) => join(folder, file));
  if (parts.every((file) => existsSync(file))) return parts;
  const whole = join(folder, `${name}.onnx`);
  return existsSync(whole) ? [whole] : null;
}
