import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../../../src/errors.ts';
import { writeNpy } from '../../../../src/export/sfm/npy.ts';
import { readOpenSfm } from '../../../../src/export/sfm/opensfm-read.ts';
import { writeOpenSfm } from '../../../../src/export/sfm/opensfm.ts';
import type { SfmCamera, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { pythons, runPython } from './python.ts';
import { awkwardNames, everyCamera, largestDifference, smallSet, verifiedMatches } from './small-set.ts';

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'open sfm '));
  folder = join(place, 'out put');
});
afterEach(() => rm(place, { recursive: true, force: true }));

const write = (set: SfmSet) => writeOpenSfm(folder, set, { photoFolder: join(place, 'photos') });
const json = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));

/** OpenSfM keeps no pair that agrees with no geometry, and of the others what agrees. */
async function allMatches(set: SfmSet): Promise<object[]> {
  const found: object[] = [];
  for await (const { a, b, matches, inliers, geometry } of set.pairs()) {
    expect(inliers.length).toBe(matches.length / 2);
    expect(geometry).toBeNull();
    found.push({ a, b, matches: [...matches] });
  }
  return found;
}

describe('writeOpenSfm', () => {
  it('comes back as it was, but for what OpenSfM does not store', async () => {
    const set = smallSet();
    expect(await write(set)).toEqual([]);
    const back = await readOpenSfm(folder);
    expect(back.photos).toEqual(set.photos);
    for (const [i, camera] of back.cameras.entries()) {
      expect({ ...camera, params: [] }).toEqual({ ...everyCamera[i], params: [] });
      expect(largestDifference(camera.params, everyCamera[i].params)).toBeLessThan(1e-9);
    }
    expect(await allMatches(back)).toEqual(await verifiedMatches(set));
    for (const i of set.photos.keys()) {
      const [given, read] = [await set.features(i), await back.features(i)];
      for (const column of ['x', 'y', 'size', 'angle'] as const) {
        expect(largestDifference(read[column], given[column])).toBeLessThan(1e-4);
      }
      expect(largestDifference(read.descriptors, given.descriptors)).toBeLessThan(1e-6);
    }
  });

  // Written out: this is what OpenSfM's dataset.py, io.py and exif.py read.
  it('writes cameras and metadata as OpenSfM does', async () => {
    await write(smallSet());
    const id = 'v2 unknown camera 3 600 801 simple_radial 0.8115';
    const models = await json('camera_models.json');
    expect(models[id]).toEqual({
      ...{ projection_type: 'simple_radial', width: 600, height: 801, focal_x: 650 / 801, focal_y: 650 / 801 },
      ...{ c_x: 10.75 / 801, c_y: -1 / 801, k1: -0.0625 },
    });
    const [centred] = Object.values(models);
    expect(centred).toEqual({
      projection_type: 'perspective',
      width: 800,
      height: 600,
      focal: 700.5 / 800,
      k1: 0,
      k2: 0,
    });
    expect(await json('camera_models_overrides.json')).toEqual(models);
    expect(await json('exif/IMG_1.jpg.exif')).toEqual({
      ...{ make: 'unknown', model: 'unknown', width: 600, height: 801, projection_type: 'simple_radial' },
      ...{ focal_ratio: 0, orientation: 1, capture_time: 0, gps: {}, camera: id },
    });
    const list = await readFile(join(folder, 'image_list.txt'), 'utf8');
    expect(list).toBe(awkwardNames.map((name) => `${join(place, 'photos', name)}\n`).join(''));
    expect((await readdir(join(folder, 'matches'))).length).toBe(awkwardNames.length);
  });

  it('gives photos of the same name in two folders names that differ, by links', async () => {
    await mkdir(join(place, 'photos/a'), { recursive: true });
    await mkdir(join(place, 'photos/b'), { recursive: true });
    const names = ['a/1.jpg', 'b/1.jpg', 'a/2.jpg'];
    for (const name of names) await writeFile(join(place, 'photos', name), name);
    const set = smallSet({ names });
    expect((await write(set)).join()).toMatch('a/1.jpg is a-1.jpg');
    const paths = (await readFile(join(folder, 'image_list.txt'), 'utf8')).trim().split('\n');
    expect(paths).toEqual(['a-1.jpg', 'b-1.jpg', 'a-2.jpg'].map((name) => join(folder, 'photos', name)));
    for (const [i, path] of paths.entries()) expect(await readFile(path, 'utf8')).toBe(names[i]);
    const back = await readOpenSfm(folder);
    expect(await allMatches(back)).toEqual(await verifiedMatches(set));
    expect(largestDifference((await back.features(1)).x, (await set.features(1)).x)).toBeLessThan(1e-4);
  });

  it('is the same for the same set, and appears whole or not at all', async () => {
    await write(smallSet());
    await writeOpenSfm(join(place, 'again'), smallSet(), { photoFolder: join(place, 'photos') });
    const file = 'features/a b.jpg.features.npz';
    expect(await readFile(join(place, 'again', file))).toEqual(await readFile(join(folder, file)));
    await expect(write(smallSet())).rejects.toThrow(UsageError);
    const failing = { ...smallSet(), features: () => Promise.reject(new DataError('no keypoints')) };
    await expect(writeOpenSfm(join(place, 'bad'), failing, { photoFolder: place })).rejects.toThrow('no keypoints');
    expect((await readdir(place)).sort()).toEqual(['again', 'out put']);
  });
});

/** Reads features and matches with NumPy and pickle, of which only the names are allowed that OpenSfM allows. */
const readScript = `
import gzip, io, json, os, pickle, sys, numpy as np
folder = sys.argv[1]
class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module + '.' + name not in ('numpy.core.multiarray._reconstruct', 'numpy.ndarray', 'numpy.dtype'):
            raise pickle.UnpicklingError(module + '.' + name)
        return super().find_class(module, name)
photos, pairs = [], []
for path in open(os.path.join(folder, 'image_list.txt'), encoding='utf-8').read().splitlines():
    name = os.path.basename(path)
    data = np.load(os.path.join(folder, 'features', name + '.features.npz'), allow_pickle=False)
    assert '_from_file_v%d' % data['OPENSFM_FEATURES_VERSION'] == '_from_file_v3'
    assert all(len(data[key]) == 0 for key in ('segmentations', 'instances', 'segmentation_labels'))
    points, descriptors, colors = data['points'], data['descriptors'], data['colors']
    assert points.dtype == descriptors.dtype == np.float32 and colors.dtype == np.uint8
    assert points.shape[1] == 4 and colors.shape == (len(points), 3) and descriptors.shape == (len(points), 128)
    photos.append([name, points.astype(float).tolist(), descriptors.astype(float).tolist(), colors[:1].tolist()])
    with open(os.path.join(folder, 'matches', name + '_matches.pkl.gz'), 'rb') as file:
        matches = Unpickler(io.BytesIO(gzip.decompress(file.read()))).load()
    for other, found in matches.items():
        assert found.dtype == np.dtype(np.int64) and found.ndim == 2 and found.shape[1] == 2
        assert found[:, [1, 0]].shape == found.shape and found.flags['C_CONTIGUOUS']
        pairs.append([name, other, found.tolist()])
print(json.dumps([photos, pairs]))
`;

/** Writes what OpenSfM does, as Python writes it. */
const writeScript = `
import gzip, json, os, pickle, sys, numpy as np
folder, protocol = sys.argv[1], int(sys.argv[2])
for name, matches in {
    'a b.jpg': {
        'дом 1.jpg': np.array([(1, 2), (3, 70000)], dtype=int),
        'IMG_1.jpg': np.array([(5, 6), (7, 8), (9, 10)], dtype=int)[:, [1, 0]],
        'IMG.2.JPG': np.array([]),
        'elsewhere.jpg': np.array([(0, 0)]),
    },
    'IMG.2.JPG': {'дом 1.jpg': np.array([(11, 12)], dtype=np.int32), 'IMG_1.jpg': np.array([], dtype=int).reshape(0, 2)},
    'IMG_1.jpg': {},
}.items():
    with gzip.open(os.path.join(folder, 'matches', name + '_matches.pkl.gz'), 'wb') as file:
        pickle.dump(matches, file, protocol=protocol)
for name in ('дом 1.jpg', '写真.png', 'z.jpg'):
    os.remove(os.path.join(folder, 'matches', name + '_matches.pkl.gz'))
np.savez_compressed(
    os.path.join(folder, 'features', 'a b.jpg.features.npz'),
    points=np.array([[0, 0.25, 0.01, 90], [-0.5, 0, 0.02, 180]], dtype=np.float32),
    descriptors=np.array([[3, 4] * 64, [1, 0] * 64], dtype=np.uint8),
    colors=np.zeros((2, 3)), segmentations=[], instances=[], segmentation_labels=[], OPENSFM_FEATURES_VERSION=3)
print('null')
`;

describe.skipIf(pythons.length === 0)('OpenSfM files for Python', () => {
  it.each(pythons)('with NumPy %s are what the set says, in its normalised coordinates', async (_, python) => {
    const set = smallSet();
    const colours = async (photo: number) => new Uint8Array(3 * (await set.features(photo)).count).fill(photo);
    await writeOpenSfm(folder, set, { photoFolder: place, colours });
    const found = runPython(python, readScript, folder);
    const [photos, pairs] = found as [[string, number[][], number[][], number[][]][], [string, string, number[][]][]];
    const names = awkwardNames.map((name) => name.split('/').at(-1));
    expect(photos.map(([name]) => name)).toEqual(names);
    for (const [i, [, points, described, colors]] of photos.entries()) {
      const { width, height } = set.photos[i];
      const side = Math.max(width, height);
      const { x, y, size, angle, descriptors } = await set.features(i);
      const expected = Array.from(x, (_, k) => [
        (x[k] + 0.5 - width / 2) / side,
        (y[k] + 0.5 - height / 2) / side,
        size[k] / side,
        (angle[k] * 180) / Math.PI,
      ]);
      expect(largestDifference(points.flat(), expected.flat())).toBeLessThan(1e-4);
      expect(
        largestDifference(
          points.map(([u]) => u),
          expected.map(([u]) => u),
        ),
      ).toBeLessThan(1e-7);
      expect(largestDifference(described.flat(), descriptors)).toBe(0);
      expect(colors).toEqual(x.length > 0 ? [[i, i, i]] : []);
    }
    const given = await verifiedMatches(set);
    expect(pairs.map(([a, b, matches]) => [a, b, matches.flat()])).toEqual(
      given.map(({ a, b, matches }) => [names[a], names[b], matches]),
    );
  });

  it.each(pythons.flatMap(([version, python]) => [3, 4].map((protocol) => [version, protocol, python] as const)))(
    'are read as NumPy %s writes them, in protocol %i of pickle',
    async (_, protocol, python) => {
      await write(smallSet());
      runPython(python, writeScript, folder, String(protocol));
      const set = await readOpenSfm(folder);
      expect(await allMatches(set)).toEqual([
        { a: 0, b: 1, matches: [1, 2, 3, 70000] },
        { a: 0, b: 2, matches: [6, 5, 8, 7, 10, 9] },
        { a: 1, b: 3, matches: [12, 11] },
      ]);
      const { x, y, size, angle, descriptors } = await set.features(0);
      const near = (column: Float32Array, values: number[]) =>
        expect(largestDifference(column, values)).toBeLessThan(1e-5);
      near(x, [399.5, -0.5]);
      near(y, [499.5, 299.5]);
      near(size, [8, 16]);
      near(angle, [Math.PI / 2, Math.PI]);
      near(descriptors.subarray(0, 2), [0.075, 0.1]);
    },
  );

  it.each(pythons)('of NumPy %s are never run', async (_, python) => {
    await write(smallSet());
    const trap = join(place, 'sprung');
    const script = `
import gzip, os, pickle, sys
class Trap:
    def __reduce__(self):
        return (open, (sys.argv[2], 'w'))
with gzip.open(sys.argv[1], 'wb') as file:
    pickle.dump({'IMG_1.jpg': Trap()}, file)
print('null')`;
    runPython(python, script, join(folder, 'matches', 'a b.jpg_matches.pkl.gz'), trap);
    await expect(readOpenSfm(folder).then(allMatches)).rejects.toThrow(
      /calls (_?io|builtins)\.open, which is never run/,
    );
    await expect(readFile(trap)).rejects.toThrow('ENOENT');
  });
});

describe('readOpenSfm', () => {
  const complaint = async (read: (set: SfmSet) => Promise<unknown>): Promise<string> => {
    const error: unknown = await readOpenSfm(folder)
      .then(read)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  };

  it('refuses matches however they are damaged', async () => {
    await write(smallSet({ names: ['a.jpg', 'b.jpg', 'c.jpg'] }));
    const file = join(folder, 'matches/a.jpg_matches.pkl.gz');
    const whole = gunzipSync(await readFile(file));
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file, gzipSync(whole.subarray(0, length)));
      expect(await complaint(allMatches)).toContain('a.jpg_matches.pkl.gz: ends too early');
    }
    for (let at = 0; at < whole.length; at++) {
      const changed = Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ 0x55 : byte));
      await writeFile(file, gzipSync(changed));
      // Most changes are noticed; none is more than a DataError.
      await readOpenSfm(folder)
        .then(async (set) => {
          for await (const pair of set.pairs()) expect(pair.matches.length % 2).toBe(0);
        })
        .catch((error: unknown) => expect(error).toBeInstanceOf(DataError));
    }
    await writeFile(file, 'no gzip');
    expect(await complaint(allMatches)).toMatch(/a\.jpg_matches\.pkl\.gz cannot be unpacked/);
  });

  const bad = Uint8Array.of(1, 2, 3);
  const points = writeNpy({ shape: [2, 4], values: new Float32Array(8) });
  const described = writeNpy({ shape: [2, 3], values: new Float32Array(6) });
  const large = Uint8Array.from(points, (byte, i) => (i === points.indexOf('2'.charCodeAt(0), 55) ? 57 : byte));
  it.each([
    ['that are no zip file', bad, /is not a zip file/],
    ['without points', zipSync({ 'descriptors.npy': described }), /points is missing/],
    [
      'that are no array',
      zipSync({ 'points.npy': bad, 'descriptors.npy': described }),
      /points: is not an array of NumPy/,
    ],
    [
      'of too few bytes',
      zipSync({ 'points.npy': large, 'descriptors.npy': described }),
      /points: expected 36 numbers of type f4/,
    ],
    [
      'that differ in number',
      zipSync({
        'points.npy': writeNpy({ shape: [3, 4], values: new Float32Array(12) }),
        'descriptors.npy': described,
      }),
      /found arrays 3 × 4 and 2 × 3/,
    ],
    [
      'in one row',
      zipSync({ 'points.npy': points, 'descriptors.npy': writeNpy({ shape: [2], values: new Float32Array(2) }) }),
      /found arrays 2 × 4 and 2;/,
    ],
  ])('refuses features %s', async (_, bytes, message) => {
    await write(smallSet());
    await writeFile(join(folder, 'features/IMG_1.jpg.features.npz'), bytes);
    const said = await complaint((set) => set.features(2));
    expect(said).toContain('IMG_1.jpg.features.npz');
    expect(said).toMatch(message);
  });

  it.each([
    ['camera_models.json', 'is not JSON', () => '{'],
    [
      'camera_models.json',
      'is of type spherical',
      (content: string) => content.replace('"perspective"', '"spherical"'),
    ],
    ['exif/a b.jpg.exif', 'is not in camera_models.json', (content: string) => content.replace('camera 1', 'camera 7')],
    ['exif/a b.jpg.exif', 'width', (content: string) => content.replace('800', '-1')],
    [
      'image_list.txt',
      'nowhere.jpg.exif: no such file',
      (content: string) => content.replace('a b.jpg', 'nowhere.jpg'),
    ],
  ])('refuses a damaged %s: %s', async (name, message, change: (content: string) => string) => {
    await write(smallSet());
    await writeFile(join(folder, name), change(await readFile(join(folder, name), 'utf8')));
    expect(await complaint(async () => null)).toContain(message);
  });

  it('reads a data set without a list of photos, with the cameras that OpenSfM chose', async () => {
    await write(smallSet({ names: ['b.jpg', 'a.jpg', 'c.jpg'] }));
    await rm(join(folder, 'image_list.txt'));
    const set = await readOpenSfm(folder);
    expect(set.photos.map(({ name }) => name)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    const models: readonly string[] = set.cameras.map(({ model }: SfmCamera) => model);
    expect(models).toEqual(['SIMPLE_PINHOLE', 'PINHOLE', 'SIMPLE_RADIAL', 'RADIAL', 'OPENCV']);
    await expect(readOpenSfm(place)).rejects.toThrow(/is no data set of OpenSfM/);
  });
});
