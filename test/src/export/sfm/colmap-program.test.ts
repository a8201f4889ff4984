import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readColmapModel } from '../../../../src/dataset/sfm/colmap-model.ts';
import { bFromA, type RelativePose } from '../../../../src/dataset/sfm/relative-pose.ts';
import { UsageError } from '../../../../src/errors.ts';
import { writeColmapDatabase } from '../../../../src/export/sfm/colmap-database.ts';
import { readColmapDatabase } from '../../../../src/export/sfm/colmap-read.ts';
import { writeColmapText } from '../../../../src/export/sfm/colmap-text.ts';
import { median } from '../../../../src/math/median.ts';
import { angleBetweenRotations } from '../../../../src/math/rotation.ts';
import { cross3, dot3 } from '../../../../src/math/vector3.ts';
import type { SfmGeometry, SfmPair, SfmSet } from '../../../../src/scene/sfm-set.ts';
import { renderedScene } from '../../dataset/sfm/rendered-scene.ts';
import { colmap, hasColmap, writeGreyPhotos } from './colmap-program.ts';
import { ringSet, type RingSet } from './ring-set.ts';

const isHere = hasColmap();
const fixtures = join(import.meta.dirname, '../../../../fixtures/scenes/courtyard/images');
const names = ['a.jpg', 'with space.jpg', 'größe 日本.jpg', 'day 1/a.jpg', 'day 2/a.jpg', 'f.jpg', 'g.jpg', 'h.jpg'];
const plainNames = ['a.jpg', 'größe.jpg', 'day-1/a.jpg', 'day-2/left/a.jpg'];

let folder: string;
let database: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-colmap-'));
  database = join(folder, 'database.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Poses of the photos that COLMAP's mapper registers, by their names; cameras are taken as they are written. */
async function posesFromMapper(set: SfmSet): Promise<Map<string, RelativePose>> {
  const output = await mkdtemp(join(folder, 'model-'));
  await colmap('mapper', {
    database_path: database,
    image_path: join(folder, 'photos'),
    output_path: output,
    'Mapper.ba_refine_focal_length': 0,
    'Mapper.ba_refine_extra_params': 0,
    'Mapper.multiple_models': 0,
    'Mapper.num_threads': 2,
  });
  const { photos } = await readColmapModel(join(output, '0'));
  expect(photos.map(({ name }) => name).sort()).toEqual(set.photos.map(({ name }) => name).sort());
  return new Map(photos.map((photo) => [photo.name, photo]));
}

const angleBetween = (u: readonly number[], v: readonly number[]): number =>
  Math.atan2(Math.hypot(...cross3(u, v)), dot3(u, v));

const degrees = (radians: number): number => (180 / Math.PI) * radians;

/** Largest angle between turns, and between directions from photo to photo. */
function worstErrors(set: RingSet, found: ReadonlyMap<string, RelativePose>): { turn: number; direction: number } {
  let [turn, direction] = [0, 0];
  for (let a = 0; a < set.photos.length; a++) {
    for (let b = a + 1; b < set.photos.length; b++) {
      const truth = bFromA(set.poses[a], set.poses[b]);
      const pose = bFromA(found.get(set.photos[a].name)!, found.get(set.photos[b].name)!);
      turn = Math.max(turn, degrees(angleBetweenRotations(truth.R, pose.R)));
      direction = Math.max(direction, degrees(angleBetween(truth.t, pose.t)));
    }
  }
  return { turn, direction };
}

async function pairsOf(set: SfmSet): Promise<SfmPair[]> {
  const pairs: SfmPair[] = [];
  for await (const pair of set.pairs()) pairs.push(pair);
  return pairs;
}

describe.skipIf(!isHere)('COLMAP', () => {
  test('its mapper places every photo, also those added to a database that it has had open', async () => {
    const set = ringSet(names);
    await writeGreyPhotos(join(folder, 'photos'), set.photos);
    const first = ringSet(names.slice(2, 7), 2);
    await writeColmapDatabase(database, first);
    expect(worstErrors(first, await posesFromMapper(first)).turn).toBeLessThan(0.01);
    const changes = await writeColmapDatabase(database, set);
    expect(changes).toMatchObject({ photosKept: 5, photosAdded: 3, pairsKept: 10, pairsAdded: 18 });
    const { turn, direction } = worstErrors(set, await posesFromMapper(set));
    expect(turn).toBeLessThan(0.01);
    expect(direction).toBeLessThan(0.05);
  });

  test('its importers take the text', async () => {
    const set = ringSet(plainNames);
    await writeGreyPhotos(join(folder, 'photos'), set.photos);
    const text = join(folder, 'text');
    await writeColmapText(text, set);
    await colmap('feature_importer', {
      database_path: database,
      image_path: join(folder, 'photos'),
      import_path: text,
      'ImageReader.camera_model': 'PINHOLE',
      'ImageReader.camera_params': '520,515,321.5,238.5',
    });
    await colmap('matches_importer', {
      database_path: database,
      match_list_path: join(text, 'matches.txt'),
      match_type: 'inliers',
      'SiftMatching.use_gpu': 0,
    });
    const found = await readColmapDatabase(database);
    try {
      const [expected, pairs] = [await pairsOf(set), await pairsOf(found)];
      expect(found.photos.map(({ name }) => name).sort()).toEqual([...plainNames].sort());
      expect(pairs.map(({ inliers }) => inliers.length)).toEqual(expected.map(({ inliers }) => inliers.length));
      for (const [photo, { name }] of found.photos.entries()) {
        const [features, written] = [await found.features(photo), await set.features(plainNames.indexOf(name))];
        for (const column of ['x', 'y', 'size', 'angle'] as const) {
          const worst = Math.max(...features[column].map((value, i) => Math.abs(value - written[column][i])));
          expect(worst).toBeLessThan(1e-4);
        }
      }
    } finally {
      found.close();
    }
    expect(worstErrors(set, await posesFromMapper(set)).turn).toBeLessThan(0.01);
  });

  test('a database that it fills itself is read, with the poses that it does not keep', async () => {
    const { photos } = renderedScene('courtyard');
    const chosen = photos.slice(0, 5);
    const { camera } = photos[0];
    const width = Math.round(camera.width / 2);
    const scale = width / camera.width;
    const images = join(folder, 'photos');
    await mkdir(images);
    for (const { name } of chosen) await sharp(join(fixtures, name)).resize({ width }).toFile(join(images, name));
    const params = [camera.fx * scale, (camera.cx + 0.5) * scale, (camera.cy + 0.5) * scale, camera.k1, camera.k2];
    await colmap('feature_extractor', {
      database_path: database,
      image_path: images,
      'ImageReader.camera_model': 'RADIAL',
      'ImageReader.single_camera': 1,
      'ImageReader.camera_params': params.join(','),
      'SiftExtraction.use_gpu': 0,
      'SiftExtraction.num_threads': 2,
      'SiftExtraction.max_num_features': 1500,
    });
    await colmap('exhaustive_matcher', {
      database_path: database,
      'SiftMatching.use_gpu': 0,
      'SiftMatching.num_threads': 2,
    });
    const before = await readFile(database);
    const found = await readColmapDatabase(database);
    try {
      expect(found.photos.map(({ name }) => name).sort()).toEqual(chosen.map(({ name }) => name));
      expect(found.cameras).toMatchObject([{ model: 'RADIAL', width, isFocalKnown: true }]);
      const features = await found.features(0);
      expect(features.count).toBeGreaterThan(300);
      expect(features.descriptors).toHaveLength(128 * features.count);
      expect(Math.hypot(...features.descriptors.subarray(0, 128))).toBeCloseTo(1, 5);
      const posed = (await pairsOf(found)).filter(({ geometry }) => geometry?.kind === 'calibrated');
      expect(posed.length).toBeGreaterThanOrEqual(3);
      const errors = posed.map(({ a, b, geometry }) => {
        const { R, t } = geometry as Extract<SfmGeometry, { kind: 'calibrated' }>;
        const [first, second] = [a, b].map((k) => photos.find(({ name }) => name === found.photos[k].name)!);
        const truth = bFromA(first, second);
        return Math.max(degrees(angleBetweenRotations(truth.R, R)), degrees(angleBetween(truth.t, t)));
      });
      expect(median(errors)).toBeLessThan(5);
    } finally {
      found.close();
    }
    expect((await readFile(database)).equals(before)).toBe(true);
  });
});

describe('text for COLMAP', () => {
  test('has a file of each photo in its folder, first centres at 0.5, and only matches that agree', async () => {
    const set = ringSet(plainNames);
    const text = join(folder, 'text');
    await writeColmapText(text, set);
    expect((await readdir(text, { recursive: true })).sort()).toEqual(
      [...plainNames.map((name) => `${name}.txt`), 'day-1', 'day-2', 'day-2/left', 'matches.txt'].sort(),
    );
    const lines = (await readFile(join(text, 'day-2/left/a.jpg.txt'), 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('300 128');
    expect(lines).toHaveLength(301);
    const { x, y, size, angle } = await set.features(3);
    const values = lines[8].split(' ').map(Number);
    expect(values).toHaveLength(132);
    [x[7] + 0.5, y[7] + 0.5, size[7] / 2, angle[7]].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 4));
    const [first] = await pairsOf(set);
    const blocks = (await readFile(join(text, 'matches.txt'), 'utf8')).split('\n\n');
    expect(blocks).toHaveLength(7);
    const [title, ...matches] = blocks[0].split('\n');
    expect(title).toBe('a.jpg größe.jpg');
    expect(matches).toHaveLength(first.inliers.length);
    expect(matches[0]).toBe(first.matches.subarray(2 * first.inliers[0], 2 * first.inliers[0] + 2).join(' '));
  });

  test.each([
    ['with space.jpg', /with space\.jpg: .*space in its name.*database/],
    ['day 1/a.jpg', /day 1\/a\.jpg: .*space/],
    ['../a.jpg', /\.\.\/a\.jpg: expected the path of a photo within its folder/],
    ['/tmp/a.jpg', /\/tmp\/a\.jpg: expected the path/],
  ])('a photo called %s is refused, and nothing written', async (name, message) => {
    const writing = writeColmapText(join(folder, 'text'), ringSet(['a.jpg', name]));
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toThrow(UsageError);
    expect(await readdir(folder)).toEqual([]);
  });
});
