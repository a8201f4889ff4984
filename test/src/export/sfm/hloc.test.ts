import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRotationScene } from '../../../../fixtures/synthetic/rotation-scene.ts';
import { DataError, UsageError } from '../../../../src/errors.ts';
import { writeHdf5 } from '../../../../src/export/sfm/hdf5-file.ts';
import { writeHloc } from '../../../../src/export/sfm/hloc.ts';
import { readHloc } from '../../../../src/export/sfm/read-hloc.ts';
import type { SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { inlierPoints, rotationSet } from './rotation-set.ts';

const names = ['left wing/a-1.jpg', 'left wing/ü 2.jpg', 'right/日本.jpg', 'z.jpg'];
const cameras = randomRotationScene(4, { photos: 4 });
const set = rotationSet(cameras, { names });

let folder: string;
let output: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-hloc-'));
  output = join(folder, 'an hloc');
});
afterEach(() => rm(folder, { recursive: true }));

async function pairsOf({ pairs }: SfmSet): Promise<SfmPair[]> {
  const list: SfmPair[] = [];
  for await (const pair of pairs()) list.push(pair);
  return list;
}

describe('writeHloc', () => {
  test('is read back as it was written', async () => {
    await writeHloc(output, set);
    const read = await readHloc(output);

    expect(read.photos.map(({ name, width, height }) => ({ name, width, height }))).toEqual(
      set.photos.map(({ name, width, height }) => ({ name, width, height })),
    );
    expect(read.cameras).toHaveLength(1);
    for (const i of names.keys()) {
      const [{ x, y, descriptors, response }, again] = [await set.features(i), await read.features(i)];
      expect(again).toMatchObject({ x, y, descriptors, response });
    }
    const [pairs, again] = [await pairsOf(set), await pairsOf(read)];
    expect(again).toHaveLength(pairs.length);
    for (const [n, { a, b, matches, probability, inliers }] of pairs.entries()) {
      expect(again[n]).toMatchObject({ a, b, probability: probability.slice(0, inliers.length) });
      expect(again[n].matches).toEqual(matches.slice(0, 2 * inliers.length));
    }
  });

  test('writes all matches where asked, also of pairs without geometry', async () => {
    const [first, ...others] = await pairsOf(set);
    const doubtful = { ...first, geometry: null, inliers: new Uint32Array(0) };

    const withDoubt = { ...set, pairs: async function* () { yield* [doubtful, ...others]; } }; // prettier-ignore
    await writeHloc(output, withDoubt);
    await writeHloc(join(folder, 'all'), withDoubt, { matches: 'all' });

    expect(await pairsOf(await readHloc(output))).toHaveLength(others.length);
    const all = await pairsOf(await readHloc(join(folder, 'all')));
    expect(all.map(({ matches }) => matches)).toEqual([first, ...others].map(({ matches }) => matches));
  });

  test('writes photos without keypoints or descriptors', async () => {
    const none = new Float32Array(0);
    const empty = { count: 0, x: none, y: none, size: none, angle: none, response: none, descriptors: none, descriptorLength: 0 }; // prettier-ignore
    const photos = [{ name: 'blank.jpg', width: 640, height: 480, camera: 0 }];

    await writeHloc(output, { ...set, photos, features: async () => empty, pairs: async function* () {} });

    const read = await readHloc(output);
    expect(await read.features(0)).toEqual(empty);
    expect(await pairsOf(read)).toEqual([]);
  });

  test('warns of names that hloc cannot read, refuses names that it takes for the same', async () => {
    expect(await writeHloc(output, set)).toEqual([expect.stringContaining('left wing/a-1.jpg')]);
    const plain = rotationSet(cameras, { names: ['1.jpg', '2.jpg', '3.jpg', '4.jpg'] });
    expect(await writeHloc(join(folder, 'plain'), plain)).toEqual([]);

    const alike = rotationSet(cameras, { names: ['a/b.jpg', 'a-b.jpg', 'c.jpg', 'd.jpg'] });
    await expect(writeHloc(join(folder, 'alike'), alike)).rejects.toThrow(/a\/b\.jpg and a-b\.jpg.*Rename/);
  });

  test('leaves nothing where it fails halfway', async () => {
    const failing = { ...set, features: () => Promise.reject(new DataError('cannot be read again')) };
    await expect(writeHloc(output, failing)).rejects.toThrow('cannot be read again');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('readHloc', () => {
  test("reads hloc's own types, names of files and older or swapped groups", async () => {
    const photos = ['x/1.jpg', 'x/2_b.jpg'];
    await mkdir(output);
    await writeHdf5(join(output, 'feats-sift.h5'), '', async (write) => {
      for (const name of photos) {
        write(`${name}/keypoints`, Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
        write(`${name}/image_size`, Int32Array.of(640, 480), [2]);
      }
      return Promise.resolve();
    });
    const matches = join(output, 'feats-sift_matches-NN_pairs.h5');
    const groups = ['x-2_b.jpg/x-1.jpg', 'x-2_b.jpg_x-1.jpg'];
    for (const group of groups) {
      await writeHdf5(matches, '', (write) => {
        write(`${group}/matches0`, Int32Array.of(2, -1, 0), [3]);
        write(`${group}/matching_scores0`, Float32Array.of(0.25, 0, 0.75), [3]);
        return Promise.resolve();
      });
      const [pair] = await pairsOf(await readHloc(output));
      // Photo 1 is the file's second: keypoint 0 of it and 2 of the other, the better one, come first.
      expect(pair).toMatchObject({ a: 0, b: 1, matches: Uint32Array.of(0, 2, 2, 0), probability: Float32Array.of(0.75, 0.25) }); // prettier-ignore
    }
  });

  test('says which file is missing, damaged, or does not belong', async () => {
    await expect(readHloc(join(folder, 'nowhere'))).rejects.toThrow(UsageError);
    await expect(readHloc(folder)).rejects.toThrow(/features\.h5.*no such file/);
    await writeHloc(output, set);
    await writeHloc(join(folder, 'other'), rotationSet(cameras, { names, matches: 50 }));
    await rename(join(folder, 'other', 'matches.h5'), join(output, 'matches.h5'));
    await expect(pairsOf(await readHloc(output))).rejects.toThrow(/matches\.h5: left wing-a-1\.jpg\/.*made together/);
    await truncate(join(output, 'features.h5'), 3000);
    await expect(readHloc(output)).rejects.toThrow(DataError);
    await writeFile(join(output, 'features.h5'), 'no HDF5');
    await expect(readHloc(output)).rejects.toThrow(/features\.h5: is not a readable HDF5 file/);
  });
});

/** Debian's h5py belongs to the system's Python, whatever else is on the path. */
const python = '/usr/bin/python3';
const hasH5py = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import h5py'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('SKIPPED: hloc files as h5py reads and writes them (apt-get install python3-h5py)');
    return false;
  }
})();

describe.skipIf(!hasH5py)('h5py', () => {
  test('finds the matches as hloc looks them up', async () => {
    await writeHloc(output, set);
    // What hloc does with a pair of names: group, rows that are not −1, COLMAP's origin.
    const script = `
import h5py, json, sys, numpy as np
names = json.loads(sys.argv[2]); f = h5py.File(sys.argv[1] + '/features.h5', 'r'); m = h5py.File(sys.argv[1] + '/matches.h5', 'r')
out = {'pairs': [], 'types': {}}
for i, a in enumerate(names):
    g = f[a]; n = len(g['keypoints'])
    assert g['keypoints'].shape == (n, 2) and g['scores'].shape == (n,) and g['descriptors'].shape == (8, n), a
    assert g['image_size'][:].tolist() == [800, 600]
    out['types'] = {k: str(v.dtype) for k, v in g.items()}
    for b in names[i + 1:]:
        key = '/'.join((a.replace('/', '-'), b.replace('/', '-')))
        if key not in m: continue
        table = m[key]['matches0'][:]; rows = np.where(table != -1)[0]
        assert m[key]['matching_scores0'][:][rows].min() > 0.5 and str(table.dtype) == 'int32'
        out['pairs'].append(np.hstack([f[a]['keypoints'][:][rows], f[b]['keypoints'][:][table[rows]]]).ravel().tolist())
print(json.dumps(out))`;
    const answer = execFileSync(python, ['-c', script, output, JSON.stringify(names)], { encoding: 'utf8' });
    const { pairs, types } = JSON.parse(answer) as { pairs: number[][]; types: Record<string, string> };

    expect(types).toEqual({ keypoints: 'float32', descriptors: 'float32', scores: 'float32', image_size: 'int32' });
    const expected = await pairsOf(set);
    expect(pairs).toHaveLength(expected.length);
    for (const [n, pair] of expected.entries()) expect(pairs[n]).toEqual([...(await inlierPoints(set, pair))]);
    expect((await readFile(join(output, 'pairs.txt'), 'utf8')).split('\n')[0]).toBe(`${names[0]} ${names[1]}`);
  });

  test("16-bit files as hloc's extractors write them are read", async () => {
    const script = `
import h5py, sys, numpy as np
f = h5py.File(sys.argv[1] + '/features.h5', 'a', libver='latest'); m = h5py.File(sys.argv[1] + '/matches.h5', 'a', libver='latest')
for i in (1, 2):
    g = f.create_group('db/%d.jpg' % i)
    g.create_dataset('keypoints', data=np.array([[1.5, -0.25], [1000.5, 3e-6], [7, 8]], 'f2'))
    g.create_dataset('scores', data=np.array([0.5, 1, 0.25], 'f2')); g.create_dataset('image_size', data=np.array([2000, 1000]))
    g.create_dataset('descriptors', data=np.arange(6).reshape(2, 3).astype('f2'))
g = m.create_group('db-1.jpg/db-2.jpg')
g.create_dataset('matches0', data=np.array([2, -1, 1], 'i2')); g.create_dataset('matching_scores0', data=np.array([0.5, 0, 0.75], 'f2'))`;
    await mkdir(output);
    execFileSync(python, ['-c', script, output]);

    const read = await readHloc(output);
    const { x, y, descriptors } = await read.features(1);
    expect([...x]).toEqual([1.5, 1000.5, 7]);
    expect(y[0]).toBe(-0.25);
    expect(y[1]).toBeCloseTo(3e-6, 7);
    expect([...descriptors]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(read.photos[0]).toMatchObject({ width: 2000, height: 1000 });
    const [pair] = await pairsOf(read);
    expect(pair).toMatchObject({ matches: Uint32Array.of(2, 1, 0, 2), probability: Float32Array.of(0.75, 0.5) });
  });
});
