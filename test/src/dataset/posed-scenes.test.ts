import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPosedScenes } from '../../../src/dataset/posed-scenes.ts';
import { DataError, UsageError } from '../../../src/errors.ts';

const camera = {
  image: '0000.jpg',
  width: 1536,
  height: 1024,
  K: [
    [1379, 0, 760],
    [0, 1382, 503],
    [0, 0, 1],
  ],
  cameraFromWorld: {
    R: [
      [0, -1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ],
    t: [1, 2, 3],
  },
};
const content = { pixelCentre: 'the centre of the top-left pixel is (0,0)', cameras: [camera] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-scenes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeScene(name: string, text: string): Promise<string> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'cameras.json'), text);
  return join(folder, name, 'cameras.json');
}

describe('readPosedScenes', () => {
  it('reads cameras row by row, with where their photos lie', async () => {
    await writeScene('castle', JSON.stringify(content));
    expect(await readPosedScenes(folder)).toEqual([
      {
        name: 'castle',
        photos: [
          {
            path: join(folder, 'castle', 'images', '0000.jpg'),
            width: 1536,
            height: 1024,
            K: [1379, 0, 760, 0, 1382, 503, 0, 0, 1],
            R: [0, -1, 0, 1, 0, 0, 0, 0, 1],
            t: [1, 2, 3],
          },
        ],
      },
    ]);
  });

  it('takes the place of the origin with or without a space', async () => {
    await writeScene('castle', withPixelCentre('centre of the top-left pixel is (0, 0)'));
    expect((await readPosedScenes(folder))[0].photos).toHaveLength(1);
  });

  it('gives the scenes by name, only those asked for, and leaves other folders and files alone', async () => {
    for (const name of ['well', 'fountain-2', 'fountain-1']) await writeScene(name, JSON.stringify(content));
    await mkdir(join(folder, 'another'));
    await writeFile(join(folder, 'readme.txt'), '');
    const names = async (only?: string) => (await readPosedScenes(folder, only)).map(({ name }) => name);
    expect(await names()).toEqual(['fountain-1', 'fountain-2', 'well']);
    expect(await names('fountain-*')).toEqual(['fountain-1', 'fountain-2']);
    await expect(names('castle')).rejects.toThrow(UsageError);
  });

  it('says that a folder is missing or holds no scenes', async () => {
    await expect(readPosedScenes(folder)).rejects.toThrow(UsageError);
    await expect(readPosedScenes(folder)).rejects.toThrow(/holds no scenes.*cameras\.json/);
    await expect(readPosedScenes(join(folder, 'nowhere'))).rejects.toThrow(UsageError);
    await expect(readPosedScenes(join(folder, 'nowhere'))).rejects.toThrow(/nowhere cannot be read/);
  });

  it.each([
    ['half a file', JSON.stringify(content).slice(0, 200), /is not JSON/],
    ['no cameras', JSON.stringify({ pixelCentre: content.pixelCentre }), /cameras/],
    ['a matrix of two rows', withCamera({ K: camera.K.slice(0, 2) }), /cameras\.0\.K/],
    ['a number as text', withCamera({ width: '1536' }), /cameras\.0\.width/],
    ['no translation', withCamera({ cameraFromWorld: { R: camera.cameraFromWorld.R } }), /cameraFromWorld\.t/],
    ['pixels counted otherwise', withPixelCentre('the centre of the top-left pixel is (0.5,0.5)'), /\(0\.5,0\.5\)/],
  ])('%s in cameras.json is an error that names it', async (_, text, message) => {
    await writeScene('good', JSON.stringify(content));
    const file = await writeScene('poor', text);
    const reading = readPosedScenes(folder);
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(file);
    await expect(reading).rejects.toThrow(message);
    expect(await readPosedScenes(folder, 'good')).toHaveLength(1);
  });
});

function withCamera(changes: object): string {
  return JSON.stringify({ ...content, cameras: [{ ...camera, ...changes }] });
}

function withPixelCentre(pixelCentre: string): string {
  return JSON.stringify({ ...content, pixelCentre });
}
