import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../../../src/errors.ts';
import { readOpenMvg } from '../../../../src/export/sfm/openmvg-read.ts';
import { writeOpenMvg } from '../../../../src/export/sfm/openmvg.ts';
import type { SfmCamera, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { pythons, runPython } from './python.ts';
import { awkwardNames, bareMatches, everyCamera, largestDifference, smallSet } from './small-set.ts';

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'openmvg '));
  folder = join(place, 'out put');
});
afterEach(() => rm(place, { recursive: true, force: true }));

const write = (set: SfmSet) => writeOpenMvg(folder, set, { photoFolder: join(place, 'photos') });
const text = (name: string) => readFile(join(folder, name), 'utf8');
const pairsOf = async (name: string): Promise<string[]> =>
  (await text(name)).split('\n').filter((line, i, lines) => /^\d+$/.test(lines[i + 1] ?? '') && line.includes(' '));

/** OpenMVG has one focal length, and none that is a guess. */
const asOpenMvg = (camera: SfmCamera): SfmCamera => {
  const { model, params } = camera;
  const f = (params[0] + params[1]) / 2;
  if (model === 'PINHOLE') return { ...camera, model: 'SIMPLE_PINHOLE', params: [f, ...params.slice(2)] };
  return { ...camera, isFocalKnown: true };
};

describe('writeOpenMvg', () => {
  it('comes back as it was, but for what OpenMVG does not store', async () => {
    const set = smallSet();
    await write(set);
    const back = await readOpenMvg(folder);
    expect(back.photos).toEqual(set.photos);
    expect(back.cameras).toEqual(everyCamera.map(asOpenMvg));
    expect(await bareMatches(back)).toEqual(await bareMatches(set));
    for (const i of set.photos.keys()) {
      const [given, read] = [await set.features(i), await back.features(i)];
      for (const column of ['x', 'y', 'size', 'angle'] as const) expect(read[column]).toEqual(given[column]);
      // Bytes.
      expect(largestDifference(read.descriptors, given.descriptors)).toBeLessThan(1 / 256);
    }
  });

  // Written out: this is what OpenMVG's sfm_data_io_cereal.cpp, feature.hpp and indMatch_utils.cpp read.
  it('writes views, cameras, keypoints and matches as OpenMVG does', async () => {
    await write(smallSet({ names: ['sub/a b.jpg', 'c.jpg', 'd.jpg'] }));
    const scene = JSON.parse(await text('sfm_data.json'));
    expect(Object.keys(scene)).toEqual([
      ...['sfm_data_version', 'root_path', 'views', 'intrinsics', 'extrinsics', 'structure', 'control_points'],
    ]);
    expect(scene.sfm_data_version).toBe('0.3');
    expect(scene.root_path).toBe(join(place, 'photos'));
    expect(scene.views[0]).toEqual({
      key: 0,
      value: {
        polymorphic_id: 1073741824,
        ptr_wrapper: {
          id: 2147483649,
          data: {
            local_path: 'sub',
            filename: 'a b.jpg',
            width: 800,
            height: 600,
            id_view: 0,
            id_intrinsic: 0,
            id_pose: 0,
          },
        },
      },
    });
    const opencv = { width: 800, height: 600, focal_length: 710, principal_point: [395, 301] };
    expect(scene.intrinsics[4]).toEqual({
      key: 4,
      value: {
        polymorphic_id: 2147483652,
        polymorphic_name: 'pinhole_brown_t2',
        ptr_wrapper: { id: 2147483656, data: { ...opencv, disto_t2: [0.125, 0.5, 0, 0.001, -0.002] } },
      },
    });
    expect(JSON.parse(await text('image_describer.json')).regions_type).toEqual({
      polymorphic_id: 2147483649,
      polymorphic_name: 'SIFT_Regions',
      ptr_wrapper: { valid: 1, data: { value0: [], value1: [] } },
    });
    const { x, y, size, angle } = await smallSet({ names: ['sub/a b.jpg', 'c.jpg', 'd.jpg'] }).features(0);
    const line = (await text('a b.feat')).split('\n')[3].split(' ').map(Number);
    expect(largestDifference(line, [x[3], y[3], size[3] / 2, angle[3]])).toBeLessThan(1e-6);
    expect(await text('matches.f.txt')).toBe('0 1\n5\n0 1\n14 3\n1 4\n9 8\n17 12\n');
  });

  it('lists verified pairs for openMVG_main_SfM, and those of each geometry', async () => {
    await write(smallSet());
    const kinds = new Map<string, string>();
    for await (const { a, b, geometry } of smallSet().pairs()) kinds.set(`${a} ${b}`, geometry?.kind ?? 'none');
    const those = (...wanted: string[]) => [...kinds].filter(([, kind]) => wanted.includes(kind)).map(([pair]) => pair);
    const flat = ['planar', 'panoramic', 'flat'];
    expect(await pairsOf('matches.putative.txt')).toEqual([...kinds.keys()].filter((pair) => pair !== '1 2'));
    expect(await pairsOf('matches.f.txt')).toEqual(those('calibrated', 'uncalibrated', ...flat));
    expect(await pairsOf('matches.e.txt')).toEqual(those('calibrated'));
    expect(await pairsOf('matches.h.txt')).toEqual(those(...flat));
  });

  it('gives photos with the same stem names that differ, by links', async () => {
    const names = ['left/IMG 1.jpg', 'right/IMG 1.jpg', 'right/img 1.png', 'right-IMG 1.jpg'];
    for (const name of ['photos/left', 'photos/right']) await mkdir(join(place, name), { recursive: true });
    for (const name of names) await writeFile(join(place, 'photos', name), name);
    const set = smallSet({ names });
    const notes = await write(set);
    expect(notes.join()).toMatch('left/IMG 1.jpg is left-IMG 1.jpg');
    const back = await readOpenMvg(folder);
    const found = back.photos.map(({ name }) => name);
    expect(found).toEqual(['left-IMG 1.jpg', 'right-IMG 1.jpg', 'right-img 1-2.png', 'right-IMG 1-3.jpg']);
    const root = JSON.parse(await text('sfm_data.json')).root_path;
    for (const [i, name] of found.entries()) expect(await readFile(join(root, name), 'utf8')).toBe(names[i]);
    for (const i of names.keys()) expect((await back.features(i)).x).toEqual((await set.features(i)).x);
  });

  it('says what OpenMVG has no place for', async () => {
    const cameras = [{ ...everyCamera[1], params: [700, 710, 400, 300] }];
    const notes = await write(smallSet({ cameras, descriptorLength: 256 }));
    expect(notes.join(' ')).toMatch(/one focal length: the mean of fx and fy is up to 2.8 px off.*no \.desc files/);
    expect((await readdir(folder)).some((name) => name.endsWith('.desc'))).toBe(false);
    expect((await (await readOpenMvg(folder)).features(0)).count).toBe(20);
    expect(
      await writeOpenMvg(join(place, 'two'), smallSet({ cameras: [everyCamera[0]] }), { photoFolder: place }),
    ).toEqual([]);
  });

  it('appears whole or not at all, and nowhere where something is', async () => {
    const failing = { ...smallSet(), features: () => Promise.reject(new DataError('no keypoints')) };
    await expect(write(failing)).rejects.toThrow('no keypoints');
    await expect(
      writeOpenMvg(folder, smallSet(), { photoFolder: place, signal: AbortSignal.abort(new Error('stopped')) }),
    ).rejects.toThrow('stopped');
    expect(await readdir(place)).toEqual([]);
    await mkdir(folder);
    await writeFile(join(folder, 'precious'), '');
    await expect(write(smallSet())).rejects.toThrow(UsageError);
    expect(await readdir(folder)).toEqual(['precious']);
  });
});

/** Finds files as OpenMVG does and reads them by themselves. */
const script = `
import json, os, sys, numpy as np
folder = sys.argv[1]
scene = json.load(open(os.path.join(folder, 'sfm_data.json'), encoding='utf-8'))
photos = []
for view in scene['views']:
    data = view['value']['ptr_wrapper']['data']
    path = os.path.join(scene['root_path'], data['local_path'], data['filename'])
    stem = os.path.join(folder, os.path.splitext(os.path.basename(path))[0])
    points = np.loadtxt(stem + '.feat', ndmin=2, dtype=np.float32) if os.path.getsize(stem + '.feat') else np.zeros((0, 4))
    raw = open(stem + '.desc', 'rb').read()
    count = int(np.frombuffer(raw[:8], '<u8')[0])
    described = np.frombuffer(raw[8:], np.uint8).reshape(count, 128).astype(float)
    photos.append([path, points.tolist(), ((described - 128) / 256).tolist()])
words = iter(open(os.path.join(folder, 'matches.putative.txt')).read().split())
pairs = []
for word in words:
    pair = [int(word), int(next(words))]
    pairs.append([pair, [[int(next(words)), int(next(words))] for _ in range(int(next(words)))]])
print(json.dumps([photos, pairs]))
`;

describe.skipIf(pythons.length === 0)('OpenMVG files for Python', () => {
  it.each(pythons)('with NumPy %s say what the set says', async (_, python) => {
    const set = smallSet();
    await write(set);
    const [photos, pairs] = runPython(python, script, folder) as [
      [string, number[][], number[][]][],
      [number[], number[][]][],
    ];
    expect(photos.map(([path]) => path)).toEqual(awkwardNames.map((name) => join(place, 'photos', name)));
    for (const [i, [, points, described]] of photos.entries()) {
      const { x, y, size, angle, descriptors } = await set.features(i);
      expect(points).toEqual(Array.from(x, (_, k) => [x[k], y[k], size[k] / 2, angle[k]]));
      expect(largestDifference(described.flat(), descriptors)).toBeLessThan(1 / 256);
    }
    const given = (await bareMatches(set)) as { a: number; b: number; matches: number[] }[];
    expect(pairs.map(([pair]) => pair)).toEqual(given.map(({ a, b }) => [a, b]));
    expect(pairs.map(([, matches]) => matches.flat())).toEqual(given.map(({ matches }) => matches));
  });
});

describe('readOpenMvg', () => {
  /** What reading says after a file was changed. */
  const complaint = async (
    name: string,
    change: (content: string) => string,
    read: (set: SfmSet) => Promise<unknown>,
  ): Promise<string> => {
    await write(smallSet());
    await writeFile(join(folder, name), change(await text(name)));
    const error: unknown = await readOpenMvg(folder)
      .then(read)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toContain(name);
    return (error as DataError).message;
  };

  it.each([
    ['that end in the middle', (content: string) => content.slice(0, 20), /ends in the middle of a pair/],
    ['that hold words', (content: string) => content.replace('0 1\n', '0 one\n'), /but got one/],
    ['with negative indices', (content: string) => content.replace('0 1\n12', '0 1\n-12'), /but got -12/],
    ['of views that are not there', (content: string) => content.replace('0 1\n', '0 99\n'), /0 and 99 are not both/],
    ['of pairs that come twice', (content: string) => content + content, /ordered by their photos/],
  ])('refuses matches %s', async (_, change, message) => {
    expect(await complaint('matches.putative.txt', change, bareMatches)).toMatch(message);
  });

  it.each([
    ['that are no numbers', (content: string) => content.replace(' ', ' x'), /orientation in line 1/],
    ['that are cut short', (content: string) => content.slice(0, content.lastIndexOf(' ')), /orientation in line 20/],
  ])('refuses keypoints %s', async (_, change, message) => {
    expect(await complaint('a b.feat', change, (set) => set.features(0))).toMatch(message);
  });

  it('refuses descriptors that are not as many as keypoints', async () => {
    const cut = (content: string): string => content.slice(0, 40);
    expect(await complaint('a b.desc', cut, (set) => set.features(0))).toMatch(/expected 20 descriptors/);
  });

  it.each([
    ['that is not JSON', () => '{', /is not JSON/],
    ['without views', (content: string) => content.replace('"views"', '"vews"'), /views/],
    ['with a fisheye', (content: string) => content.replace('"pinhole"', '"fisheye"'), /camera 0 is of model fisheye/],
    [
      'with photos without cameras',
      (content: string) => content.replace('"id_intrinsic": 0', '"id_intrinsic": 4294967295'),
      /no camera/,
    ],
  ])('refuses a scene %s', async (_, change, message) => {
    expect(await complaint('sfm_data.json', change, async () => null)).toMatch(message);
  });

  it('names a file that is missing', async () => {
    await expect(readOpenMvg(folder)).rejects.toThrow(/sfm_data\.json: no such file/);
    await write(smallSet());
    await rm(join(folder, 'a b.feat'));
    await expect((await readOpenMvg(folder)).features(0)).rejects.toThrow(/a b\.feat cannot be read/);
  });

  it('reads a class that is named once, as cereal does, and matches that were found later', async () => {
    await write(smallSet());
    await writeFile(
      join(folder, 'sfm_data.json'),
      (await text('sfm_data.json')).replace(
        /"polymorphic_id": 2147483649,\s*"polymorphic_name": "pinhole",(?=\s*"ptr_wrapper": \{\s*"id": 2147483656)/,
        '"polymorphic_id": 1,',
      ),
    );
    await writeFile(join(folder, 'matches.f.txt'), '0 1\n2\n0 1\n19 20\n');
    const set = await readOpenMvg(folder);
    expect(set.cameras).toEqual(everyCamera.map(asOpenMvg));
    const { value } = await set.pairs()[Symbol.asyncIterator]().next();
    expect([...value.inliers]).toEqual([0, 12]);
    expect([...value.matches.slice(-2)]).toEqual([19, 20]);
  });
});
