import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionNames } from '../../models/definitions.ts';
import type { ProgressEvent } from '../../pipeline/observer.ts';
import { resolveOptions } from '../../pipeline/options.ts';
import {
  checkpointPath,
  readCheckpoint,
  writeCheckpoint,
  type LossEntry,
  type Validation,
} from '../../pipeline/train-checkpoint.ts';
import { trainOptions } from '../../pipeline/train-options.ts';
import { train, type TrainResult } from '../../pipeline/train.ts';
import { readTrainingHistory } from '../../pipeline/training-history.ts';
import { type PatchChunk, writePatchSet } from '../../src/dataset/write-patch-set.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { averagedWeights } from '../../src/nn/training/trained-weights.ts';
import { createRandom } from '../../src/math/random.ts';
import { wavyPatches } from '../src/nn/network/reference.ts';
import { expectSame } from '../src/nn/training/run-graph.ts';

const points = 128;
const steps = 40;

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** Pairs of photos of the same points in noise so strong that a network has to learn to look through it; a mosaic each. */
async function writeNoisySet(to: string, seed: number, photoPairs = 1): Promise<void> {
  const random = createRandom(seed);
  await writePatchSet(to, async (append) => {
    for (let pair = 0; pair < photoPairs; pair++) await append(noisyPair(pair, wavyPatches(points, 64, seed + pair)));
    return { facts: null, pairs: null };
  });

  function noisyPair(pair: number, pictures: Float32Array): PatchChunk {
    const ids = Array.from({ length: 2 * points }, (_, i) => i);
    return {
      count: 2 * points,
      patches: Uint8Array.from({ length: 2 * pictures.length }, (_, i) =>
        Math.max(0, Math.min(255, 64 + 128 * pictures[i % pictures.length] + 35 * random.normal())),
      ),
      point: Uint32Array.from(ids, (i) => pair * points + (i % points)),
      photo: Uint32Array.from(ids, (i) => 2 * pair + Math.floor(i / points)),
      keypoints: {
        x: Float32Array.from(ids, (i) => 40 * ((i % points) % 16)),
        y: Float32Array.from(ids, (i) => 40 * Math.floor((i % points) / 16)),
        size: new Float32Array(2 * points).fill(8),
        angle: new Float32Array(2 * points),
      },
    };
  }
}

/** Trains the smallest network on little; into `output`, a name in the test's folder. */
function run(
  given: Readonly<Record<string, unknown>> & { readonly output: string },
  signal?: AbortSignal,
  observe?: (event: ProgressEvent) => void,
): Promise<TrainResult> {
  const options = {
    network: 'descriptor',
    data: at('photos'),
    validation: at('others'),
    batch: 16,
    steps,
    validateEvery: 10,
    validationPairs: 512,
    checkpointEvery: 15,
    seed: 5,
    device: 'cpu',
    threads: 1,
    batchThreads: 1,
    learningRate: 4e-3,
    ...given,
    output: at(given.output),
  };
  return train(resolveOptions(trainOptions, options), signal, observe);
}

interface Log {
  readonly step: number;
  readonly pairsSeen: number;
  readonly losses: readonly LossEntry[];
  readonly validations: readonly Validation[];
}

const readLog = async (output: string): Promise<Log> =>
  JSON.parse(await readFile(at(output, 'log.json'), 'utf8')) as Log;

/** A run's losses without how long they took. */
const untimed = (losses: readonly LossEntry[]) => losses.map(({ pairsPerSecond: _, ...entry }) => entry);

let whole: TrainResult;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-train-'));
  await writeNoisySet(at('photos'), 1);
  await writeNoisySet(at('others'), 2);
  whole = await run({ output: 'whole' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('train', () => {
  it('lowers the loss, and the error on pairs of points it never saw', async () => {
    const { step, pairsSeen, losses, validations } = await readLog('whole');
    expect([step, pairsSeen]).toEqual([steps, steps * 16]);
    expect(losses.map((entry) => entry.step)).toEqual([25, steps]);
    expect(losses[1].loss).toBeLessThan(0.95 * losses[0].loss);
    for (const { gradientNorm, pairsPerSecond } of losses) {
      expect(gradientNorm).toBeGreaterThan(0);
      expect(pairsPerSecond).toBeGreaterThan(0);
    }
    expect(validations.map((entry) => entry.step)).toEqual([10, 20, 30, 40]);
    const fpr95 = validations.map(({ sets }) => sets[0].fpr95);
    expect(fpr95[3]).toBeLessThan(0.6 * fpr95[0]);
  });

  it('writes model, checkpoint, log and curve, and nothing else', async () => {
    expect(whole.files.map((path) => basename(path))).toEqual(['descriptor.onnx']);
    expect((await readdir(at('whole'))).sort()).toEqual([
      'checkpoint.safetensors',
      'curve.svg',
      'descriptor.onnx',
      'log.json',
    ]);
  });

  it('goes on after an interruption as if there had been none, bit for bit', async () => {
    const stop = new AbortController();
    const interrupted = run({ output: 'resumed' }, stop.signal, (event) => {
      if (event.type === 'progress' && event.done === 17) stop.abort(new Error('enough'));
    });
    await expect(interrupted).rejects.toThrow('enough');
    const stopped = await readCheckpoint(at('resumed'));
    expect(stopped.step).toBe(17);
    expect((await readLog('resumed')).step).toBe(17);
    expect(await readdir(at('resumed'))).not.toContain('descriptor.onnx');

    // What decides the numbers stands in the checkpoint: other options than those of the machine change nothing.
    const resumed = await run({
      output: 'resumed',
      resume: true,
      network: undefined,
      data: undefined,
      seed: 6,
      steps: 3,
    });
    expect(resumed.best).toEqual(whole.best);
    const [model, expected] = await Promise.all(
      ['resumed', 'whole'].map((name) => readFile(at(name, 'descriptor.onnx'))),
    );
    expect(model.equals(expected)).toBe(true);
    const [found, uninterrupted] = await Promise.all(['resumed', 'whole'].map((name) => readCheckpoint(at(name))));
    expectSame(found.state, uninterrupted.state, 'state');
    expectSame(found.best!.state, uninterrupted.best!.state, 'best');
    expect(found.validations).toEqual(uninterrupted.validations);
    expect(untimed(found.losses)).toEqual(untimed(uninterrupted.losses));
  });

  it('goes on so in windows too, by the memory it began with', async () => {
    await writeNoisySet(at('large'), 3, 4);
    // Four windows of a mosaic, each for eight steps.
    const windows = { data: at('large'), validation: undefined, steps: 20, memory: 0.0025 };
    await run({ ...windows, output: 'windows' });
    const stop = new AbortController();
    const interrupted = run({ ...windows, output: 'windows-resumed' }, stop.signal, (event) => {
      if (event.type === 'progress' && event.done === 11) stop.abort(new Error('enough'));
    });
    await expect(interrupted).rejects.toThrow('enough');
    await run({ output: 'windows-resumed', resume: true, memory: 1 });
    await run({ ...windows, output: 'one-window', memory: 1 });
    const [found, uninterrupted, atOnce] = await Promise.all(
      ['windows-resumed', 'windows', 'one-window'].map((name) => readCheckpoint(at(name))),
    );
    expect(found.sources.memory).toBe(2_500_000);
    expectSame(found.state, uninterrupted.state, 'state');
    expect(untimed(found.losses)).toEqual(untimed(uninterrupted.losses));
    expect(untimed(atOnce.losses)).not.toEqual(untimed(uninterrupted.losses));
  });

  it('goes on with a checkpoint from before there were windows, with all data at once', async () => {
    await run({ output: 'older', steps: 2, validation: undefined });
    const { sources, ...older } = await readCheckpoint(at('older'));
    const before: Partial<typeof sources> = { ...sources, memory: undefined };
    const recipe = { ...older.recipe, steps: 4 };
    await writeCheckpoint(at('older'), { ...older, recipe, sources: before as typeof sources });
    expect((await readCheckpoint(at('older'))).sources).toEqual({ ...before, memory: null });
    expect((await run({ output: 'older', resume: true })).steps).toBe(4);
  });

  it('a run that is done writes its model again', async () => {
    const path = at('whole', 'descriptor.onnx');
    const before = await readFile(path);
    await rm(path);
    await run({ output: 'whole', resume: true });
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('begins with what a trained model knows', async () => {
    const start = at('whole', 'descriptor.onnx');
    const again = { start, steps: 1, validateEvery: 1, learningRate: 1e-7 };
    const result = await run({ ...again, output: 'started' });
    expect(result.best!.sets[0].fpr95).toBeCloseTo(whole.best!.sets[0].fpr95, 2);
    expect(result.best!.sets[0].rocAuc).toBeCloseTo(whole.best!.sets[0].rocAuc, 3);
  });

  it('begins with the best weights of a run, and their batch normalisation', async () => {
    const again = { start: at('whole'), steps: 1, validateEvery: 1, learningRate: 1e-7 };
    const result = await run({ ...again, output: 'started-at-run' });
    expect(result.best!.sets[0].fpr95).toBeCloseTo(whole.best!.sets[0].fpr95, 2);
    expect(result.best!.sets[0].rocAuc).toBeCloseTo(whole.best!.sets[0].rocAuc, 3);
    const [first, second] = await readTrainingHistory(at('started-at-run', 'descriptor.onnx'));
    expect([first.steps, second.steps, second.batchNormalise]).toEqual([steps, 1, true]);
  });

  it('keeps what it began with where training makes it worse', async () => {
    const worse = { start: at('whole'), steps: 1, validateEvery: 1, learningRate: 10 };
    const result = await run({ ...worse, output: 'worse' });
    expect(result.best!.step).toBe(0);
    expect(result.best!.sets[0].fpr95).toBeCloseTo(whole.best!.sets[0].fpr95, 6);
    const { validations } = await readCheckpoint(at('worse'));
    expect(validations.map(({ step }) => step)).toEqual([0, 1]);
    expect(validations[1].sets[0].rocAuc).toBeLessThan(validations[0].sets[0].rocAuc);
  });

  it('a 2-channel network begins with what its siamese half has learnt', async () => {
    const small = { network: '2ch', steps: 1, validateEvery: 1 };
    const half = await run({ ...small, output: 'half', half: true, steps: 12, validateEvery: 12, learningRate: 2e-3 });
    expect(half.files).toEqual([at('half', '2ch-half.onnx')]);
    const joined = await run({ ...small, output: 'joined', start: at('half'), batch: 12, learningRate: 1e-7 });
    const untrained = await run({ ...small, output: 'untrained', batch: 12, learningRate: 1e-7 });
    const [halfAuc, joinedAuc, untrainedAuc] = [half, joined, untrained].map(({ best }) => best!.sets[0].rocAuc);
    expect(halfAuc).toBeGreaterThan(untrainedAuc + 0.1);
    expect(joinedAuc).toBeGreaterThan((halfAuc + untrainedAuc) / 2);
    await expect(run({ ...small, output: 'refused', start: at('whole') })).rejects.toThrow(/run of 2ch.*descriptor/);
  });

  it('a network takes over the convolutions that it shares with another one', async () => {
    const small = { steps: 1, validation: undefined, batch: 12, learningRate: 1e-7 };
    await run({ ...small, network: 'siam-l2', output: 'other' });
    await run({ ...small, network: 'siam-spp', output: 'borrowed', start: at('other'), seed: 9 });
    const [known, borrowed] = await Promise.all(['other', 'borrowed'].map((name) => readCheckpoint(at(name))));
    const [kernels, borrowedKernels] = [known, borrowed].map((run) => averagedWeights(run.state).get('2.weight')!);
    expect(borrowedKernels.every((value, i) => Math.abs(value - kernels[i]) < 1e-6)).toBe(true);
    const history = await readTrainingHistory(at('borrowed', 'siam-spp.onnx'));
    expect(history.map(({ network }) => network)).toEqual(['siam-l2', 'siam-spp']);
  });

  it('stops where numbers break down, and keeps the checkpoint before', async () => {
    await run({ output: 'absurd', steps: 2, validation: undefined });
    const before = await readCheckpoint(at('absurd'));
    // No option is as absurd as that.
    const recipe = { ...before.recipe, steps: 50, learningRate: 1e30 };
    await writeCheckpoint(at('absurd'), { ...before, recipe });
    const error = await run({ output: 'absurd', resume: true, checkpointEvery: 1 }).then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    expect(error).toBeInstanceOf(DataError);
    expect(error!.message).toMatch(/training broke down at step \d+: the loss is .*--learning-rate/);
    const step = Number(/step (\d+)/.exec(error!.message)![1]);
    const kept = await readCheckpoint(at('absurd'));
    expect(kept.step).toBe(step - 1);
    for (const [name, data] of kept.state) expect(data.every(Number.isFinite), name).toBe(true);
  });
});

describe('train refuses', () => {
  it('to write over a run', async () => {
    const before = await readFile(checkpointPath(at('whole')));
    const again = run({ output: 'whole' });
    await expect(again).rejects.toThrow(UsageError);
    await expect(again).rejects.toThrow(/whole.checkpoint\.safetensors exists already.*--resume.*--output/);
    expect((await readFile(checkpointPath(at('whole')))).equals(before)).toBe(true);
  });

  it.each([
    ['an unknown network', { network: '3ch' }, new RegExp(`${definitionNames.join(', ')}.*received 3ch`)],
    ['no network', { network: undefined }, /received none/],
    ['no data', { data: undefined }, /expected --data/],
    ['data that is not there', { data: 'nowhere' }, /nowhere/],
    ['weights that are none', { weights: '1,2' }, /"weights": expected 1 numbers.*"1,2"/],
    ['a model to start from that is not there', { start: 'nowhere.onnx' }, /nowhere\.onnx/],
    ['half of a network that has none', { half: true }, /descriptor does not start from.*--half/],
    ['a batch that cannot be', { network: 'pseudo-siam-l2', batch: 9 }, /pairs: expected an even number/],
  ] as const)('%s', async (_, given, message) => {
    const refused = run({ output: 'refused', ...given });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(message);
  });

  it('a folder that cannot be made', async () => {
    await writeFile(at('file'), '');
    const refused = run({ output: join('file', 'within') });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(/file.within/);
  });

  it('to go on where there is nothing', async () => {
    const refused = run({ output: 'nothing', resume: true });
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(/nothing.checkpoint\.safetensors.*without --resume/);
  });

  it('a damaged checkpoint, by name', async () => {
    const good = await readFile(checkpointPath(at('whole')));
    const { state, ...facts } = await readCheckpoint(at('whole'));
    const damages: readonly (() => Promise<void>)[] = [
      () => writeFile(checkpointPath(at('bad')), good.subarray(0, good.length - 1000)),
      () => writeFile(checkpointPath(at('bad')), good.subarray(0, 100)),
      () => writeFile(checkpointPath(at('bad')), 'nonsense'),
      // A whole file, but of something else.
      () => writeFile(checkpointPath(at('bad')), Buffer.from('\x02\0\0\0\0\0\0\0{}')),
      // Another network's, or another version's: tensors missing, too many or of another size.
      () => writeCheckpoint(at('bad'), { ...facts, state: new Map([...state].slice(1)) }),
      () =>
        writeCheckpoint(at('bad'), { ...facts, state: new Map(state).set('parameter/9.weight', new Float32Array(3)) }),
      () =>
        writeCheckpoint(at('bad'), { ...facts, state: new Map(state).set('parameter/1.bias', new Float32Array(3)) }),
      () => writeCheckpoint(at('bad'), { ...facts, state, recipe: { ...facts.recipe, network: 'gone' as 'siam' } }),
    ];
    await run({ output: 'bad', steps: 1, validation: undefined });
    for (const damage of damages) {
      await damage();
      const refused = run({ output: 'bad', resume: true });
      await expect(refused).rejects.toThrow(DataError);
      await expect(refused).rejects.toThrow(/bad.checkpoint\.safetensors/);
    }
  });
});
