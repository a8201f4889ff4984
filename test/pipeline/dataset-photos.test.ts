import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePhotosDataset } from '../../pipeline/dataset-photos.ts';
import { datasetPhotosOptions } from '../../pipeline/dataset-photos-options.ts';
import { resolveOptions } from '../../pipeline/options.ts';
import { renderPhotoViews } from '../../pipeline/worker-photos.ts';
import type { WorkerResources } from '../../pipeline/worker-resources.ts';
import { readPatchSet } from '../../src/dataset/read-patch-set.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { loadOpenCv } from '../../src/features/opencv.ts';
import { invert3, transformPoint } from '../../src/math/matrix3.ts';

const fixture = (name: string) => join(import.meta.dirname, '../../fixtures', name);

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tessera-photos-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** A folder of small photos. */
async function photoFolder(names: readonly string[]): Promise<string> {
  const folder = join(parent, 'photos');
  await mkdir(folder, { recursive: true });
  await Promise.all(names.map((name) => copyFile(fixture(`panoramas/row/${name}`), join(folder, name))));
  return folder;
}

const options = (output: string, more: Record<string, unknown> = {}) =>
  resolveOptions(datasetPhotosOptions, {
    output: join(parent, output),
    views: 2,
    maxKeypoints: 200,
    detectMegapixels: 0.15,
    threads: 2,
    pairs: 100,
    ...more,
  });

const filesOf = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64')));
  return Object.fromEntries(names.map((name, i) => [name, files[i]]));
};

/** Normalised cross-correlation of two patches. */
function likeness(patches: Uint8Array, a: number, b: number): number {
  const [first, second] = [a, b].map((patch) => {
    const pixels = Float64Array.from(patches.subarray(patch * 4096, (patch + 1) * 4096));
    const mean = pixels.reduce((sum, value) => sum + value, 0) / 4096;
    return pixels.map((value) => value - mean);
  });
  const product = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return product(first, second) / Math.sqrt(product(first, first) * product(second, second));
}

describe('renderings of a photo', () => {
  it('share the places that the homographies say, and show them there', async () => {
    const opencv = loadOpenCv();
    const rendered = await renderPhotoViews(
      {
        path: fixture('panoramas/row/01.jpg'),
        key: 'row/01.jpg',
        seed: 4,
        maxPixels: 0.15e6,
        views: 3,
        detectors: ['akaze', 'orb'],
        maxKeypoints: 400,
      },
      { opencv: () => opencv } as WorkerResources,
    );
    if (rendered.kind === 'skipped') throw new Error(rendered.reason);
    const seen = new Map<number, { detector: string; part: number; x: number; y: number; likest: number }[]>();
    const byLikeness = { right: [] as number[], wrong: [] as number[] };
    rendered.parts.forEach((part, number) => {
      const photoFromView = invert3(part.viewFromPhoto)!;
      part.point.forEach((point, i) => {
        const [x, y] = transformPoint(photoFromView, part.keypoints.x[i], part.keypoints.y[i]);
        const sightings = seen.get(point) ?? [];
        seen.set(point, [...sightings, { detector: part.detector, part: number, x, y, likest: i }]);
      });
    });
    const shared = [...seen.values()].filter(({ length }) => length > 1);
    expect(shared.length).toBeGreaterThan(100);
    expect(seen.size).toBe(rendered.points);
    for (const [first, ...others] of shared) {
      for (const other of others) {
        expect(other.detector).toBe(first.detector);
        expect(other.part).not.toBe(first.part);
        // Within what two keypoints of the photo's scale may differ; views show it at half to full size.
        expect(Math.hypot(other.x - first.x, other.y - first.y)).toBeLessThan(16);
        const [a, b] = [rendered.parts[first.part], rendered.parts[other.part]];
        const both = new Uint8Array(2 * 4096);
        const pair = (i: number, j: number) => {
          both.set(a.patches.subarray(i * 4096, (i + 1) * 4096));
          both.set(b.patches.subarray(j * 4096, (j + 1) * 4096), 4096);
          return likeness(both, 0, 1);
        };
        byLikeness.right.push(pair(first.likest, other.likest));
        byLikeness.wrong.push(pair(first.likest, (other.likest + 7) % b.count));
      }
    }
    const { right, wrong } = byLikeness;
    expect(right.filter((value, i) => value > wrong[i]).length / right.length).toBeGreaterThan(0.92);
    expect(right.toSorted((a, b) => a - b)[right.length >> 1]).toBeGreaterThan(0.45);
  });
});

describe('tessera dataset photos', () => {
  it('writes the same bytes with one thread and with two, and others for another seed', async () => {
    const folder = await photoFolder(['01.jpg', '02.jpg', '03.jpg']);
    const made = await makePhotosDataset([folder], options('one', { threads: 1 }));
    await makePhotosDataset([folder], options('two'));
    await makePhotosDataset([folder], options('other', { seed: 1 }));
    const one = await filesOf(join(parent, 'one'));
    expect(await filesOf(join(parent, 'two'))).toEqual(one);
    expect((await filesOf(join(parent, 'other')))['patches0000.bmp']).not.toBe(one['patches0000.bmp']);
    const set = await readPatchSet(join(parent, 'one'));
    expect(made).toMatchObject({ patches: set.count, photos: 9, skipped: [] });
    expect(made.sharedPoints).toBeGreaterThan(50);
    expect(set.photoNames).toEqual(
      ['01', '01', '01', '02', '02', '02', '03', '03', '03'].map((n) => `photos/${n}.jpg`),
    );
    expect(set.patchScale).toBe(6);
    // Points join renderings of one photo only.
    const nameOf = new Map<number, string>();
    set.point.forEach((point, i) => {
      const name = set.photoNames![set.photo[i]];
      expect(nameOf.get(point) ?? name).toBe(name);
      nameOf.set(point, name);
    });
  });

  it('names a damaged photo and makes the set of the others', async () => {
    const folder = await photoFolder(['01.jpg', '02.jpg']);
    await makePhotosDataset([folder], options('whole', { threads: 1 }));
    await writeFile(join(folder, '01b.jpg'), (await readFile(join(folder, '01.jpg'))).subarray(0, 3000));
    const notes: string[] = [];
    const { skipped } = await makePhotosDataset([folder], options('rest'), undefined, (event) => {
      if (event.type === 'message') notes.push(event.text);
    });
    expect(skipped).toEqual([expect.stringContaining('01b.jpg')]);
    expect(notes).toEqual(skipped);
    const [whole, rest] = [await filesOf(join(parent, 'whole')), await filesOf(join(parent, 'rest'))];
    expect(rest['patches0000.bmp']).toBe(whole['patches0000.bmp']);
    expect(rest['set.json']).toBe(whole['set.json']);
  });

  it('splits the photos by name, whatever the seed and the other photos', async () => {
    const few = ['01.jpg', '02.jpg', '03.jpg', '04.jpg'];
    const folder = await photoFolder(few);
    const split = { holdOut: 0.5, views: 3 };
    const namesOf = async (output: string, more: Record<string, unknown>) => {
      await makePhotosDataset([folder], options(output, { ...split, ...more }));
      return [...new Set((await readPatchSet(join(parent, output))).photoNames)];
    };
    const train = await namesOf('train', { part: 'train' });
    const heldOut = await namesOf('held-out', { part: 'held-out', seed: 9 });
    expect([...train, ...heldOut].sort()).toEqual(few.map((name) => `photos/${name}`));
    expect(Math.min(train.length, heldOut.length)).toBeGreaterThan(0);
    await photoFolder(['05.jpg']);
    const more = await namesOf('more', { part: 'train' });
    expect(more.filter((name) => name !== 'photos/05.jpg')).toEqual(train);
  });

  it('leaves nothing behind when it is interrupted or finds nothing', async () => {
    const folder = await photoFolder(['01.jpg', '02.jpg', '03.jpg']);
    const interruption = new AbortController();
    const run = makePhotosDataset([folder], options('set'), interruption.signal, (event) => {
      if (event.type === 'progress') interruption.abort(new Error('enough'));
    });
    await expect(run).rejects.toThrow('enough');
    for (const name of await readdir(folder)) await writeFile(join(folder, name), 'no photo');
    await expect(makePhotosDataset([folder], options('set'))).rejects.toThrow(DataError);
    await expect(makePhotosDataset([folder], options('photos'))).rejects.toThrow(UsageError);
    expect(await readdir(parent)).toEqual(['photos']);
  });
});
