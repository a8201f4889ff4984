import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PanoramaTruth } from '../../fixtures/truth.ts';
import { stitch } from '../../pipeline/index.ts';
import type { ReportPanorama, ReportRotationImage } from '../../src/export/panorama-report.ts';
import { type Matrix3, multiply3, transpose3 } from '../../src/math/matrix3.ts';
import { angleBetweenRotations } from '../../src/math/rotation.ts';

/** The main job on photo sets whose cameras are known exactly. */
const fixtures = fileURLToPath(new URL('../../fixtures/panoramas/', import.meta.url));
const options = { device: 'cpu', cache: false, scale: 0.3 } as const;

describe('stitching the rendered panoramas', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-fixtures-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (set: string) => {
    const truth = JSON.parse(await readFile(join(fixtures, set, 'truth.json'), 'utf8')) as PanoramaTruth;
    const { report } = await stitch(join(fixtures, set), { ...options, output: join(folder, `${set}.jpg`) });
    return { truth, report };
  };

  it.each([
    ['row', 5],
    ['two-rows', 8],
    ['full-circle', 11],
  ])('%s: all %i photos, rotations within 0.1°, focal lengths within 1 %%', async (set, count) => {
    const { truth, report } = await run(set);
    expect(report.panoramas).toHaveLength(1);
    const [panorama] = report.panoramas;
    expect(panorama.images).toHaveLength(count);
    expect(report.rejected).toEqual([]);
    expectTrueCameras(panorama, truth);
    const picture = await sharp(join(folder, `${set}.jpg`)).metadata();
    expect([picture.width, picture.height]).toEqual([panorama.width, panorama.height]);
    // A closed circle is exactly as wide as 2π of its scale.
    const share = panorama.width / (2 * Math.PI * panorama.canvas.scale);
    if (set === 'full-circle') expect(share).toBeCloseTo(1, 3);
    else expect(share).toBeLessThan(0.95);
  });

  it('mixed: two panoramas, and the stranger is rejected by name', async () => {
    const { truth, report } = await run('mixed');
    expect(report.panoramas).toHaveLength(2);
    for (const [i, panorama] of report.panoramas.entries()) {
      expect(basename(panorama.output)).toBe(`mixed-${i + 1}.jpg`);
      const groups = panorama.images.map(({ path }) => photoOf(truth, path).group);
      expect(new Set(groups).size).toBe(1);
      expect(groups).toHaveLength(3);
      expectTrueCameras(panorama, truth);
    }
    expect(report.rejected.map(({ path, code }) => [photoOf(truth, path).group, code])).toEqual([[null, 'no-overlap']]);
  });

  it('gives the same cameras again, to the last digit', async () => {
    const first = await run('row');
    const second = await run('row');
    expect(second.report.panoramas).toEqual(first.report.panoramas);
  });
});

function photoOf(truth: PanoramaTruth, path: string): PanoramaTruth['photos'][number] {
  return truth.photos.find((photo) => photo.path === basename(path))!;
}

function expectTrueCameras(panorama: ReportPanorama, truth: PanoramaTruth): void {
  const images = panorama.images as ReportRotationImage[];
  const matrix = (rows: readonly (readonly number[])[]): Matrix3 => rows.flat() as unknown as Matrix3;
  for (const { path, K } of images) {
    expect(Math.abs(K[0][0] / photoOf(truth, path).K[0][0] - 1), path).toBeLessThan(0.01);
  }
  for (const { a, b } of panorama.pairs) {
    const [imageA, imageB] = [a, b].map((path) => images.find((image) => image.path === path)!);
    const found = multiply3(matrix(imageB.R), transpose3(matrix(imageA.R)));
    const real = multiply3(matrix(photoOf(truth, b).R), transpose3(matrix(photoOf(truth, a).R)));
    expect((angleBetweenRotations(found, real) * 180) / Math.PI, `${a} ${b}`).toBeLessThan(0.1);
  }
}
