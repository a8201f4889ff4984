import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../../../src/errors.ts';
import { readAliceVision } from '../../../../src/export/sfm/alicevision-read.ts';
import { writeAliceVision } from '../../../../src/export/sfm/alicevision.ts';
import type { SfmCamera, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { pythons, runPython } from './python.ts';
import { awkwardNames, bareMatches, everyCamera, largestDifference, smallSet, verifiedMatches } from './small-set.ts';

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'alice '));
  folder = join(place, 'out put');
});
afterEach(() => rm(place, { recursive: true, force: true }));

const write = (set: SfmSet) => writeAliceVision(folder, set, { photoFolder: join(place, 'photos') });
const text = (name: string) => readFile(join(folder, name), 'utf8');

describe('writeAliceVision', () => {
  it('comes back as it was, but for what AliceVision does not store', async () => {
    const set = smallSet();
    expect(await write(set)).toEqual([]);
    const back = await readAliceVision(folder);
    expect(back.photos).toEqual(set.photos);
    expect(back.cameras).toEqual(everyCamera);
    expect(await bareMatches(back)).toEqual(await bareMatches(set));
    for (const i of set.photos.keys()) {
      const [given, read] = [await set.features(i), await back.features(i)];
      for (const column of ['x', 'y', 'size', 'angle'] as const) expect(read[column]).toEqual(given[column]);
      // Bytes.
      expect(largestDifference(read.descriptors, given.descriptors)).toBeLessThan(1 / 256);
    }
  });

  // Written out: this is what AliceVision's jsonIO.cpp and matching/io.cpp read.
  it('writes views, intrinsics and matches as AliceVision 1.2.1 does', async () => {
    await write(smallSet({ names: ['sub/a b.jpg', 'c.jpg', 'd.jpg'] }));
    const scene = JSON.parse(await text('cameraInit.sfm'));
    expect(scene.version).toEqual(['1', '2', '1']);
    expect([scene.featuresFolders, scene.matchesFolders]).toEqual([['.'], ['.']]);
    expect(scene.views[0]).toEqual({
      ...{ viewId: '1', poseId: '1', frameId: '0', intrinsicId: '1', width: '800', height: '600', metadata: {} },
      path: join(place, 'photos/sub/a b.jpg'),
    });
    expect(scene.intrinsics[2]).toEqual({
      ...{
        intrinsicId: '3',
        width: '600',
        height: '801',
        sensorWidth: '36',
        sensorHeight: '24',
        serialNumber: '',
        type: 'radial1',
        locked: 'false',
      },
      initializationMode: 'unknown',
      pxInitialFocalLength: '-1',
      pxFocalLength: ['650', '650'],
      // Relative to (300, 400.5), half a pixel beyond the middle.
      principalPoint: ['10.25', '-1.5'],
      distortionParams: ['-0.0625'],
    });
    expect(scene.intrinsics[1]).toMatchObject({
      type: 'pinhole',
      pxFocalLength: ['701', '702.25'],
      distortionParams: '',
    });
    expect(scene.intrinsics[4].distortionParams).toEqual(['0.125', '0.5', '0', '0.001', '-0.002']);
    expect(await text('0.matches.txt')).toBe('1 2\n1\nsift 5\n0 1\n14 3\n1 4\n9 8\n17 12\n');
    expect((await text('putativeMatches/0.matches.txt')).split('\n').slice(0, 4)).toEqual([
      '1 2',
      '1',
      'sift 12',
      '0 1',
    ]);
  });

  // AliceVision adds up every file of the folder whose name has matches.txt in it.
  it('puts one list of matches where AliceVision looks', async () => {
    await write(smallSet());
    expect((await readdir(folder)).filter((name) => name.includes('matches.txt'))).toEqual(['0.matches.txt']);
  });

  it('tells photos of the same name in two folders apart', async () => {
    const set = smallSet({ names: ['left/1.jpg', 'right/1.jpg', '1.jpg'] });
    await write(set);
    expect((await readAliceVision(folder)).photos).toEqual(set.photos);
  });

  it('says where descriptors have no place', async () => {
    expect((await write(smallSet({ descriptorLength: 64 }))).join()).toMatch(/no \.desc files/);
    expect((await (await readAliceVision(folder)).features(1)).count).toBe(21);
  });

  it('appears whole or not at all, and nowhere where something is', async () => {
    const failing = { ...smallSet(), features: () => Promise.reject(new DataError('no keypoints')) };
    await expect(write(failing)).rejects.toThrow('no keypoints');
    expect(await readdir(place)).toEqual([]);
    await mkdir(folder);
    await writeFile(join(folder, 'precious'), '');
    await expect(write(smallSet())).rejects.toThrow(UsageError);
  });
});

/** Finds files as AliceVision does and reads them by themselves. */
const script = `
import glob, json, os, sys, numpy as np
folder = sys.argv[1]
scene = json.load(open(os.path.join(folder, 'cameraInit.sfm'), encoding='utf-8'))
photos = []
for view in scene['views']:
    stem = os.path.join(folder, scene['featuresFolders'][0], view['viewId'] + '.sift')
    points = np.loadtxt(stem + '.feat', ndmin=2, dtype=np.float32) if os.path.getsize(stem + '.feat') else np.zeros((0, 4))
    raw = open(stem + '.desc', 'rb').read()
    described = np.frombuffer(raw[8:], np.uint8).reshape(int(np.frombuffer(raw[:8], '<u8')[0]), 128)
    photos.append([view['path'], points.tolist(), len(described)])
pairs = []
for file in glob.glob(glob.escape(folder) + '/*matches.txt*'):
    words = iter(open(file).read().split())
    for word in words:
        pair = [int(word), int(next(words))]
        for _ in range(int(next(words))):
            assert next(words) == 'sift'
            pairs.append([pair, [int(next(words)) for _ in range(2 * int(next(words)))]])
print(json.dumps([photos, pairs]))
`;

describe.skipIf(pythons.length === 0)('AliceVision files for Python', () => {
  it.each(pythons)('with NumPy %s say what the set says', async (_, python) => {
    const set = smallSet();
    await write(set);
    const [photos, pairs] = runPython(python, script, folder) as [
      [string, number[][], number][],
      [number[], number[]][],
    ];
    expect(photos.map(([path]) => path)).toEqual(awkwardNames.map((name) => join(place, 'photos', name)));
    for (const [i, [, points, described]] of photos.entries()) {
      const { count, x, y, size, angle } = await set.features(i);
      expect(points).toEqual(Array.from(x, (_, k) => [x[k], y[k], size[k] / 2, angle[k]]));
      expect(described).toBe(count);
    }
    const given = await verifiedMatches(set);
    expect(pairs).toEqual(given.map(({ a, b, matches }) => [[a + 1, b + 1], matches]));
  });
});

describe('readAliceVision', () => {
  /** AliceVision's own sample of each version has this pinhole. */
  const intrinsic = { intrinsicId: '0', width: '4092', height: '2048', sensorWidth: '36', sensorHeight: '24' };
  const rest = { serialNumber: '', initializationMode: 'none' };
  const pixels = { type: 'pinhole', pxFocalLength: ['1000', '2000'], distortionParams: '' };
  const lens = { type: 'pinhole', distortionType: 'none', undistortionType: 'none' };
  const mm = 36000 / 4092;
  it.each([
    ['1.0.0', { ...pixels, pxFocalLength: '1000', principalPoint: ['2020', '1040'] }, [1000, 2020, 1040]],
    ['1.2.0', { ...pixels, principalPoint: ['2020', '1040'] }, [1000, 2000, 2020, 1040]],
    ['1.2.1', { ...pixels, principalPoint: ['-26', '16'] }, [1000, 2000, 2020, 1040]],
    [
      '1.2.4',
      { ...pixels, focalLength: String(mm), pixelRatio: '0.5', principalPoint: ['-26', '16'] },
      [1000, 2000, 2020, 1040],
    ],
    [
      '1.2.8',
      { ...lens, focalLength: String(mm), pixelRatio: '2', principalPoint: ['-26', '16'] },
      [1000, 2000, 2020, 1040],
    ],
    [
      '1.2.11',
      { ...lens, focalLength: String(2 * mm), pixelRatio: '2', principalPoint: ['-26', '16'] },
      [1000, 2000, 2020, 1040],
    ],
  ])('reads cameras of version %s', async (version, fields, params) => {
    await mkdir(folder);
    const views = [
      { viewId: '7', poseId: '7', intrinsicId: '0', path: '/photos/a.jpg', width: '4092', height: '2048' },
    ];
    const scene = { version: version.split('.'), views, intrinsics: [{ ...intrinsic, ...rest, ...fields }] };
    await writeFile(join(folder, 'cameraInit.sfm'), JSON.stringify(scene));
    const { cameras, photos } = await readAliceVision(folder);
    expect(photos).toEqual([{ name: 'a.jpg', width: 4092, height: 2048, camera: 0 }]);
    const [camera]: readonly SfmCamera[] = cameras;
    expect(camera.isFocalKnown).toBe(false);
    expect(largestDifference(camera.params, params)).toBeLessThan(1e-9);
  });

  it('reads features of the type there is, and of matches of several types its own', async () => {
    await write(smallSet({ names: ['a.jpg', 'b.jpg', 'c.jpg'] }));
    for (const id of [1, 2, 3]) await rm(join(folder, `${id}.sift.desc`));
    for (const id of [1, 2, 3]) {
      await writeFile(join(folder, `${id}.dspsift.feat`), await text(`${id}.sift.feat`));
      await rm(join(folder, `${id}.sift.feat`));
    }
    await writeFile(join(folder, '0.matches.txt'), '1 2\n2\nakaze 1\n5 5\ndspsift 2\n1 2\n3 4\n');
    const set = await readAliceVision(folder);
    expect((await set.features(0)).count).toBe(20);
    expect(await bareMatches(set)).toEqual([{ a: 0, b: 1, matches: [1, 2, 3, 4], inliers: [0, 1] }]);
  });

  it.each([
    ['0.matches.txt', 'ends in the middle', (content: string) => content.slice(0, 15)],
    ['0.matches.txt', 'ends in the middle', () => '1 2\n3\nsift 0\n'],
    ['0.matches.txt', 'expected an index or a count but got sift', () => '1 2\nsift 0\n'],
    ['0.matches.txt', 'views 1 and 77 are not both', () => '1 77\n1\nsift 1\n0 0\n'],
    ['cameraInit.sfm', 'is not JSON', () => ''],
    ['cameraInit.sfm', 'pxFocalLength', (content: string) => content.replace('"650"', '"wide"')],
    ['cameraInit.sfm', 'principalPoint', (content: string) => content.replaceAll('principalPoint', 'point')],
    ['cameraInit.sfm', 'is of type fisheye4', (content: string) => content.replace('"pinhole"', '"fisheye4"')],
    [
      'cameraInit.sfm',
      'with k3 = 0',
      (content: string) => content.replace('"-0.015625",\n                "0"', '"0", "1"'),
    ],
    [
      'cameraInit.sfm',
      'has the intrinsic 99',
      (content: string) => content.replace('"intrinsicId": "1"', '"intrinsicId": "99"'),
    ],
  ])('refuses a damaged %s: %s', async (name, complaint, change: (content: string) => string) => {
    await write(smallSet());
    await writeFile(join(folder, name), change(await text(name)));
    const error: unknown = await readAliceVision(folder)
      .then(bareMatches)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toContain(name);
    expect((error as DataError).message).toContain(complaint);
  });
});
