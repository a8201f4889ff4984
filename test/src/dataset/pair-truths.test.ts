import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparedPhotos, readPairTruths } from '../../../src/dataset/pair-truths.ts';
import { DataError, UsageError } from '../../../src/errors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-truths-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeSequence(name: string, homographies: Readonly<Record<number, string>>): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, '1.jpg'), '');
  for (const [k, text] of Object.entries(homographies)) {
    await writeFile(join(folder, name, `${k}.jpg`), '');
    await writeFile(join(folder, name, `H_1_${k}`), text);
  }
}

const upright = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
/** A quarter turn about the line of sight. */
const turned = [
  [0, -1, 0],
  [1, 0, 0],
  [0, 0, 1],
];

/** A scene whose first photo is turned; all others stand at one place. */
async function writeScene(name: string, count: number): Promise<void> {
  const cameras = Array.from({ length: count }, (_, i) => ({
    image: `${i}.jpg`,
    width: 640,
    height: 480,
    K: [
      [500 + i, 0, 320 + i],
      [0, 600 + i, 240 + i],
      [0, 0, 1],
    ],
    cameraFromWorld: i === 0 ? { R: turned, t: [1, 2, 3] } : { R: upright, t: [5, 0, 0] },
  }));
  await mkdir(join(folder, name));
  const content = { pixelCentre: 'the centre of the top-left pixel is (0,0)', cameras };
  await writeFile(join(folder, name, 'cameras.json'), JSON.stringify(content));
}

const namesOf = async (only?: string) => (await readPairTruths(folder, only)).map(({ name }) => name);

describe('readPairTruths of sequences', () => {
  it('pairs photo 1 with each other, counted under what stands before the first - of the folder', async () => {
    await writeSequence('v-wall-x', { 3: '1 0 30 0 1 0 0 0 1', 2: '1 0 20\n0 1 -7\n0 0 1\n' });
    await writeSequence('graf', { 2: '1 0 20 0 1 0 0 0 1' });
    const truths = await readPairTruths(folder);
    expect(truths.map(({ name, set }) => [name, set])).toEqual([
      ['graf 1-2', 'graf'],
      ['v-wall-x 1-2', 'v'],
      ['v-wall-x 1-3', 'v'],
    ]);
    expect(truths[1]).toMatchObject({
      path1: join(folder, 'v-wall-x', '1.jpg'),
      path2: join(folder, 'v-wall-x', '2.jpg'),
      truth: { kind: 'homography', image2FromImage1: [1, 0, 20, 0, 1, -7, 0, 0, 1] },
    });
    expect(await namesOf('v-*')).toEqual(['v-wall-x 1-2', 'v-wall-x 1-3']);
  });

  it('of a folder that holds neither sequences nor scenes, or is not there, is the user’s mistake', async () => {
    await expect(readPairTruths(folder)).rejects.toThrow(UsageError);
    await mkdir(join(folder, 'photos'));
    await writeFile(join(folder, 'photos', '1.jpg'), '');
    await expect(readPairTruths(folder)).rejects.toThrow(UsageError);
    await expect(readPairTruths(join(folder, 'nowhere'))).rejects.toThrow(UsageError);
  });
});

describe('readPairTruths of scenes', () => {
  it('gives the motion from the first camera to the second, and both cameras', async () => {
    await writeScene('fountain', 9);
    const truths = await readPairTruths(folder);
    // X1 = Q X + (1, 2, 3) and X2 = X + (5, 0, 0), so X2 = Qᵀ X1 + (5, 0, 0) − Qᵀ (1, 2, 3).
    expect(truths[0]).toEqual({
      name: 'fountain 0-2',
      set: 'fountain',
      path1: join(folder, 'fountain', 'images', '0.jpg'),
      path2: join(folder, 'fountain', 'images', '2.jpg'),
      truth: {
        kind: 'pose',
        R: [0, 1, 0, -1, 0, 0, 0, 0, 1],
        t: [3, 1, -3],
        camera1: { fx: 500, fy: 600, cx: 320, cy: 240 },
        camera2: { fx: 502, fy: 602, cx: 322, cy: 242 },
      },
    });
    // Photos 3 and 5 were taken from one place.
    expect(truths[3]).toMatchObject({ name: 'fountain 3-5', truth: { R: upright.flat(), t: [0, 0, 0] } });
  });

  it('compares every third photo with those two, four and six further on', async () => {
    expect(comparedPhotos(9).map((pair) => pair.join('-'))).toEqual(['0-2', '0-4', '0-6', '3-5', '3-7', '6-8']);
    expect(comparedPhotos(2)).toEqual([]);
    await writeScene('fountain', 5);
    expect(await namesOf()).toEqual(['fountain 0-2', 'fountain 0-4']);
  });

  it('leaves out the three pairs of castle-P19 that share nothing, and of no other scene', async () => {
    for (const name of ['castle-P19', 'castle-P20']) await writeScene(name, 19);
    const [castle, other] = [await namesOf('castle-P19'), await namesOf('castle-P20')];
    expect(other).toHaveLength(16);
    const numbers = castle.map((name) => name.split(' ')[1]);
    expect(other.map((name) => name.split(' ')[1]).filter((pair) => !numbers.includes(pair))).toEqual([
      '6-12',
      '9-13',
      '9-15',
    ]);
    expect(castle).toHaveLength(13);
  });

  it('names a cameras.json that is damaged', async () => {
    await writeScene('fountain', 3);
    const file = join(folder, 'fountain', 'cameras.json');
    await writeFile(file, '{"pixelCentre": "(0,0)", "cameras": [{"image": "0.jpg"}]}');
    await expect(readPairTruths(folder)).rejects.toThrow(DataError);
    await expect(readPairTruths(folder)).rejects.toThrow(file);
  });
});
