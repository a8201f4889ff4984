import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { NetworkName } from '../../models/index.ts';
import { modelFiles, modelPath, networkFor, networks } from '../../models/index.ts';
import { calibrationPath, hashFiles, readCalibration } from '../../pipeline/calibration-file.ts';
import { loadModel } from '../../src/nn/model.ts';

const names = Object.keys(networks) as NetworkName[];

describe('shipped networks', () => {
  test.each(names)('%s stands under the name of its definition', (name) => {
    expect(networks[name].definition.name).toBe(name);
  });

  test.each(names)('%s loads and keeps its contract', async (name) => {
    const model = await loadModel(modelPath(name), networks[name].contract, { device: 'cpu', threads: 1 });
    expect(model.provider).toBe('cpu');
    await model.release();
  });

  test.each(names)('the card of %s is about the weights that are shipped', async (name) => {
    const weights = await readFile(modelPath(name));
    const card = await readFile(join(modelPath(name), '..', networks[name].card), 'utf8');
    expect(card).toContain(createHash('sha256').update(weights).digest('hex'));
    expect(card).toContain(networks[name].file);
    for (const { shape } of networks[name].contract.inputs) expect(card).toContain(`[${shape.join(', ')}]`);
  });

  test.each(names)('%s is calibrated for the detectors that are used by default', async (name) => {
    const files = modelFiles(name);
    const calibration = await readCalibration(calibrationPath(files[0]));
    expect(calibration?.sha256).toBe(await hashFiles(files));
    expect(Object.keys(calibration?.match ?? {})).toEqual(expect.arrayContaining(['akaze', 'dog']));
  });
});

describe('modelPath', () => {
  test('takes a file of the user’s, and says what there is where there is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-models-'));
    await mkdir(join(folder, 'a b'));
    const own = join(folder, 'a b', 'own.onnx');
    await writeFile(own, '');
    expect(modelPath(own)).toBe(own);
    expect(basename(modelPath('2ch'))).toBe('2ch.onnx');
    expect(() => modelPath(join(folder, 'none.onnx'))).toThrow(UsageError);
    expect(() => modelPath('3ch')).toThrow(/descriptor, 2ch.*3ch/);
    expect(() => modelPath('pseudo-siam')).toThrow(/pseudo-siam are not shipped.*tessera train pseudo-siam/);
    // Not a network, though every object has it.
    expect(() => modelPath('constructor')).toThrow(UsageError);
    await rm(folder, { recursive: true });
  });
});

describe('modelFiles', () => {
  test('gives the files of a shipped network, or one or two of the user’s', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-models-'));
    const [branch, decision, plus] = ['b.onnx', 'd.onnx', 'a+b.onnx'].map((name) => join(folder, name));
    await Promise.all([branch, decision, plus].map((file) => writeFile(file, '')));
    expect(modelFiles('2ch').map((file) => basename(file))).toEqual(['2ch.onnx']);
    expect(modelFiles(branch)).toEqual([branch]);
    expect(modelFiles(`${branch}+${decision}`)).toEqual([branch, decision]);
    expect(modelFiles(plus)).toEqual([plus]);
    expect(() => modelFiles(`${branch}+none.onnx`)).toThrow(/no file none.onnx/);
    await rm(folder, { recursive: true });
  });
});

describe('networkFor', () => {
  test('a user’s own judge is held to the contract of the shipped one', () => {
    expect(networkFor('/somewhere/own.onnx', 'pair')).toBe(networks['2ch']);
    expect(networkFor('2ch', 'pair')).toBe(networks['2ch']);
    expect(networkFor('/somewhere/own.onnx', 'descriptor')).toBe(networks.descriptor);
  });

  test('a descriptor is no judge, and the message names the judges', () => {
    expect(() => networkFor('descriptor', 'pair')).toThrow(UsageError);
    expect(() => networkFor('descriptor', 'pair')).toThrow(/there are: 2ch/);
  });
});
