import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProgressEvent, sfm } from '../../../pipeline/index.ts';
import { readHomographySequences } from '../../../src/dataset/homography-sequences.ts';
import { poseError } from '../../../src/evaluation/pair-errors.ts';
import type { CameraMotion } from '../../../src/geometry/relative-pose.ts';
import { type Matrix3, multiply3, transformPoint, transpose3 } from '../../../src/math/matrix3.ts';
import { contentOf, copyPhotos, fast, inlierPoints, plane, square } from './sfm-runs.ts';

let folder: string;
let count = 0;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'tessera sfm é-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder of photos of its own, and where results go. */
async function photoFolder(from: string, names: Readonly<Record<string, string>>) {
  const base = join(folder, String(++count));
  const photos = join(base, 'photos');
  await copyPhotos(photos, from, names);
  const colmap = join(base, 'database.db');
  return { base, photos, options: { ...fast, colmap, workspace: join(base, 'work') } };
}

const images = join(square, 'images');
const planePhotos = { '1.jpg': '1.jpg', '2.jpg': '2.jpg', '3.jpg': '3.jpg' };

describe('a plane from three places', () => {
  it('matches that the truth confirms, for names with spaces, letters of all kinds and folders', async () => {
    const names = ['day 1/größe 日本.jpg', 'day 1/left cam/1.JPG', 'z.jpg'];
    const { photos, options } = await photoFolder(plane, {
      [names[0]]: '1.jpg',
      [names[1]]: '2.jpg',
      [names[2]]: '3.jpg',
    });
    const result = await sfm(photos, options);
    expect(result).toMatchObject({ photos: 3, rejected: [], unconnected: [], pairs: { compared: 3, verified: 3 } });
    const content = await contentOf(options.colmap);
    expect(content.names.toSorted()).toEqual(names.toSorted());
    expect([...content.pairs.keys()].toSorted()).toEqual(
      [
        [names[0], names[1]],
        [names[0], names[2]],
        [names[1], names[2]],
      ]
        .map((pair) => pair.join('|'))
        .toSorted(),
    );
    const [{ others }] = await readHomographySequences(join(plane, '..'), 'plane-moderate');
    for (const [i, { imageFromImage1 }] of others.entries()) {
      const points = inlierPoints(content, content.pairs.get(`${names[0]}|${names[i + 1]}`)!);
      expect(points.length).toBeGreaterThan(60);
      const errors = points.map(([x1, y1, x2, y2]) => {
        const [x, y] = transformPoint(imageFromImage1, x1, y1);
        return Math.hypot(x - x2, y - y2);
      });
      expect(errors.toSorted((p, q) => p - q)[errors.length >> 1]).toBeLessThan(0.7);
      expect(errors.filter((error) => error < 4).length / errors.length).toBeGreaterThan(0.97);
    }
  });

  it.each([6, 3])('EXIF orientation %i: matches and geometry in the pixels of the file', async (orientation) => {
    const { photos, options } = await photoFolder(plane, planePhotos);
    // The file's pixels are those of photo 2: whoever looks at them without EXIF knows nothing of a turn.
    await sharp(join(plane, '2.jpg')).withMetadata({ orientation }).jpeg({ quality: 95 }).toFile(join(photos, '2.jpg'));
    await sfm(photos, options);
    const content = await contentOf(options.colmap);
    expect(content.set.photos.map(({ width, height }) => [width, height])).toEqual(Array(3).fill([800, 600]));
    const [{ others }] = await readHomographySequences(join(plane, '..'), 'plane-moderate');
    const pair = content.pairs.get('1.jpg|2.jpg')!;
    const points = inlierPoints(content, pair);
    expect(points.length).toBeGreaterThan(60);
    const isRight = ([x1, y1, x2, y2]: number[]): boolean => {
      const [x, y] = transformPoint(others[0].imageFromImage1, x1, y1);
      return Math.hypot(x - x2, y - y2) < 4;
    };
    expect(points.filter(isRight).length / points.length).toBeGreaterThan(0.97);
    const { geometry } = pair;
    if (geometry === null || !('homography' in geometry)) throw new Error('expected a homography');
    const [x, y] = transformPoint(geometry.homography, 400, 300);
    const [trueX, trueY] = transformPoint(others[0].imageFromImage1, 400, 300);
    expect(Math.hypot(x - trueX, y - trueY)).toBeLessThan(1);
  });

  it('masks: no keypoints where they are black, in the pixels of the file; both ways to name them', async () => {
    const { base, photos, options } = await photoFolder(plane, planePhotos);
    await sharp(join(plane, '2.jpg')).withMetadata({ orientation: 6 }).toFile(join(photos, '2.jpg'));
    const masks = join(photos, 'masks');
    await mkdir(masks);
    // A quarter of the photo's size; the left half is black.
    const right = await sharp({ create: { width: 100, height: 150, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const mask = await sharp({ create: { width: 200, height: 150, channels: 3, background: '#000' } })
      .composite([{ input: right, left: 100, top: 0 }])
      .png()
      .toBuffer();
    for (const name of ['1.jpg.png', '2.png']) await writeFile(join(masks, name), mask);
    const result = await sfm(photos, { ...options, masks });
    // Masks in the folder of the photos are no photos.
    expect(result.photos).toBe(3);
    const { features } = await contentOf(options.colmap);
    const leftmost = (name: string): number => Math.min(...features.get(name)!.x);
    expect(leftmost('1.jpg')).toBeGreaterThan(397);
    expect(leftmost('2.jpg')).toBeGreaterThan(397);
    expect(leftmost('3.jpg')).toBeLessThan(200);
    // Another mask is another search.
    await writeFile(join(masks, '3.png'), mask);
    const again = join(base, 'again.db');
    await sfm(photos, { ...options, masks, colmap: again });
    expect(Math.min(...(await contentOf(again)).features.get('3.jpg')!.x)).toBeGreaterThan(397);
  });
});

describe('which photos and pairs', () => {
  it('--image-list and --pairs: those named and no others', async () => {
    const names = { 'a.jpg': '01.jpg', 'b c.jpg': '02.jpg', 'd.jpg': '03.jpg', 'e.jpg': '04.jpg' };
    const { base, photos, options } = await photoFolder(images, names);
    const [imageList, pairs] = [join(base, 'images.txt'), join(base, 'pairs.txt')];
    await writeFile(imageList, '# these\r\nb c.jpg\r\na.jpg\r\n\r\nd.jpg\r\n');
    await writeFile(pairs, 'd.jpg b c.jpg\na.jpg b c.jpg\n');
    const result = await sfm(photos, { ...options, imageList, pairs });
    expect(result).toMatchObject({ photos: 3, pairs: { compared: 2 } });
    const content = await contentOf(options.colmap);
    expect(content.names).toEqual(['a.jpg', 'b c.jpg', 'd.jpg']);
    expect([...content.pairs.keys()]).toEqual(['a.jpg|b c.jpg', 'b c.jpg|d.jpg']);
  });

  it('a listed pair whose photo cannot be read is left out, the others are matched', async () => {
    const { base, photos, options } = await photoFolder(images, { 'a.jpg': '01.jpg', 'b.jpg': '02.jpg' });
    await writeFile(join(photos, 'bad.jpg'), 'no photo');
    await writeFile(join(base, 'pairs.txt'), 'a.jpg bad.jpg\na.jpg b.jpg\n');
    const result = await sfm(photos, { ...options, pairs: join(base, 'pairs.txt') });
    expect(result).toMatchObject({ pairs: { compared: 1, verified: 1 }, rejected: [{ code: 'unreadable' }] });
  });

  it('a list of pairs is read before any work', async () => {
    const { base, photos, options } = await photoFolder(plane, planePhotos);
    await writeFile(join(base, 'pairs.txt'), '1.jpg nowhere.jpg\n');
    const stages = new Set<string>();
    const onProgress = (event: ProgressEvent): void => void (event.type === 'progress' && stages.add(event.stage));
    await expect(sfm(photos, { ...options, pairs: join(base, 'pairs.txt'), onProgress })).rejects.toThrow(
      'nowhere.jpg',
    );
    expect([...stages]).toEqual(['read']);
  });
});

describe('cameras', () => {
  it('--intrinsics: written exactly, and pairs get a pose that the truth confirms', async () => {
    const { base, photos, options } = await photoFolder(images, {
      '01.jpg': '01.jpg',
      '02.jpg': '02.jpg',
      '3.jpg': '03.jpg',
    });
    const truth = JSON.parse(await readFile(join(square, 'truth.json'), 'utf8')) as {
      cameras: { K: number[][]; cameraFromWorld: { R: number[][]; t: number[] } }[];
    };
    const paramsOf = ({ K }: { K: number[][] }): number[] => [K[0][0], K[1][1], K[0][2], K[1][2]];
    const [first, second] = truth.cameras;
    const intrinsics = join(base, 'cameras.json');
    const radial = [700, 399, 299, -0.1, 0.02];
    await writeFile(
      intrinsics,
      JSON.stringify({
        '3.jpg': { model: 'RADIAL', params: radial },
        '*': { model: 'PINHOLE', params: paramsOf(first) },
      }),
    );
    await sfm(photos, { ...options, intrinsics });
    const db = new sqlite.Database(options.colmap, { readOnly: true });
    const cameras = db.all('SELECT * FROM cameras ORDER BY camera_id') as { params: Uint8Array }[];
    const configs = db.all('SELECT config FROM two_view_geometries ORDER BY pair_id');
    db.close();
    const numbers = ({ params }: { params: Uint8Array }): number[] => [...new Float64Array(params.slice().buffer)];
    expect(cameras).toMatchObject([
      { model: 1, width: 800, height: 600, prior_focal_length: 1 },
      { model: 3, width: 800, height: 600, prior_focal_length: 1 },
    ]);
    // COLMAP's origin is the corner of the top-left pixel.
    expect(numbers(cameras[0])).toEqual(paramsOf(first).map((value, i) => (i < 2 ? value : value + 0.5)));
    expect(numbers(cameras[1])).toEqual([700, 399.5, 299.5, -0.1, 0.02]);
    // 2: calibrated; 3: not, as matches of a distorted photo obey no essential matrix.
    expect(configs).toEqual([{ config: 2 }, { config: 3 }, { config: 3 }]);
    const { geometry } = (await contentOf(options.colmap)).pairs.get('01.jpg|02.jpg')!;
    if (geometry?.kind !== 'calibrated') throw new Error('expected a pose');
    expect(poseError(motionBetween(first.cameraFromWorld, second.cameraFromWorld), geometry)).toBeLessThan(2);
  });

  it('--camera: which photos share one', async () => {
    const { photos, options } = await photoFolder(plane, {
      'a/1.jpg': '1.jpg',
      'a/2.jpg': '2.jpg',
      'b/3.jpg': '3.jpg',
    });
    const expected = { auto: 3, single: 1, 'per-folder': 2, 'per-image': 3 } as const;
    for (const [camera, count] of Object.entries(expected) as [keyof typeof expected, number][]) {
      const colmap = `${options.colmap}.${camera}`;
      await sfm(photos, { ...options, colmap, camera, cameraModel: 'OPENCV' });
      const { set } = await contentOf(colmap);
      expect(set.cameras, camera).toHaveLength(count);
      const params = [960, 960, 399.5, 299.5, 0, 0, 0, 0];
      expect(set.cameras[0]).toMatchObject({ model: 'OPENCV', params, isFocalKnown: false });
    }
  });
});

type Placed = { readonly R: number[][]; readonly t: number[] };

/** Camera 2 from camera 1. */
function motionBetween(first: Placed, second: Placed): CameraMotion {
  const R = multiply3(second.R.flat() as unknown as Matrix3, transpose3(first.R.flat() as unknown as Matrix3));
  const t = [0, 1, 2].map(
    (i) => second.t[i] - (R[3 * i] * first.t[0] + R[3 * i + 1] * first.t[1] + R[3 * i + 2] * first.t[2]),
  );
  const length = Math.hypot(...t);
  return { R, t: t.map((value) => value / length) as [number, number, number] };
}

describe('the same again', () => {
  it('two runs give the same bytes, from scratch and from what was kept', async () => {
    const { base, photos, options } = await photoFolder(images, {
      '1.jpg': '01.jpg',
      '2.jpg': '02.jpg',
      '3.jpg': '03.jpg',
    });
    const runs = [
      { ...options, colmap: join(base, 'a.db') },
      { ...options, colmap: join(base, 'b.db') },
      { ...options, colmap: join(base, 'c.db'), workspace: join(base, 'other'), threads: 1 },
    ];
    for (const run of runs) await sfm(photos, run);
    const [a, b, c] = await Promise.all(runs.map(({ colmap }) => readFile(colmap)));
    expect(a.equals(b)).toBe(true);
    expect(a.equals(c)).toBe(true);
  });

  it('names and their order change no match', async () => {
    const forth = await photoFolder(images, { 'a.jpg': '01.jpg', 'b.jpg': '02.jpg', 'c.jpg': '03.jpg' });
    const back = await photoFolder(images, { 'z/a.jpg': '01.jpg', 'y.jpg': '02.jpg', 'b.jpg': '03.jpg' });
    const newName: Record<string, string> = { 'a.jpg': 'z/a.jpg', 'b.jpg': 'y.jpg', 'c.jpg': 'b.jpg' };
    await sfm(forth.photos, forth.options);
    await sfm(back.photos, back.options);
    const [one, two] = [await contentOf(forth.options.colmap), await contentOf(back.options.colmap)];
    for (const pair of one.pairs.values()) {
      const [a, b] = pair.names.map((name) => newName[name]);
      const other = two.pairs.get(`${a}|${b}`) ?? two.pairs.get(`${b}|${a}`)!;
      const isTurned = other.names[0] === b;
      const points = inlierPoints(two, other).map(([x1, y1, x2, y2]) =>
        isTurned ? [x2, y2, x1, y1] : [x1, y1, x2, y2],
      );
      expect(points).toEqual(inlierPoints(one, pair));
    }
  });
});

describe('a run that ends early, and a workspace that was damaged', () => {
  let known: Awaited<ReturnType<typeof photoFolder>>;
  beforeAll(async () => {
    known = await photoFolder(plane, planePhotos);
    await sfm(known.photos, known.options);
  });
  const expectAsKnown = async (colmap: string): Promise<void> =>
    expect((await readFile(colmap)).equals(await readFile(known.options.colmap))).toBe(true);

  it.each(['read', 'detect', 'score', 'settle'])(
    'aborted at "%s": the reason, no file, the rest later',
    async (stage) => {
      const { photos, options } = await photoFolder(plane, planePhotos);
      const controller = new AbortController();
      const reason = new Error('enough');
      const onProgress = (event: ProgressEvent): void => {
        if (event.type === 'progress' && event.stage === stage && event.done >= 1) controller.abort(reason);
      };
      await expect(sfm(photos, { ...options, signal: controller.signal, onProgress })).rejects.toBe(reason);
      await expect(readFile(options.colmap)).rejects.toThrow('ENOENT');
      await sfm(photos, options);
      await expectAsKnown(options.colmap);
    },
  );

  it('aborted before it begins', async () => {
    const { photos, options } = known;
    const reason = new Error('never');
    await expect(sfm(photos, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('keypoints and matches that cannot be read are found again', async () => {
    const { base, photos, options } = known;
    // Each kind alone: without pairs nobody needs keypoints before places are settled.
    for (const kind of ['features', 'pairs', 'photos']) {
      const entries = await readdir(join(options.workspace, kind), { recursive: true, withFileTypes: true });
      for (const entry of entries) if (entry.isFile()) await writeFile(join(entry.parentPath, entry.name), 'rubbish');
      const again = join(base, `without-${kind}.db`);
      await sfm(photos, { ...options, colmap: again });
      await expectAsKnown(again);
    }
  });

  it('masks that belong to no photo are told', async () => {
    const { base, photos, options } = known;
    await mkdir(join(base, 'masks'));
    const texts: string[] = [];
    const onProgress = (event: ProgressEvent): void => void (event.type === 'message' && texts.push(event.text));
    await sfm(photos, { ...options, masks: join(base, 'masks'), onProgress });
    expect(texts.join()).toContain('1.jpg.png');
  });
});
