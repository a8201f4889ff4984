import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Camera } from '../../fixtures/synthetic/camera.ts';
import { matchesOfSet, type OutsideMatches, readOutsideMatches } from '../../pipeline/outside-matches.ts';
import { stitchMatches } from '../../pipeline/stitch-matches.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { writeColmapDatabase } from '../../src/export/sfm/colmap-database.ts';
import { writeHloc } from '../../src/export/sfm/hloc.ts';
import { writeHuginProject } from '../../src/export/sfm/hugin.ts';
import { rotationSet } from '../src/export/sfm/rotation-set.ts';
import { row, rowCameras, worstRotation } from './row-cameras.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'tessera-outside-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Worst angle between the true and the found rotation of any two photos, degrees. */
async function stitchedError(outside: OutsideMatches, cameras: readonly Camera[]): Promise<number> {
  const { report, failure } = await stitchMatches(outside.photos, outside.matches, {
    output: join(folder, 'panorama.jpg'),
    maxWidth: 400,
    device: 'cpu',
    cache: false,
  });
  expect(failure).toBeNull();
  expect(report.panoramas[0].images.map(({ path }) => path)).toEqual(outside.photos.map(({ path }) => path));
  return worstRotation(report, cameras);
}

/** Degrees: what Tessera's own matches give (0.138 at quality normal). */
const ownError = 0.14;

describe("another program's matches are stitched with the true cameras", () => {
  test('of hloc', async () => {
    const { names, cameras } = await rowCameras();
    await writeHloc(join(folder, 'hloc'), rotationSet(cameras, { names, noisePx: 0.1, matches: 150 }));

    const outside = await readOutsideMatches(row, join(folder, 'hloc'));
    expect(outside.missing).toEqual([]);
    expect(await stitchedError(outside, cameras)).toBeLessThan(ownError);
  });

  test('of a COLMAP database', async () => {
    const { names, cameras } = await rowCameras();
    const database = join(folder, 'row.db');
    await writeColmapDatabase(database, rotationSet(cameras, { names, noisePx: 0.1, matches: 150 }));

    expect(await stitchedError(await readOutsideMatches(row, database), cameras)).toBeLessThan(ownError);
  });

  test('of a Hugin project', async () => {
    const { names, cameras } = await rowCameras();
    const project = join(folder, 'row.pto');
    const set = rotationSet(cameras, { names, noisePx: 0.1, matches: 150 });
    await writeHuginProject(project, set, { photoFolder: row });

    // 25 control points a pair in place of Tessera's own 400.
    expect(await stitchedError(await readOutsideMatches(row, project), cameras)).toBeLessThan(1.5 * ownError);
  });
});

describe('photos are found', () => {
  const points = 'c n1 N0 x1 y2 X3 Y4 t0\nc n0 N1 x5 y6 X7 Y8 t0\nc n1 N2 x1 y2 X3 Y4 t0\n';
  const image = (name: string, size = 'w80 h70'): string => `i ${size} f0 v50 n"${name}"\n`;

  async function makePhoto(name: string, orientation = 1): Promise<void> {
    await mkdir(join(folder, 'photos', 'sub'), { recursive: true });
    const picture = sharp({ create: { width: 80, height: 70, channels: 3, background: '#123' } });
    await picture.withMetadata({ orientation }).toFile(join(folder, 'photos', name));
  }

  test('in subfolders, by the last part of a name, or not at all', async () => {
    await makePhoto('sub/ü 1.jpg');
    await makePhoto('b.jpg');
    const project = join(folder, 'p.pto');
    await writeFile(project, image('photos/sub/ü 1.jpg') + image('D:\\\\trip\\\\b.jpg') + image('gone.jpg') + points);

    const { photos, matches, missing } = await readOutsideMatches(join(folder, 'photos'), project);
    expect(photos).toEqual(['sub/ü 1.jpg', 'b.jpg'].map((name) => ({ path: join(folder, 'photos', name) })));
    expect(missing).toEqual(['gone.jpg']);
    expect(matches).toEqual([{ a: 0, b: 1, points: Float64Array.of(3, 4, 1, 2, 5, 6, 7, 8) }]);
  });

  test('and their pixels turned upright where the program took them as the file stores them', async () => {
    await makePhoto('turned.jpg', 6);
    await makePhoto('b.jpg');
    const project = join(folder, 'p.pto');
    const other = image('photos/b.jpg');
    const line = 'c n0 N1 x5 y6 X7 Y8 t0';
    await writeFile(project, image('photos/turned.jpg') + other + line);
    const stored = await readOutsideMatches(join(folder, 'photos'), project);
    expect(stored.matches[0].points).toEqual(Float64Array.of(69 - 6, 5, 7, 8));

    await writeFile(project, image('photos/turned.jpg', 'w70 h80') + other + line);
    const upright = await readOutsideMatches(join(folder, 'photos'), project);
    expect(upright.matches[0].points).toEqual(Float64Array.of(5, 6, 7, 8));
  });

  test('but not those of another size, nor one for two names, nor in a folder of others', async () => {
    await makePhoto('a.jpg');
    const project = join(folder, 'p.pto');
    await writeFile(project, image('photos/a.jpg', 'w40 h35'));
    await expect(readOutsideMatches(join(folder, 'photos'), project)).rejects.toThrow(/80 × 70 pixels.*40 × 35/);
    await writeFile(project, image('left/a.jpg') + image('right/a.jpg'));
    await expect(readOutsideMatches(join(folder, 'photos'), project)).rejects.toThrow(DataError);
    await writeFile(project, image('x.jpg') + image('y.jpg'));
    await expect(readOutsideMatches(join(folder, 'photos'), project)).rejects.toThrow(/none of the 2 photos.*x\.jpg/);
  });
});

test('what is no source of matches is refused', async () => {
  await expect(readOutsideMatches(row, join(folder, 'nothing.pto'))).rejects.toThrow(UsageError);
  await copyFile(join(row, 'truth.json'), join(folder, 'truth.json'));
  await expect(readOutsideMatches(row, join(folder, 'truth.json'))).rejects.toThrow(/Hugin project \(\.pto\)/);
});

test('of a set whose matches are verified only the inliers are taken', async () => {
  const { names, cameras } = await rowCameras();
  const set = rotationSet(cameras, { names, matches: 60, wrong: 7 });
  const { matches } = await matchesOfSet(row, set, 'a set');
  const expected: number[] = [];
  for await (const { inliers } of set.pairs()) expected.push(4 * inliers.length);
  expect(matches.map(({ points }) => points.length)).toEqual(expected);
});
