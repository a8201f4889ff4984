import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchPairs, openWorkspace, type ProgressEvent, sfm } from '../../../pipeline/index.ts';
import { readHomographySequences } from '../../../src/dataset/homography-sequences.ts';
import { invert3, type Matrix3, multiply3, transformPoint, unitMatrix3 } from '../../../src/math/matrix3.ts';
import type { SfmFeatures, SfmPair } from '../../../src/scene/sfm-set.ts';
import { copyPhotos, fast, normal, plane, rowsOf } from './sfm-runs.ts';

let folder: string;
let features: SfmFeatures[];
let pairs: SfmPair[];
/** px of each photo from px of the first. */
let fromFirst: Matrix3[];

let options: typeof normal & { masks: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera tracks-'));
  options = { ...normal, masks: join(folder, 'masks') };
  const photos = join(folder, 'photos');
  await copyPhotos(photos, plane, { '1.jpg': '1.jpg', '2.jpg': '2.jpg', '3.jpg': '3.jpg' });
  // Turned by EXIF: places are those of the file's pixels, which stay.
  await sharp(join(plane, '2.jpg'))
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 95 })
    .toFile(join(photos, '2.jpg'));
  await mkdir(options.masks);
  const mask = { width: 80, height: 60, channels: 3, background: '#fff' } as const;
  const black = { input: { create: { ...mask, width: 30, background: '#000' } }, left: 0, top: 0 };
  await sharp({ create: mask }).composite([black]).png().toFile(join(options.masks, '3.png'));
  const workspace = await openWorkspace(photos, { ...options, workspace: join(folder, 'work') });
  try {
    const set = await (await matchPairs(workspace)).set();
    features = await Promise.all([0, 1, 2].map((photo) => set.features(photo)));
    pairs = [];
    for await (const pair of set.pairs()) pairs.push(pair);
  } finally {
    await workspace.close();
  }
  const [{ others }] = await readHomographySequences(join(plane, '..'), 'plane-moderate');
  fromFirst = [unitMatrix3([1, 0, 0, 0, 1, 0, 0, 0, 1]), ...others.map(({ imageFromImage1 }) => imageFromImage1)];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('places that were found where no keypoint was detected', () => {
  it('come after those that were, with a size, an angle and a descriptor', () => {
    for (const { count, detected, x, size, response, descriptors, descriptorLength } of features) {
      expect(detected).toBeGreaterThan(200);
      expect(count).toBeGreaterThan(detected! + 4);
      expect([x.length, size.length, descriptors.length]).toEqual([count, count, count * descriptorLength]);
      for (let p = detected!; p < count; p++) {
        expect(size[p]).toBeGreaterThan(0);
        expect(response[p]).toBe(0);
        const row = descriptors.subarray(p * descriptorLength, (p + 1) * descriptorLength);
        expect(Math.hypot(...row)).toBeCloseTo(1, 4);
      }
    }
  });

  it('are not where a mask is black', () => {
    expect(Math.min(...features[2].x)).toBeGreaterThan(297);
    expect(Math.min(...features[1].x)).toBeLessThan(200);
  });

  it('are matched where the truth has them, and twice nowhere', () => {
    const errors: number[] = [];
    for (const { a, b, matches } of pairs) {
      const bFromA = multiply3(fromFirst[b], invert3(fromFirst[a])!);
      const [ofA, ofB] = [0, 1].map((side) => matches.filter((_, k) => k % 2 === side));
      expect(new Set(ofA).size).toBe(ofA.length);
      expect(new Set(ofB).size).toBe(ofB.length);
      ofA.forEach((p, m) => {
        const q = ofB[m];
        if (p < features[a].detected! && q < features[b].detected!) return;
        const [x, y] = transformPoint(bFromA, features[a].x[p], features[a].y[p]);
        errors.push(Math.hypot(x - features[b].x[q], y - features[b].y[q]));
      });
    }
    expect(errors.length).toBeGreaterThan(60);
    expect(errors.toSorted((p, q) => p - q)[errors.length >> 1]).toBeLessThan(0.3);
    expect(errors.filter((error) => error < 2).length / errors.length).toBeGreaterThan(0.95);
  });
});

it('an abort while they are looked for ends the run, and leaves nothing half-done', async () => {
  const [photos, workspace] = [join(folder, 'photos'), join(folder, 'aborted work')];
  const [colmap, whole] = [join(folder, 'aborted.db'), join(folder, 'undisturbed.db')];
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = (event: ProgressEvent): void => {
    if (event.type === 'progress' && event.stage === 'complete' && event.done === 1) controller.abort(reason);
  };
  const run = { ...options, workspace, colmap };
  await expect(sfm(photos, { ...run, signal: controller.signal, onProgress })).rejects.toBe(reason);
  await expect(stat(colmap)).rejects.toThrow('ENOENT');
  await sfm(photos, run);
  await sfm(photos, { ...options, workspace: join(folder, 'work'), colmap: whole });
  expect(rowsOf(colmap)).toEqual(rowsOf(whole));
});

it('are found again where the workspace was damaged, and in no photo of a quick run', async () => {
  const [photos, workspace] = [join(folder, 'photos'), join(folder, 'work')];
  const [whole, again, quick] = ['whole.db', 'again.db', 'quick.db'].map((name) => join(folder, name));
  await sfm(photos, { ...options, workspace, colmap: whole });
  const entries = await readdir(join(workspace, 'transferred'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files).toHaveLength(3);
  for (const file of files) await writeFile(file, 'rubbish');
  await sfm(photos, { ...options, workspace, colmap: again });
  expect(rowsOf(again)).toEqual(rowsOf(whole));
  await sfm(photos, { ...fast, workspace: join(folder, 'quick work'), colmap: quick });
  expect(await readdir(join(folder, 'quick work'))).not.toContain('transferred');
});
