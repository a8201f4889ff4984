import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSfmDataset } from '../../pipeline/dataset-sfm.ts';
import { datasetSfmOptions } from '../../pipeline/dataset-sfm-options.ts';
import { resolveOptions } from '../../pipeline/options.ts';
import { readPatchSet } from '../../src/dataset/read-patch-set.ts';
import type { SfmModel } from '../../src/dataset/sfm/model.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { detectKeypoints } from '../../src/features/detect.ts';
import { loadOpenCv } from '../../src/features/opencv.ts';
import type { Matrix3 } from '../../src/math/matrix3.ts';
import { reconstruct, renderedScene } from '../src/dataset/sfm/rendered-scene.ts';

const photos = join(import.meta.dirname, '../../fixtures/scenes/square/images');
const scene = renderedScene('square');

let parent: string;
let modelDir: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tessera-sfm-'));
  modelDir = join(parent, 'model');
  await mkdir(modelDir);
  const opencv = loadOpenCv();
  const seeds = (await scene.images()).flatMap((image, photo) => {
    const { x, y } = detectKeypoints(() => opencv, image, { detector: 'akaze', maxKeypoints: 300 });
    return Array.from(x, (_, i) => ({ photo, x: x[i], y: y[i] }));
  });
  await writeModel(modelDir, reconstruct(scene, seeds, 0.4));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** Quaternion (w, x, y, z) of a rotation by less than a half turn. */
function quaternion(R: Matrix3): number[] {
  const w = Math.sqrt(1 + R[0] + R[4] + R[8]) / 2;
  return [w, (R[7] - R[5]) / (4 * w), (R[2] - R[6]) / (4 * w), (R[3] - R[1]) / (4 * w)];
}

/** As COLMAP writes text; the centre of its first pixel is (0.5, 0.5). */
async function writeModel(folder: string, { photos: posed, points }: SfmModel): Promise<void> {
  const cameras = posed.map(({ camera: { width, height, fx, fy, cx, cy, k1, k2 } }, i) =>
    [i + 1, 'OPENCV', width, height, fx, fy, cx + 0.5, cy + 0.5, k1, k2, 0, 0].join(' '),
  );
  const images = posed.flatMap(({ name, R, t, observations: { x, y, point } }, i) => [
    [i + 1, ...quaternion(R), ...t, i + 1, name].join(' '),
    Array.from(x, (_, j) => `${x[j] + 0.5} ${y[j] + 0.5} ${point[j] + 1}`).join(' '),
  ]);
  const places = Array.from({ length: points.count }, (_, i) =>
    [i + 1, ...points.position.subarray(3 * i, 3 * i + 3), 0, 0, 0, 0.5].join(' '),
  );
  for (const [name, lines] of Object.entries({ cameras, images, points3D: places })) {
    await writeFile(join(folder, `${name}.txt`), lines.map((line) => `${line}\n`).join(''));
  }
}

const options = (output: string, more: Record<string, unknown> = {}) =>
  resolveOptions(datasetSfmOptions, {
    output: join(parent, output),
    modelDir,
    maxKeypoints: 800,
    threads: 2,
    pairs: 100,
    ...more,
  });

describe('tessera dataset sfm', () => {
  it('makes pairs that show one place, as the exact geometry of the scene says', async () => {
    const made = await makeSfmDataset(photos, options('set'));
    const set = await readPatchSet(join(parent, 'set'));
    expect(made).toMatchObject({ patches: set.count, photos: scene.names.length, skipped: [] });
    expect(set.photoNames).toEqual(scene.names.map((name) => `images/${name}`));
    const patchesOf = new Map<number, number[]>();
    set.point.forEach((point, patch) => patchesOf.set(point, [...(patchesOf.get(point) ?? []), patch]));
    const errors = [...patchesOf.values()].flatMap((patches) =>
      patches.slice(1).map((patch) => {
        const [a, b] = [patches[0], patch];
        expect(set.photo[a]).not.toBe(set.photo[b]);
        // The fixtures are smaller than the size at which photos are searched.
        const transferred = (from: number, to: number): number => {
          const place = scene.transfer(set.photo[from], set.x![from], set.y![from], set.photo[to]);
          return place === null ? Infinity : Math.hypot(place[0] - set.x![to], place[1] - set.y![to]);
        };
        return Math.min(transferred(a, b), transferred(b, a));
      }),
    );
    errors.sort((p, q) => p - q);
    expect(errors.length).toBeGreaterThan(300);
    expect(errors[errors.length >> 1]).toBeLessThan(1);
    expect(errors.filter((error) => error > 4).length / errors.length).toBeLessThan(0.02);
    expect(made.sharedPoints).toBeGreaterThan(200);
    // Of the patches about half are of places seen once: a shortlist meets those too.
    expect(set.count).toBeGreaterThan(1.5 * (errors.length + made.sharedPoints));
  });

  it('writes the same bytes with one thread as with two', async () => {
    await makeSfmDataset(photos, options('one', { threads: 1 }));
    await makeSfmDataset(photos, options('two'));
    for (const name of await readdir(join(parent, 'one'))) {
      const [one, two] = await Promise.all(['one', 'two'].map((set) => readFile(join(parent, set, name))));
      expect(one.equals(two), name).toBe(true);
    }
  });

  it('names a photo that is not what was reconstructed and goes on without it', async () => {
    const folder = join(parent, 'some');
    await mkdir(folder);
    for (const name of scene.names) await writeFile(join(folder, name), await readFile(join(photos, name)));
    await writeFile(join(folder, scene.names[1]), 'no photo');
    await rm(join(folder, scene.names[2]));
    const { skipped, photos: used } = await makeSfmDataset(folder, options('rest'));
    expect(skipped.length).toBe(2);
    expect(skipped.some((note) => note.includes(scene.names[1]))).toBe(true);
    expect(skipped.some((note) => note.includes(scene.names[2]) && /no such file/.test(note))).toBe(true);
    expect(used).toBe(scene.names.length - 2);
  });

  it('says what it needs', async () => {
    await expect(makeSfmDataset(photos, options('none', { modelDir: undefined }))).rejects.toThrow(UsageError);
    await expect(makeSfmDataset(photos, options('none', { modelDir: photos }))).rejects.toThrow(DataError);
    await expect(makeSfmDataset(photos, options('none', { detectors: 'akaze,sift' }))).rejects.toThrow(/"sift"/);
    await expect(makeSfmDataset(photos, options('model'))).rejects.toThrow(/cameras.txt|images.txt|points3D.txt/);
  });
});
